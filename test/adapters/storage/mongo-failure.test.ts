import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MongoStoreOptions } from '../../../src/adapters/storage/mongo.ts';
import { createGuard, createTokenHandler } from '../../../src/adapters/http/fetch.ts';
import type { Fault, ServerError } from '../../servers/mongo-faults.ts';
import { bearer, listed, outcomeOf } from '../../application/fixture.ts';
import { openTrouble, TROUBLED_DRIVERS, type Trouble } from './mongo-trouble.ts';
import { expectUnharmed, familyOf, openWorld, USES, type World } from './mongo-uses.ts';

type How = ServerError | 'cut';

const STEPPING_DOWN: readonly ServerError[] = [
  { code: 91, codeName: 'ShutdownInProgress' },
  { code: 189, codeName: 'PrimarySteppedDown' },
  { code: 10107, codeName: 'NotWritablePrimary' },
  { code: 11602, codeName: 'InterruptedDueToReplStateChange' },
];
const LATE: ServerError = { code: 50, codeName: 'MaxTimeMSExpired' };

/** What passes, or leaves the outcome unknown: one after the other, more often than the driver sends a command again. */
const PASSING: readonly (readonly [name: string, how: readonly How[]])[] = [
  ['91, 189, 10107 and 11602, of a primary that is none any more', STEPPING_DOWN],
  ['two of these from a server that says nothing of a retry', STEPPING_DOWN.slice(1, 3).map((how) => ({ ...how, labels: [] }))],
  ['50 MaxTimeMSExpired', [LATE, LATE, LATE]],
  ['connections that are cut', ['cut', 'cut', 'cut']],
];

const FINAL = [
  ['13 Unauthorized', { code: 13, codeName: 'Unauthorized' }, 'store_unavailable'],
  ['18 AuthenticationFailed', { code: 18, codeName: 'AuthenticationFailed' }, 'store_unavailable'],
  ['14031 OutOfDiskSpace', { code: 14031, codeName: 'OutOfDiskSpace' }, 'store_full'],
] as const;

const DUPLICATE = { code: 11000, codeName: 'DuplicateKey' };

/** Each use with each of its commands that fails. */
const POINTS = USES.flatMap((use) => use.sends.map((command) => ({ use, command })));
const WRITES = POINTS.filter(({ command }) => command !== 'find');
const INSERTS = POINTS.filter(({ command }) => command === 'insert');

type Point = (typeof POINTS)[number];

/** Each of these, before the server has done what it is asked and after. */
const BOTH = POINTS.flatMap((point) => (['before', 'after'] as const).map((when) => ({ ...point, when })));

type Timed = (typeof BOTH)[number];

const SETS = [
  ...TROUBLED_DRIVERS.map((driver) => ({ driver, standalone: false })),
  { driver: 'mongodb', standalone: true } as const,
];

