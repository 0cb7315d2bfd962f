import { setTimeout } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../../src/adapters/storage/memory.ts';
import { ConfigError, TokenError } from '../../../src/domain/errors.ts';
import { parseJti } from '../../../src/domain/token/token-id.ts';
import { storageContract } from '../../../src/testing/storage-contract.ts';
import { ADA, LIFETIME, startScenario, userOf } from '../../../src/testing/storage/scenario.ts';
import { asynchronous } from '../../testing/async-store.ts';

storageContract({ name: 'memoryStore', describe, it, createStore: () => memoryStore() });
storageContract({ name: 'memoryStore behind promises', describe, it, createStore: () => asynchronous(memoryStore()) });

const bounded = (maxRecords: number) => startScenario(() => memoryStore({ maxRecords }));

describe('the bound of a memory store', () => {
  it('refuses a login past it with store_full (503), and takes it when there is room again', async () => {
    const scenario = await bounded(4);
    await scenario.login({ lifetime: 60 });
    await scenario.login();
    await expect(scenario.login()).rejects.toMatchObject({ code: 'store_full', status: 503 });
    expect(await scenario.sessions(ADA)).toHaveLength(2);
    scenario.clock.advance(60); // one has expired, though its record is kept for another minute
    await scenario.login();
    expect(await scenario.sessions(ADA)).toHaveLength(2);
  });

  it('leaves the token of a refused rotation usable', async () => {
    const scenario = await bounded(4);
    const first = await scenario.login({ lifetime: 60 });
    const third = await scenario.refresh(await scenario.refresh(first));
    await expect(scenario.rotate(third, { graceSeconds: 10 })).rejects.toBeInstanceOf(TokenError);
    expect(await scenario.status(third, { mustBeRecorded: 'token' })).toBe('active');
    expect((await scenario.sessions(ADA)).map(({ id }) => id)).toEqual([first.family]);
    scenario.clock.set(first.token.exp);
    await scenario.refresh(third);
  });

  it('takes a use that needs no new record, and a revocation of what is on record, when full', async () => {
    const scenario = await bounded(2);
    const ticket = await scenario.login();
    expect((await scenario.rotate(ticket, { successor: undefined, spends: false })).outcome).toBe('rotated');
    expect(await scenario.blacklist(ticket)).toBe('blacklisted');
    expect(await scenario.revokeFamily(ticket.family)).toBe('revoked');
    expect(await scenario.revokeUser(ADA)).toEqual({ outcome: 'revoked' });
    expect(await scenario.status(ticket)).toBe('revoked');
  });

  it('refuses to remember what it has no room for, rather than forget what it has', async () => {
    const scenario = await bounded(2);
    const ticket = await scenario.login();
    const stranger = scenario.mint();
    await expect(scenario.blacklist(stranger)).rejects.toMatchObject({ code: 'store_full' });
    await expect(scenario.revokeFamily(stranger.family)).rejects.toMatchObject({ code: 'store_full' });
    await expect(scenario.revokeUser(ADA, stranger)).rejects.toMatchObject({ code: 'store_full' });
    await expect(scenario.rotate(stranger)).rejects.toMatchObject({ code: 'store_full' });
    expect(await scenario.status(ticket, { mustBeRecorded: 'token' })).toBe('active');
  });

  it('is a whole number of at least 1', () => {
    for (const maxRecords of [0, -1, 1.5, NaN, Infinity, '5' as never, null as never]) {
      expect(() => memoryStore({ maxRecords })).toThrow(ConfigError);
    }
    expect(() => memoryStore({ maxRecords: 1 })).not.toThrow();
    expect(() => memoryStore({ maxRecord: 1 } as never)).toThrow(
      expect.objectContaining({ code: 'unknown_option', option: 'maxRecord' }),
    );
  });
});

