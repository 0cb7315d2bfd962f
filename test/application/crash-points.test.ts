import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { sqliteStore } from 'simplejwt/storage/sqlite';
import { describe, expect, it } from 'vitest';
import type { TokenService, TokenPair } from '../../src/application/token-service.ts';
import type { TokenServiceOptions } from '../../src/create-token-service.ts';
import type { TokenErrorCode } from '../../src/domain/errors.ts';
import type { TokenRef } from '../../src/ports/rotation-store.ts';
import type { TokenStore } from '../../src/ports/token-store.ts';
import type { CallContext } from '../../src/ports/user-repository.ts';
import { newFile } from '../adapters/storage/new-file.ts';
import { drivers } from '../adapters/storage/sqlite-drivers.ts';
import { BROKEN_STORES } from '../testing/broken-stores.ts';
import { ADA, bearer, BOB, claimsOf, listed, outcomeOf, refreshOf } from './fixture.ts';
import { createService, openDatabase } from './killed-service.mjs';
import { createWorld, killedAt, losingOne, type World } from './mortal.ts';

/** What its holders have in hand when the process dies. */
interface Tokens {
  readonly pair: TokenPair;
  readonly other: TokenPair;
  readonly sliding: string;
  /** Of somebody else. */
  readonly bob: TokenPair;
  /** Logged out before: one by its token, one by its family. These were acknowledged. */
  readonly gone: readonly TokenPair[];
}

type Code = TokenErrorCode | 'ok';

interface Call {
  readonly name: string;
  readonly options?: Partial<TokenServiceOptions>;
  readonly before?: (world: World) => void;
  readonly network?: (store: TokenStore) => TokenStore;
  readonly run: (service: TokenService, tokens: Tokens, context: CallContext) => Promise<unknown>;
  /** The step of the store that decides. */
  readonly decides: 'record' | 'rotate' | 'blacklist' | 'revokeFamily' | 'revokeUser';
  /** How many points it has. */
  readonly points: number;
  /** What the same call comes to in the next process: where the store had decided, and where it had not. */
  readonly again: { readonly decided: Code; readonly undecided: Code };
  /** What must be true after that. */
  readonly holds: (seen: Seen) => Promise<void>;
}

interface Seen {
  readonly world: World;
  readonly service: TokenService;
  readonly tokens: Tokens;
  readonly decided: boolean;
}

const refresh: Call['run'] = (service, { pair }, context) => service.refresh(pair.refresh, context);

