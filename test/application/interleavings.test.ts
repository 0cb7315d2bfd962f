import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../src/adapters/storage/memory.ts';
import { recommended } from '../../src/application/config.ts';
import type { TokenServiceOptions } from '../../src/create-token-service.ts';
import type { TokenStore } from '../../src/ports/token-store.ts';
import { asynchronous, type Gap } from '../testing/async-store.ts';
import { BROKEN_STORES } from '../testing/broken-stores.ts';
import { ADA, bearer, claimsOf, fixture, listed, outcomeOf, refreshOf, type Fixture } from './fixture.ts';

/** Everything a service can be asked to check, checked: strict, so that access tokens answer for their session too. */
const STRICT = { ...recommended, checkAccessRevocation: true, storeDeadlineSeconds: 600 } as const;

interface Race extends Fixture {
  /** The steps that have been let go, by label. */
  readonly order: readonly string[];
  /** Lets the calls go at once; each of their steps over the store waits for its turn in the schedule. */
  run<const Calls extends readonly (() => Promise<unknown>)[]>(
    ...calls: Calls
  ): Promise<{ [Index in keyof Calls]: PromiseSettledResult<Awaited<ReturnType<Calls[Index]>>> }>;
}

/** Tries a race in many orders of the steps that its calls take. */
async function inEveryOrder(
  options: Partial<TokenServiceOptions>,
  body: (race: Race) => Promise<void>,
  createStore: (gap: Gap) => TokenStore = (gap) => asynchronous(memoryStore(), gap),
  numRuns = 150,
): Promise<number> {
  let steps = 0;
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      let racing = false;
      const order: string[] = [];
      const gap = async (label: string): Promise<void> => {
        if (!racing) return;
        await scheduler.schedule(Promise.resolve(label), label);
        order.push(label);
      };
      const base = fixture({ ...STRICT, ...options, store: createStore(gap) });
      const { authenticate, findById } = base.users;
      // users live in a database of their own
      base.users.authenticate = async (...args) => {
        await gap('users.authenticate, on its way');
        const user = await authenticate(...args);
        await gap('users.authenticate, answered');
        return user;
      };
      base.users.findById = async (...args) => {
        await gap('users.findById');
        return findById(...args);
      };
      const race: Race = {
        ...base,
        order,
        async run(...calls) {
          racing = true;
          const settled = Promise.allSettled(calls.map((call) => call()));
          await scheduler.waitFor(settled);
          await scheduler.waitIdle();
          racing = false;
          steps += scheduler.report().length;
          return (await settled) as never;
        },
      };
      await body(race);
    }),
    { numRuns },
  );
  return steps;
}

/** For an end that one order in thirty comes to. */
const MANY_RUNS = 600;

async function expectDead({ service }: Fixture, ...tokens: readonly string[]): Promise<void> {
  for (const token of tokens) {
    expect(await outcomeOf(service.verify(token))).toMatch(/^(family_)?revoked$/);
    const use = claimsOf(token).token_type === 'refresh' ? service.refresh(token) : service.authenticate(bearer(token));
    expect(await outcomeOf(use)).not.toBe('ok');
  }
}

async function expectAlive({ service }: Fixture, { refresh, access }: { readonly refresh?: string; readonly access: string }) {
  expect(await outcomeOf(service.authenticate(bearer(access)))).toBe('ok');
  if (refresh !== undefined) expect(await outcomeOf(service.refresh(refresh))).toBe('ok');
}

/** The tokens of those calls that answered any. */
function answered(settled: readonly PromiseSettledResult<unknown>[]): string[] {
  return settled.flatMap((outcome) =>
    outcome.status === 'fulfilled' && typeof outcome.value === 'object' && outcome.value !== null
      ? Object.values(outcome.value).filter((value): value is string => typeof value === 'string')
      : [],
  );
}

const codeOf = (outcome: PromiseSettledResult<unknown>): string => (outcome.status === 'fulfilled' ? 'ok' : outcome.reason.code);
const jtiOf = ({ refresh }: { readonly refresh?: string }) =>
  claimsOf(refreshOf({ ...(refresh !== undefined && { refresh }) })).jti;

const brokenStore = (defect: string) => BROKEN_STORES.find((store) => store.defect.startsWith(defect))!.create;