describe('the memory of a memory store', () => {
  it('purges as it goes: 200,000 sessions that come and expire never fill a store for 3,000', async () => {
    const scenario = await bounded(3_000);
    const { store, clock } = scenario;
    for (let count = 0; count < 200_000; count++) {
      if (count % 10 === 0) clock.advance(1);
      const { token, family, user } = scenario.mint({ lifetime: 60 });
      // throws store_full if a record outstays its retention: 10 a second for 120 seconds are 1,200 tokens and as many families
      await store.record(
        { token, family, user, access: undefined, endsAt: undefined, epoch: 0, metadata: undefined, now: clock() },
        {},
      );
    }
    clock.advance(LIFETIME);
    await store.flushExpired(clock(), {});
    expect(await scenario.sessions(ADA)).toEqual([]);
  });

  it('stays flat: 200,000 sessions of as many users, revoked and expired, leave nothing behind', async () => {
    const scenario = await bounded(100_000);
    const churn = async (sessions: number) => {
      for (let count = 0; count < sessions; count++) {
        if (count % 10 === 0) scenario.clock.advance(1);
        const { user, family } = await scenario.login({ user: userOf(`user-${count}`), lifetime: 60 });
        if (count % 3 === 0) await scenario.revokeFamily(family);
        if (count % 100 === 0) await scenario.revokeUser(user);
      }
      scenario.clock.advance(3 * LIFETIME);
      await scenario.store.flushExpired(scenario.clock(), {});
      return heapUsed();
    };
    const before = await churn(20_000); // what a heap grows by at first is not counted
    expect((await churn(200_000)) - before).toBeLessThan(2_000_000);
  });

  it('purges the ancestors of a session that is refreshed for ever', async () => {
    const scenario = await bounded(8);
    let ticket = await scenario.login({ lifetime: 600 });
    for (let count = 0; count < 20_000; count++) {
      scenario.clock.advance(300);
      ticket = await scenario.refresh(ticket, { successor: scenario.mint({ lifetime: 600 }).token });
    }
    expect(await scenario.sessions(ADA)).toHaveLength(1);
  });

  it('purges blacklist entries and ended families of tokens it never saw', async () => {
    const scenario = await bounded(10);
    for (let count = 0; count < 5_000; count++) {
      scenario.clock.advance(60);
      await scenario.blacklist(scenario.mint({ lifetime: 60 }));
    }
    expect(await scenario.store.flushExpired(scenario.clock() + LIFETIME, {})).toBeLessThan(4);
  });

  it('takes 50 bytes at most for a blacklisted token it never saw, and none once it has expired', async () => {
    const { store, clock, mint } = await bounded(200_000);
    const blacklistMany = async () => {
      for (let count = 0; count < 100_000; count++) {
        const { token, ...owner } = mint({ lifetime: 60 });
        const jti = parseJti(randomBytes(16).toString('hex')) ?? token.jti;
        await store.blacklist({ token: { ...token, ...owner, jti, onRecord: false }, now: clock(), graceSeconds: 0 }, {});
      }
      return heapUsed();
    };
    const flush = async () => {
      clock.advance(LIFETIME);
      expect(await store.flushExpired(clock(), {})).toBe(100_000);
      return heapUsed();
    };
    await blacklistMany();
    const before = await flush(); // what a heap grows by at first is not counted
    expect((await blacklistMany()) - before).toBeLessThan(5_000_000);
    expect((await flush()) - before).toBeLessThan(2_000_000);
  });

  it('revives no blacklisted token it never saw when the clock is set back over what was collected', async () => {
    const scenario = await bounded(10);
    const stranger = scenario.mint({ lifetime: 60 });
    await scenario.blacklist(stranger);
    scenario.clock.set(stranger.token.retainUntil);
    expect(await scenario.store.flushExpired(scenario.clock(), {})).toBe(1);
    scenario.clock.set(stranger.token.iat);
    expect(await scenario.status(stranger)).toBe('revoked');
  });

  it('counts what it flushes: tokens and families', async () => {
    const scenario = await bounded(100);
    for (let count = 0; count < 5; count++) await scenario.login({ lifetime: 60 });
    scenario.clock.advance(119);
    expect(await scenario.store.flushExpired(scenario.clock(), {})).toBe(0); // within the margin
    scenario.clock.advance(1);
    expect(await scenario.store.flushExpired(scenario.clock(), {})).toBe(10);
  });
});

/** After a collection of all that nothing holds, the least of several looks: memory outside the heap is given back a little after its owner was collected. */
async function heapUsed(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  let least = Number.POSITIVE_INFINITY;
  for (let look = 0; look < 5; look++) {
    if (typeof collect === 'function') collect();
    await setTimeout(10);
    const { heapUsed: objects, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, objects + arrayBuffers);
  }
  return least;
}
