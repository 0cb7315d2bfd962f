import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../src/adapters/storage/memory.ts';
import { recommended } from '../../src/application/config.ts';
import type { TokenEvents } from '../../src/ports/token-events.ts';
import type { TokenStore } from '../../src/ports/token-store.ts';
import { ADA, bearer, claimsOf, fixture, listed, outcomeOf, refreshOf, type Fixture } from './fixture.ts';

/** One of everything a session can live through. */
async function liveThrough({ service, clock }: Fixture): Promise<string[]> {
  const context = { metadata: { device: 'phone' }, tenant: 'a' };
  const tokens: string[] = [];
  const keep = <T extends object>(answer: T): T => {
    tokens.push(...Object.values(answer).filter((value): value is string => typeof value === 'string'));
    return answer;
  };
  const first = keep(await service.obtainPair(ADA, context));
  const second = keep(await service.refresh(first.refresh, context));
  keep(await service.refresh(first.refresh, context)); // replayed
  keep(await service.refresh(refreshOf(second), context));
  clock.advance(60);
  await outcomeOf(service.refresh(first.refresh, context)); // reused
  const sliding = keep(await service.obtainSliding(ADA, context));
  keep(await service.refreshSliding(sliding.token, context));
  await service.blacklist(sliding.token, context);
  const third = keep(await service.issuePair({ id: 7, isActive: true, credential: 'hash-1' }, context));
  await service.revokeOtherSessions(third.refresh, context);
  await service.authenticate(bearer(third.access), context);
  await service.blacklistFamily(third.refresh, context);
  await listed(service.sessions(7, context));
  await service.revokeUser(7, context);
  await outcomeOf(service.obtainPair({ ...ADA, password: 'a wrong guess' }, context));
  await service.flushExpired(context);
  return tokens;
}

describe('observers', () => {
  it('are told each step, with user, family and context', async () => {
    const made = fixture(recommended);
    const [refresh = ''] = await liveThrough(made);
    expect(made.log.map(([name, { kind, scope }]) => [name, kind ?? scope].filter(Boolean).join(' '))).toEqual([
      'obtained',
      'refreshed',
      'replayed',
      'refreshed',
      'reused ancestor',
      'obtained',
      'refreshed',
      'revoked token',
      'obtained',
      'revoked other_sessions',
      'revoked family',
      'revoked user',
      'loginFailed',
    ]);
    for (const [, event] of made.log) expect(event['context']).toEqual({ metadata: { device: 'phone' }, tenant: 'a' });
    for (const [name, event] of made.log.slice(0, 5)) {
      expect([name, event['user'], event['family']]).toEqual([name, '7', claimsOf(refresh).family_id]);
    }
  });

  it('are told when a logged-out token that comes back ends its family, and when a changed password logs a token out', async () => {
    const { service, log } = fixture(recommended);
    const pair = await service.obtainPair(ADA);
    await service.blacklist(pair.refresh);
    expect(await outcomeOf(service.refresh(pair.refresh))).toBe('revoked');
    expect(await outcomeOf(service.refresh(pair.refresh))).toBe('revoked'); // a second time it ends nothing more
    const stale = await service.issuePair({ id: 7, isActive: true, credential: 'an older hash' });
    expect(await outcomeOf(service.refresh(stale.refresh))).toBe('password_changed');
    expect(log.map(([name, { scope }]) => [name, scope].filter(Boolean).join(' '))).toEqual([
      'obtained',
      'revoked token',
      'revoked family',
      'obtained',
      'revoked token',
    ]);
  });

  it('are told no token, password or key', async () => {
    const made = fixture(recommended);
    const tokens = await liveThrough(made);
    const told = JSON.stringify(made.log);
    for (const secret of [...tokens, ...tokens.map((token) => token.slice(-20)), ADA.password, 'a wrong guess', 'hash-1']) {
      expect(told.includes(secret)).toBe(false);
    }
  });

  it('that throw or reject change nothing', async () => {
    const names = ['obtained', 'loginFailed', 'refreshed', 'replayed', 'reused', 'revoked', 'storeError'] as const;
    for (const fail of [
      () => {
        throw new Error('observer');
      },
      () => Promise.reject(new Error('observer')),
    ]) {
      const events: TokenEvents = Object.fromEntries(names.map((name) => [name, fail]));
      expect((await liveThrough(fixture({ ...recommended, events }))).length).toBeGreaterThan(10);
    }
  });

  it('are not waited for', async () => {
    const { service } = fixture({ events: { obtained: () => new Promise(() => undefined) } });
    expect(await outcomeOf(service.obtainPair(ADA))).toBe('ok');
  });

  it('keep their this', async () => {
    class Log implements TokenEvents {
      readonly names: string[] = [];
      obtained() {
        this.names.push('obtained');
      }
    }
    const events = new Log();
    await fixture({ events }).service.obtainPair(ADA);
    expect(events.names).toEqual(['obtained']);
  });
});

describe('what a store is asked and answers', () => {
  it('holds no token: jtis, times, epochs and metadata alone', async () => {
    const traffic: unknown[] = [];
    const store = noting(memoryStore(), traffic);
    const tokens = await liveThrough(fixture({ ...recommended, checkAccessRevocation: true, store }));
    expect(traffic.length).toBeGreaterThan(35);
    const told = JSON.stringify(traffic);
    expect(told).toContain(claimsOf(tokens[0] ?? '').jti);
    for (const token of tokens) {
      for (const part of token.split('.').slice(1)) expect(told.includes(part)).toBe(false); // neither claims nor signature
    }
    for (const secret of [ADA.password, 'hash-1']) expect(told.includes(secret)).toBe(false);
  });
});

function noting(store: TokenStore, traffic: unknown[]): TokenStore {
  const note = <T>(asked: unknown, answer: T): T => {
    traffic.push(asked, answer);
    return answer;
  };
  return {
    epoch: () => note('epoch', store.epoch({})),
    record: (session) => note(session, store.record(session, {})),
    rotate: (request) => note(request, store.rotate(request, {})),
    status: (query) => note(query, store.status(query, {})),
    blacklist: (request) => note(request, store.blacklist(request, {})),
    revokeFamily: (request) => note(request, store.revokeFamily(request, {})),
    revokeUser: (request) => note(request, store.revokeUser(request, {})),
    async *sessions(user, now) {
      for await (const session of store.sessions(user, now, {})) yield note(user, session);
    },
    flushExpired: (now) => note(now, store.flushExpired(now, {})),
  };
}