describe('refreshes in any order', () => {
  const oneWinner = async (race: Race) => {
    const { refresh } = await race.service.obtainPair(ADA);
    const settled = await race.run(...Array.from({ length: 4 }, () => () => race.service.refresh(refresh)));
    expect(settled.map(codeOf).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['ok', 'reused', 'reused', 'reused']);
    const won = settled.find((outcome) => outcome.status === 'fulfilled');
    await expectAlive(race, won?.value ?? { access: '' });
  };
  const noGrace = { refreshGraceSeconds: 0, tokenFamilyBlacklistOnReuse: false };

  it('give at most one successor, to all of them inside the grace window', async () => {
    const steps = await inEveryOrder({}, async (race) => {
      const { refresh } = await race.service.obtainPair(ADA);
      const settled = await race.run(...Array.from({ length: 4 }, () => () => race.service.refresh(refresh)));
      expect(settled.map(codeOf)).toEqual(['ok', 'ok', 'ok', 'ok']);
      const pairs = settled.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : { access: '' }));
      expect(new Set(pairs.map(jtiOf)).size).toBe(1);
      for (const { access } of pairs) await expectAlive(race, { access });
      await expectAlive(race, pairs[0] ?? { access: '' });
      expect(await listed(race.service.sessions(7))).toHaveLength(1);
    });
    expect(steps).toBeGreaterThan(1_000);
  });

  it('have exactly one winner without a grace window, and the others are refused as reused', async () => {
    await inEveryOrder(noGrace, oneWinner);
  });

  it('find out a store that reads, then writes', async () => {
    await expect(inEveryOrder(noGrace, oneWinner, brokenStore('reads whether'))).rejects.toThrow('Property failed');
  });

  it('of a token and of its successor never fork the chain', async () => {
    await inEveryOrder({ tokenFamilyBlacklistOnReuse: false }, async (race) => {
      const { refresh } = await race.service.obtainPair(ADA);
      const second = refreshOf(await race.service.refresh(refresh));
      const settled = await race.run(
        () => race.service.refresh(refresh),
        () => race.service.refresh(second),
        () => race.service.refresh(refresh),
      );
      expect(codeOf(settled[1])).toBe('ok');
      for (const replay of [settled[0], settled[2]]) {
        if (replay.status === 'fulfilled') expect(jtiOf(replay.value)).toBe(claimsOf(second).jti);
        else expect(replay.reason.code).toBe('reused');
      }
      expect(await listed(race.service.sessions(7))).toHaveLength(1);
    });
  });
});