const CALLS: readonly Call[] = [
  {
    name: 'obtainPair',
    options: { updateLastLogin: true },
    run: (service, _tokens, context) => service.obtainPair(ADA, context),
    decides: 'record',
    points: 13,
    again: { decided: 'ok', undecided: 'ok' },
    // the session of a login whose answer was lost is listed, and can be ended
    holds: async ({ service, decided }) => {
      expect(await listed(service.sessions(7))).toHaveLength(decided ? 5 : 4);
      await service.revokeUser(7);
      expect(await listed(service.sessions(7))).toEqual([]);
    },
  },
  {
    name: 'obtainSliding',
    options: { updateLastLogin: true },
    run: (service, _tokens, context) => service.obtainSliding(ADA, context),
    decides: 'record',
    points: 11,
    again: { decided: 'ok', undecided: 'ok' },
    holds: async ({ service, decided }) => {
      expect(await listed(service.sessions(7))).toHaveLength(decided ? 5 : 4);
    },
  },
  {
    name: 'refresh, inside the grace window',
    run: refresh,
    decides: 'rotate',
    points: 10,
    again: { decided: 'ok', undecided: 'ok' },
    holds: async ({ world, service, tokens }) => {
      expect(await world.live()).toHaveLength(1);
      const next = refreshOf(await service.refresh(tokens.pair.refresh));
      expect(await world.live()).toEqual([claimsOf(next).jti]);
      expect(await outcomeOf(service.refresh(next))).toBe('ok');
      expect(await listed(service.sessions(7))).toHaveLength(3);
    },
  },
  {
    name: 'refresh, whose first answer was lost',
    network: losingOne,
    run: refresh,
    decides: 'rotate',
    points: 12,
    again: { decided: 'ok', undecided: 'ok' },
    holds: async ({ world, service }) => {
      expect(await world.live()).toHaveLength(1);
      expect(await listed(service.sessions(7))).toHaveLength(3);
    },
  },
  {
    name: 'refresh, without a grace window',
    options: { refreshGraceSeconds: 0 },
    run: refresh,
    decides: 'rotate',
    points: 10,
    again: { decided: 'reused', undecided: 'ok' },
    holds: async ({ world, service, decided }) => {
      expect(await world.live()).toHaveLength(decided ? 0 : 1);
      expect(await listed(service.sessions(7))).toHaveLength(decided ? 2 : 3);
    },
  },
  {
    name: 'refresh that spends nothing',
    options: { blacklistAfterRotation: false },
    run: refresh,
    decides: 'rotate',
    points: 10,
    again: { decided: 'ok', undecided: 'ok' },
    holds: async ({ service }) => {
      expect(await listed(service.sessions(7))).toHaveLength(3);
    },
  },
  {
    name: 'refresh that rotates nothing',
    options: { rotateRefreshTokens: false, blacklistAfterRotation: false },
    run: refresh,
    decides: 'rotate',
    points: 8,
    again: { decided: 'ok', undecided: 'ok' },
    holds: async ({ world, tokens }) => {
      expect(await world.live()).toEqual([claimsOf(tokens.pair.refresh).jti]);
    },
  },
  {
    name: 'refresh after a change of password, which logs the token out',
    before: ({ users }) => users.update('7', { credential: 'hash-3' }),
    run: refresh,
    decides: 'blacklist',
    points: 6,
    again: { decided: 'revoked', undecided: 'password_changed' },
    holds: async ({ service, tokens }) => {
      expect(await outcomeOf(service.refresh(tokens.pair.refresh))).toBe('revoked');
    },
  },
  {
    name: 'refreshSliding',
    run: (service, { sliding }, context) => service.refreshSliding(sliding, context),
    decides: 'rotate',
    points: 8,
    again: { decided: 'ok', undecided: 'ok' },
    holds: async ({ world, tokens }) => {
      expect(await world.live()).toEqual([claimsOf(tokens.sliding).jti]);
    },
  },
  {
    name: 'blacklist',
    run: (service, { pair }, context) => service.blacklist(pair.refresh, context),
    decides: 'blacklist',
    points: 3,
    again: { decided: 'revoked', undecided: 'ok' },
    holds: async ({ service, tokens }) => {
      await expectDead(service, tokens.pair);
      expect(await listed(service.sessions(7))).toHaveLength(2);
    },
  },
  {
    name: 'blacklistFamily',
    run: (service, { pair }, context) => service.blacklistFamily(pair.refresh, context),
    decides: 'revokeFamily',
    points: 5,
    again: { decided: 'family_revoked', undecided: 'ok' },
    holds: async ({ service, tokens }) => {
      await expectDead(service, tokens.pair);
      expect(await listed(service.sessions(7))).toHaveLength(2);
    },
  },
  {
    name: 'revokeFamily',
    run: (service, { pair }, context) => service.revokeFamily(claimsOf(pair.refresh).family_id, context),
    decides: 'revokeFamily',
    points: 2,
    again: { decided: 'ok', undecided: 'ok' },
    holds: async ({ service, tokens }) => {
      await expectDead(service, tokens.pair);
      expect(await listed(service.sessions(7))).toHaveLength(2);
    },
  },
  {
    name: 'revokeUser',
    run: (service, _tokens, context) => service.revokeUser(7, context),
    decides: 'revokeUser',
    points: 2,
    again: { decided: 'ok', undecided: 'ok' },
    holds: async ({ service, tokens }) => {
      for (const pair of [tokens.pair, tokens.other]) await expectDead(service, pair);
      expect(await listed(service.sessions(7))).toEqual([]);
    },
  },
  {
    name: 'revokeOtherSessions',
    run: (service, { pair }, context) => service.revokeOtherSessions(pair.refresh, context),
    decides: 'revokeUser',
    points: 3,
    again: { decided: 'ok', undecided: 'ok' },
    holds: async ({ service, tokens }) => {
      await expectDead(service, tokens.other);
      expect(await listed(service.sessions(7))).toEqual([claimsOf(tokens.pair.refresh).family_id]);
      expect(await outcomeOf(service.refresh(tokens.pair.refresh))).toBe('ok');
    },
  },
];