describe.each(SETS)('a service over mongoStore, over $driver (standalone: $standalone)', ({ driver, standalone }) => {
  let trouble: Trouble;
  beforeAll(async () => {
    trouble = await openTrouble(driver, { standalone });
  });
  afterAll(() => trouble.close());

  /** Each in a collection of its own, so all at once; what is to hold then is looked at when no connection is cut any more. */
  async function atEach<P extends Point>(
    points: readonly P[],
    run: (world: World, point: P) => Promise<() => Promise<void>>,
    options: MongoStoreOptions = { commandTimeoutSeconds: 10 },
  ): Promise<void> {
    const worlds = await Promise.all(points.map(() => openWorld(trouble, options)));
    const made = await Promise.all(
      points.map(async (point, index) => {
        const world = worlds[index];
        if (world === undefined) throw new Error('there is one for each');
        const holds = await run(world, point);
        return async () => {
          expectUnharmed(world, point.use);
          await holds();
        };
      }),
    );
    for (const holds of made) await holds(); // one by one: some has a failure left
  }

  /** Fails so, and is answered all the same. */
  const passes = <P extends Point>(points: readonly P[], faults: (point: P) => readonly Fault[]) =>
    atEach(points, async (world, point) => {
      for (const fault of faults(point)) world.fail(fault);
      const holds = await point.use.make(world);
      expect(world.log.filter(([name]) => name === 'storeError')).toEqual([]);
      return holds;
    });

  it.each(PASSING.filter(([one]) => !(standalone && one.startsWith('two'))))(
    'goes through %s, before it is done and after',
    async (_name, hows) => {
      await passes(BOTH, ({ command, when }) => hows.map((how) => ({ command, when, how })));
    },
  );

  it('goes through 64 WriteConcernFailed, which leaves open whether a write will hold', async () => {
    await passes(WRITES, ({ command }) => [{ command, when: 'after', how: 'writeConcernError', times: 3 }]);
  });

  it('goes through 11000 DuplicateKey, where the document is its own', async () => {
    await passes(INSERTS, ({ command }) => [{ command, when: 'after', how: DUPLICATE }]);
  });

  if (standalone) return; // it differs in what the driver sends again

  it('goes through 11000 DuplicateKey, where the document is gone when it looks', async () => {
    const deciding = INSERTS.filter(({ use }) => !/^a (login|logout)$/.test(use.name)); // these add several at once, of which none decides
    await passes(deciding, ({ command }) => [{ command, when: 'before', how: DUPLICATE }]);
  });

  it.each(FINAL)('refuses at once after %s, which will not pass, and does all of it the next time', async (_name, how, code) => {
    await atEach(POINTS, async (world, { use, command }) => {
      const before = world.sent(command).length;
      world.fail({ command, when: 'before', how });
      expect([use.name, await outcomeOf(use.make(world))]).toEqual([use.name, code]);
      expect(world.sent(command)).toHaveLength(before + 1);
      return use.make(world);
    });
  });

  it('gives up what hangs before it is done or after, and loses nothing by it', async () => {
    const points = BOTH.filter(({ use }) => use.name !== 'a refresh that spends nothing'); // the hasty service spends
    const soon = { commandTimeoutSeconds: 0.5 };
    const hang = async (world: World, { use, command, when }: Timed) => {
      world.fail({ command, when, how: 'hang' });
      expect([use.name, await outcomeOf(use.make(world, world.hasty))]).toEqual([use.name, 'store_unavailable']);
      return use.make(world);
    };
    await atEach(points, hang, soon);
  });

  it('answers 503 with Retry-After where the server hangs, never 401', async () => {
    const world = await openWorld(trouble);
    const body = JSON.stringify({ refresh: world.pair.refresh });
    const headers = { 'content-type': 'application/json' };
    const refresh = new Request('https://a.example/api/token/refresh', { method: 'POST', body, headers });
    const page = new Request('https://a.example/', { headers: bearer(world.pair.access) });
    world.fail({ command: 'find', when: 'before', how: 'hang', times: 2 });
    for (const answer of [await createTokenHandler(world.hasty)(refresh), await createGuard(world.hasty)(page)]) {
      if (!(answer instanceof Response)) throw new Error('it was let in');
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    }
    expect(await outcomeOf(world.service.refresh(world.pair.refresh))).toBe('ok');
  });

  it('lists sessions and flushes at the next call where it cannot at this one', async () => {
    const world = await openWorld(trouble);
    const lost = { when: 'before', how: LATE } as const;
    world.fail({ command: 'find', ...lost });
    expect(await outcomeOf(listed(world.service.sessions(7)))).toBe('store_unavailable');
    expect((await listed(world.service.sessions(7))).toSorted()).toEqual([world.pair, world.other].map(familyOf).toSorted());
    world.fail({ command: 'delete', ...lost });
    expect(await outcomeOf(world.service.flushExpired())).toBe('store_unavailable');
    expect(await world.service.flushExpired()).toBe(0);
  });
});