describe('a revocation in any order with what it races', () => {
  const endFamily = async (race: Race) => {
    const { refresh, access } = await race.service.obtainPair(ADA);
    const settled = await race.run(
      () => race.service.refresh(refresh),
      () => race.service.revokeFamily(claimsOf(refresh).family_id),
      () => race.service.refresh(refresh),
    );
    expect(codeOf(settled[1])).toBe('ok');
    await expectDead(race, refresh, access, ...answered(settled));
    expect(await listed(race.service.sessions(7))).toEqual([]);
  };

  it('revokeFamily leaves nothing of the family alive, whatever a refresh answers and when', async () => {
    await inEveryOrder({}, endFamily);
  });

  it('finds out a store that looks for revocations before it rotates', async () => {
    await expect(inEveryOrder({}, endFamily, brokenStore('looks for a revocation'))).rejects.toThrow('Property failed');
  });

  it('blacklistFamily does the same, by the token', async () => {
    await inEveryOrder({}, async (race) => {
      const { refresh, access } = await race.service.obtainPair(ADA);
      const settled = await race.run(
        () => race.service.blacklistFamily(refresh),
        () => race.service.refresh(refresh),
        () => race.service.blacklistFamily(refresh),
      );
      const ended = [settled[0], settled[2]].filter((outcome) => codeOf(outcome) === 'ok');
      expect(ended.length).toBeLessThanOrEqual(1);
      if (ended.length === 1) await expectDead(race, refresh, access, ...answered(settled));
      else expect([settled[0], settled[2]].map(codeOf)).toEqual(['revoked', 'revoked']); // the refresh had spent it
    });
  });

  it('revokeUser leaves nothing alive, in one second, whatever refreshes and logins answer and when', async () => {
    await inEveryOrder({}, async (race) => {
      const { refresh, access } = await race.service.obtainPair(ADA);
      const settled = await race.run(
        () => race.service.refresh(refresh),
        () => race.service.revokeUser(7),
        () => race.service.refresh(refresh),
      );
      expect(codeOf(settled[1])).toBe('ok');
      await expectDead(race, refresh, access, ...answered(settled));
      expect(await listed(race.service.sessions(7))).toEqual([]);
      await expectAlive(race, await race.service.obtainPair(ADA));
    });
  });

  it('revokeUser ends a login whose credentials were checked before it, and no later one', async () => {
    const ends = { refused: 0, ended: 0, alive: 0 };
    await inEveryOrder(
      {},
      async (race) => {
        const [login, revocation] = await race.run(
          () => race.service.obtainPair(ADA),
          () => race.service.revokeUser(7),
        );
        expect(codeOf(revocation)).toBe('ok');
        const happened = (label: string) => race.order.indexOf(label);
        const checkedBefore = happened('users.authenticate, on its way') < happened('revokeUser, on its way');
        const sessions = await listed(race.service.sessions(7));
        if (login.status === 'rejected') {
          ends.refused++;
          expect(login.reason).toMatchObject({ code: 'revoked', status: 401 });
          expect(sessions).toEqual([]);
        } else if (checkedBefore || sessions.length === 0) {
          ends.ended++;
          await expectDead(race, ...Object.values(login.value));
          expect(sessions).toEqual([]);
        } else {
          ends.alive++;
          await expectAlive(race, login.value);
        }
      },
      undefined,
      MANY_RUNS,
    );
    expect(Math.min(...Object.values(ends))).toBeGreaterThan(0); // all three were tried
  });

  it('refreshSliding gives no token that outlives revokeUser', async () => {
    await inEveryOrder({ authTokenTypes: ['sliding'] }, async (race) => {
      const { token } = await race.service.obtainSliding(ADA);
      const settled = await race.run(
        () => race.service.refreshSliding(token),
        () => race.service.revokeUser(7),
        () => race.service.refreshSliding(token),
      );
      expect(codeOf(settled[1])).toBe('ok');
      for (const dead of [token, ...answered(settled)]) {
        expect(await outcomeOf(race.service.authenticate(bearer(dead)))).toBe('revoked');
        expect(await outcomeOf(race.service.refreshSliding(dead))).toBe('revoked');
      }
    });
  });

  it('blacklist inside the grace window leaves neither the token nor a successor alive', async () => {
    await inEveryOrder({}, async (race) => {
      const { refresh, access } = await race.service.obtainPair(ADA);
      const settled = await race.run(
        () => race.service.refresh(refresh),
        () => race.service.blacklist(refresh),
        () => race.service.refresh(refresh),
      );
      expect(codeOf(settled[1])).toBe('ok');
      await expectDead(race, refresh, access, ...answered(settled));
    });
  });

  it('two blacklists of one token: exactly one is the first', async () => {
    await inEveryOrder({}, async (race) => {
      const { refresh } = await race.service.obtainPair(ADA);
      const settled = await race.run(
        () => race.service.blacklist(refresh),
        () => race.service.blacklist(refresh),
        () => race.service.blacklist(refresh),
      );
      expect(settled.map(codeOf).toSorted()).toEqual(['ok', 'revoked', 'revoked']);
    });
  });

  it('two revocations of a family: both are told that it has ended', async () => {
    await inEveryOrder({}, async (race) => {
      const { refresh } = await race.service.obtainPair(ADA);
      const end = () => race.service.revokeFamily(claimsOf(refresh).family_id);
      expect((await race.run(end, end)).map(codeOf)).toEqual(['ok', 'ok']);
      await expectDead(race, refresh);
    });
  });

  it('revokeOtherSessions ends every other session, and the kept one never for a refresh of it in flight', async () => {
    await inEveryOrder({}, async (race) => {
      const other = await race.service.obtainPair(ADA);
      const kept = await race.service.obtainPair(ADA);
      const [revocation, refreshed, lost] = await race.run(
        () => race.service.revokeOtherSessions(kept.refresh),
        () => race.service.refresh(kept.refresh),
        () => race.service.refresh(other.refresh),
      );
      expect(codeOf(refreshed)).toBe('ok');
      if (refreshed.status === 'fulfilled') await expectAlive(race, refreshed.value);
      if (revocation.status === 'fulfilled') {
        await expectDead(race, other.refresh, other.access, ...answered([lost]));
        expect(await listed(race.service.sessions(7))).toEqual([claimsOf(kept.refresh).family_id]);
      } else expect(revocation.reason.code).toBe('revoked'); // the refresh had spent the token: nothing was revoked
    });
  });

  it('a password change ends what a refresh in flight would have given, or the refresh came before it', async () => {
    await inEveryOrder({}, async (race) => {
      const { refresh } = await race.service.obtainPair(ADA);
      const settled = await race.run(
        () => race.service.refresh(refresh),
        async () => race.users.update('7', { credential: 'hash-3' }),
      );
      for (const token of answered(settled)) {
        const use =
          claimsOf(token).token_type === 'refresh' ? race.service.refresh(token) : race.service.authenticate(bearer(token));
        expect(await outcomeOf(use)).toBe('password_changed');
      }
    });
  });
});