async function begin({ options = {}, before }: Pick<Call, 'options' | 'before'>, store?: TokenStore) {
  const world = createWorld(options, store);
  const service = world.service();
  const gone = [await service.obtainPair(ADA), await service.obtainPair(ADA)] as const;
  const tokens: Tokens = {
    gone,
    pair: await service.obtainPair(ADA),
    other: await service.obtainPair(ADA),
    sliding: (await service.obtainSliding(ADA)).token,
    bob: await service.obtainPair(BOB),
  };
  await service.blacklist(gone[0].refresh);
  await service.blacklistFamily(gone[1].refresh);
  before?.(world);
  return { world, tokens };
}

async function expectDead(service: TokenService, { refresh: token, access }: TokenPair): Promise<void> {
  expect(await outcomeOf(service.authenticate(bearer(access)))).toMatch(/^(family_)?revoked$/);
  expect(await outcomeOf(service.refresh(token))).toMatch(/^(family_)?revoked$/);
}

/** Whatever call it was: what was acknowledged holds, nobody else is touched, and the user can log in. */
async function expectHealth(service: TokenService, { gone, bob }: Tokens): Promise<void> {
  for (const pair of gone) await expectDead(service, pair);
  expect(await outcomeOf(service.refresh(bob.refresh))).toBe('ok');
  const { refresh: token, access } = await service.obtainPair(ADA);
  expect(await outcomeOf(service.authenticate(bearer(access)))).toBe('ok');
  expect(await outcomeOf(service.refresh(token))).toBe('ok');
}

let looked = 0;

describe('a process that is killed at any point where it waits', () => {
  it.each(CALLS)('in $name ($points points) leaves nothing stuck, forked or forgotten', async (call) => {
    const { points, again, decides } = call;
    const ends: Record<string, number> = { decided: 0, undecided: 0 };
    for (let point = 0; ; point++) {
      const { world, tokens } = await begin(call);
      const end = await killedAt(point, world, (service, context) => call.run(service, tokens, context), call.network);
      looked++;
      const decided = end.points.includes(`${decides}, answered`);
      ends[decided ? 'decided' : 'undecided']!++;
      const service = world.service();
      const outcome = await outcomeOf(call.run(service, tokens, {}));
      expect([end.points.at(-1), outcome]).toEqual([end.points.at(-1), again[decided ? 'decided' : 'undecided']]);
      await call.holds({ world, service, tokens, decided });
      await expectHealth(service, tokens);
      if (end.killed) continue;
      expect([point, decided]).toEqual([points, true]); // it died with its answer given: what that said holds too
      break;
    }
    expect(Math.min(...Object.values(ends))).toBeGreaterThan(0);
  });

  it('in a refresh, and the next one in its retry, never leaves two successors, and lets the third refresh', async () => {
    let pairs = 0;
    for (let first = 0; first < 10; first++) {
      for (let second = 0; ; second++) {
        const { world, tokens } = await begin({});
        const retry = (service: TokenService, context: CallContext) => refresh(service, tokens, context);
        expect((await killedAt(first, world, retry)).killed).toBe(true);
        if (!(await killedAt(second, world, retry)).killed) break;
        pairs++;
        expect((await world.live()).length).toBeLessThanOrEqual(1);
        const service = world.service();
        const next = refreshOf(await service.refresh(tokens.pair.refresh));
        expect(await world.live()).toEqual([claimsOf(next).jti]);
        expect(await outcomeOf(service.refresh(next))).toBe('ok');
      }
    }
    expect(pairs).toBeGreaterThanOrEqual(100);
    looked += pairs;
  });

  it('in a refresh, over a store that answers a replay with a successor of its own, is found out', async () => {
    const store = BROKEN_STORES.find(({ defect }) => defect.startsWith('answers a replay with a successor'))?.create();
    const { world, tokens } = await begin({}, store);
    const end = await killedAt(9, world, (service, context) => refresh(service, tokens, context));
    expect(end.points.at(-1)).toBe('rotate, answered');
    await world.service().refresh(tokens.pair.refresh);
    expect(await world.live()).toHaveLength(2);
  });

  it('in a refresh, whose user comes back after the grace window, asks for a clean login or refreshes', async () => {
    const ends = new Set<Code>();
    for (let point = 0; point < 10; point++) {
      const { world, tokens } = await begin({});
      const end = await killedAt(point, world, (service, context) => refresh(service, tokens, context));
      const decided = end.points.includes('rotate, answered');
      world.clock.advance(10);
      const service = world.service();
      const outcome = await outcomeOf(service.refresh(tokens.pair.refresh));
      expect([end.points.at(-1), outcome]).toEqual([end.points.at(-1), decided ? 'reused' : 'ok']);
      expect(await world.live()).toHaveLength(decided ? 0 : 1);
      await expectHealth(service, tokens);
      ends.add(outcome);
      looked++;
    }
    expect([...ends].toSorted()).toEqual(['ok', 'reused']);
  });

  it('was killed at more than 200 points', () => {
    console.log(`killed at ${looked} points`);
    expect(looked).toBeGreaterThan(200);
  });
});

const program = fileURLToPath(new URL('killed-service.mjs', import.meta.url));

/** Refreshes in a process of its own: how it ended. */
function refreshIn(file: string, token: string, killedAt: number) {
  const { signal, status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', program, file, token, String(killedAt)],
    { encoding: 'utf8' },
  );
  if (signal !== 'SIGKILL' && status !== 0) throw new Error(`the process failed: ${stderr}`);
  const [proposed = '', steps = ''] = stdout.split('\n');
  return {
    killed: signal === 'SIGKILL',
    steps: Number(steps),
    proposed: proposed === '' ? undefined : (JSON.parse(proposed) as TokenRef),
  };
}

const open = (file: string) => createService(openDatabase(file), () => undefined);

// a child loads the package as its users do
if (process.env['SIMPLEJWT_BUILT'] === '1') {
  if (drivers.length === 0)
    console.log('not applicable: processes killed over an SQLite file, which this runtime has no driver for');
  else {
    describe('a process that is killed (SIGKILL) at any step of a refresh over an SQLite file', () => {
      it('leaves a token that is refreshed by the next, for one successor', async () => {
        let point = 0;
        let proposals = 0;
        for (; ; point++) {
          const file = newFile();
          const { refresh } = await open(file).obtainPair({});
          const { killed, steps, proposed } = refreshIn(file, refresh, point);
          const service = open(file);
          const next = refreshOf(await service.refresh(refresh));
          if (proposed !== undefined && proposed.jti !== claimsOf(next).jti) {
            const query = { token: proposed, now: 1_700_000_000, mustBeRecorded: 'token' } as const;
            expect(sqliteStore(openDatabase(file)).status(query, {})).toBe('unknown');
          }
          proposals += Number(proposed !== undefined);
          expect(claimsOf(refreshOf(await service.refresh(refresh))).jti).toBe(claimsOf(next).jti);
          expect(await listed(service.sessions('ada'))).toHaveLength(1);
          expect(await outcomeOf(service.refresh(next))).toBe('ok');
          expect(await outcomeOf(service.refresh(refresh))).toBe('reused');
          if (killed) continue;
          expect(steps).toBe(point);
          break;
        }
        console.log(`killed at ${point} steps`);
        expect(point).toBeGreaterThan(12);
        expect(proposals).toBeGreaterThan(6);
      }, 60_000);
    });
  }
}
