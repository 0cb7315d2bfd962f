import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mongoStore } from '../../../src/adapters/storage/mongo.ts';
import { memoryDatabase } from '../../testing/memory-database.ts';
import type { Fault, ServerError } from '../../servers/mongo-faults.ts';
import { ADA, startScenario, type Scenario, type Ticket } from '../../../src/testing/storage/scenario.ts';
import { openTrouble, TROUBLED_DRIVERS, type Trouble, type TroubledStore } from './mongo-trouble.ts';

interface Call {
  readonly name: string;
  readonly sends: readonly string[];
  /** The very same request, each time it is called. */
  readonly make: (scenario: Scenario, ticket: Ticket) => Promise<() => Promise<unknown>>;
  /** What it answers, and what where an earlier try has done it. */
  readonly answers: readonly unknown[];
}

const CALLS: readonly Call[] = [
  {
    name: 'epoch',
    sends: ['find'],
    make:
      async ({ store }) =>
      async () =>
        store.epoch({}),
    answers: [0],
  },
  {
    name: 'record',
    sends: ['find', 'insert'],
    async make(scenario) {
      const ticket = scenario.mint();
      return () => scenario.record(ticket, { epoch: 0 });
    },
    answers: ['recorded'],
  },
  {
    name: 'rotate',
    sends: ['find', 'insert'],
    async make(scenario, ticket) {
      const request = scenario.request(ticket, { mustBeRecorded: 'token', endFamilyOnReuse: true });
      return async () => {
        const answer = await scenario.store.rotate(request, {});
        const status = await scenario.status({ ...ticket, token: request.successor }, { mustBeRecorded: 'token' });
        return { ...answer, own: 'successor' in answer && answer.successor?.jti === request.successor.jti, status };
      };
    },
    answers: [expect.objectContaining({ outcome: 'rotated', own: true, status: 'active' })],
  },
  {
    name: 'rotate, of a token that it meets for the first time',
    sends: ['find', 'insert'],
    async make(scenario) {
      const request = scenario.request(scenario.mint());
      return async () => (await scenario.store.rotate(request, {})).outcome;
    },
    answers: ['rotated'],
  },
  {
    name: 'status',
    sends: ['find'],
    make: async (scenario, ticket) => () => scenario.status(ticket, { mustBeRecorded: 'family', endedCounts: true }),
    answers: ['active'],
  },
  {
    name: 'blacklist',
    sends: ['find', 'insert'],
    make: async (scenario, ticket) => () => scenario.blacklist(ticket),
    answers: ['blacklisted', 'revoked'],
  },
  {
    name: 'revokeFamily',
    sends: ['find', 'insert'],
    make:
      async (scenario, { family }) =>
      () =>
        scenario.revokeFamily(family),
    answers: ['revoked', 'already'],
  },
  {
    name: 'revokeUser',
    sends: ['find', 'insert'],
    make: async (scenario, ticket) => async () => {
      const { outcome } = await scenario.revokeUser(ADA);
      return [outcome, await scenario.status(ticket)];
    },
    answers: [['revoked', 'revoked']],
  },
  {
    name: 'sessions',
    sends: ['find'],
    make: async (scenario) => async () => (await scenario.sessions(ADA)).length,
    answers: [1],
  },
  {
    name: 'flushExpired',
    sends: ['delete'],
    make:
      async ({ store, clock }) =>
      async () =>
        store.flushExpired(clock(), {}),
    answers: [0],
  },
];

const POINTS = CALLS.flatMap((call) => call.sends.map((command) => ({ call, command })));
const WRITES = POINTS.filter(({ command }) => command !== 'find');

type Point = (typeof POINTS)[number];

const error = (code: number, codeName: string): ServerError => ({ code, codeName, labels: [] });

/** It is asked again: a failure that passes, or an outcome that is not known. */
const UNKNOWN: readonly ServerError[] = [
  error(10107, 'NotWritablePrimary'),
  error(11602, 'InterruptedDueToReplStateChange'),
  error(189, 'PrimarySteppedDown'),
  error(91, 'ShutdownInProgress'),
  error(50, 'MaxTimeMSExpired'),
];

const FINAL = [
  [error(13, 'Unauthorized'), 'store_unavailable'],
  [error(18, 'AuthenticationFailed'), 'store_unavailable'],
  [error(14031, 'OutOfDiskSpace'), 'store_full'],
  [error(8000, 'AtlasError'), 'store_full'],
] as const;

describe.each(TROUBLED_DRIVERS)('what a call of mongoStore comes to, over %s', (driver) => {
  let trouble: Trouble;
  beforeAll(async () => {
    trouble = await openTrouble(driver);
  });
  afterAll(() => trouble.close());

  /** Fails so where it asks for the first time, and is called again with the same request. */
  async function afterFailure({ call, command }: Point, how: Fault['how'], when: 'before' | 'after') {
    const troubled: TroubledStore = trouble.open();
    const scenario = await startScenario(() => troubled.store);
    const ticket = await scenario.login();
    const make = await call.make(scenario, ticket);
    troubled.fail({ command, when, how, times: resent(command, how) ? 2 : 1 } as Fault);
    const failure: unknown = await make().catch((thrown: unknown) => thrown);
    return { failure, again: await make() };
  }

  it.each(UNKNOWN)('$code $codeName: not known, so it is thrown as it is, and the same call does it once', async (how) => {
    for (const when of ['before', 'after'] as const)
      for (const point of POINTS) {
        const { failure, again } = await afterFailure(point, how, when);
        expect([point.call.name, failure]).toEqual([point.call.name, expect.any(Error)]);
        expect(failure).not.toMatchObject({ name: 'TokenError' });
        expect(point.call.answers).toContainEqual(again);
      }
  });

  it('64 WriteConcernFailed: not known, so nothing is answered, and the same call does it once', async () => {
    for (const point of WRITES) {
      const { failure, again } = await afterFailure(point, 'writeConcernError', 'after');
      expect([point.call.name, failure]).toEqual([point.call.name, expect.objectContaining({ code: 64 })]);
      expect(point.call.answers).toContainEqual(again);
    }
  });

  it('64 beside 11000: the document is there, but whether it will stay is not known', async () => {
    const troubled = trouble.open();
    const scenario = await startScenario(() => troubled.store);
    const { family } = await scenario.login();
    await scenario.revokeFamily(family);
    troubled.fail({ command: 'insert', when: 'after', how: 'writeConcernError' });
    await expect(scenario.revokeFamily(family)).rejects.toMatchObject({ name: 'MongoBulkWriteError' });
    expect(await scenario.revokeFamily(family)).toBe('already');
  });

  it.each(FINAL)('%o: final, and called %s', async (how, code) => {
    for (const point of POINTS) {
      const { failure, again } = await afterFailure(point, how, 'before');
      const refusal = { name: 'TokenError', code, status: 503, cause: expect.objectContaining({ code: how.code }) };
      expect([point.call.name, failure]).toEqual([point.call.name, expect.objectContaining(refusal)]);
      expect(again).toEqual(point.call.answers[0]);
    }
  });

  it('a connection that is cut as often as the driver asks: not known', async () => {
    for (const when of ['before', 'after'] as const)
      for (const point of POINTS) {
        const { failure, again } = await afterFailure(point, 'cut', when);
        expect([point.call.name, failure]).toEqual([point.call.name, expect.any(Error)]);
        expect(point.call.answers).toContainEqual(again);
      }
  });

  it('a resent command has the number of the first, so that the server does it once', async () => {
    const troubled = trouble.open();
    const scenario = await startScenario(() => troubled.store);
    const ticket = await scenario.login();
    for (const how of ['cut', { code: 10107, codeName: 'NotWritablePrimary' }] as const) {
      const before = troubled.sent('insert').length;
      troubled.fail({ command: 'insert', when: 'after', how });
      await scenario.revokeFamily(ticket.family);
      const numbers = troubled.sent('insert').slice(before);
      expect(numbers).toHaveLength(2);
      expect(new Set(numbers.map(({ txnNumber }) => txnNumber)).size).toBe(1);
    }
  });

  describe('a caller who has left', () => {
    it('has nothing sent', async () => {
      const troubled = trouble.open();
      const scenario = await startScenario(() => troubled.store);
      const request = scenario.request(await scenario.login());
      const before = troubled.sent().length;
      const rotation = troubled.store.rotate(request, { signal: AbortSignal.abort(new Error('gone')) });
      await expect(rotation).rejects.toMatchObject({ code: 'store_unavailable' });
      expect(troubled.sent()).toHaveLength(before);
    });

    it('has nothing sent that waits for a server to come back: no token is spent after its holder was refused', async () => {
      const troubled = trouble.open();
      const scenario = await startScenario(() => troubled.store);
      const ticket = await scenario.login();
      const before = troubled.sent('insert').length;
      troubled.fail({ command: 'insert', when: 'before', how: 'cut' });
      const server = trouble.server.hold('hello'); // the driver asks whether the server is back, and waits for it
      const leaving = new AbortController();
      const rotation = Promise.resolve(troubled.store.rotate(scenario.request(ticket), { signal: leaving.signal }));
      const failure = rotation.catch((thrown: unknown) => thrown);
      await server.reached;
      leaving.abort(new Error('too late'));
      expect(await failure).toMatchObject({ code: 'store_unavailable', cause: { message: 'too late' } });
      server.release();
      expect(await scenario.status(ticket, { mustBeRecorded: 'token' })).toBe('active');
      expect(troubled.sent('insert')).toHaveLength(before + 1);
      expect((await scenario.rotate(ticket, { endFamilyOnReuse: true })).outcome).toBe('rotated');
    });

    it('leaves a command behind that nobody waits for longer than it may take', async () => {
      const troubled = trouble.open({ commandTimeoutSeconds: 0.1 });
      const scenario = await startScenario(() => troubled.store);
      const ticket = await scenario.login();
      troubled.fail({ command: 'find', when: 'before', how: 'hang', times: 2 });
      await expect(scenario.status(ticket)).rejects.toThrow('no answer within 0.1 s');
      // all who are revoked meanwhile wait for one number, and so for this one command
      await expect(scenario.revokeUser(ADA)).rejects.toThrow('no answer within 0.1 s');
      expect(await scenario.revokeUser(ADA)).toEqual({ outcome: 'revoked' });
    });
  });
});

/** These drivers then tell of the 64 alone; an error of theirs has room for both. */
it('64 beside 11000 in one error: not known', async () => {
  const doubtful = Object.assign(new Error('E11000'), {
    code: 11000,
    writeErrors: [{ index: 0, code: 11000 }],
    result: { getWriteConcernError: () => ({ code: 64 }) },
  });
  const database = memoryDatabase();
  const errors = [doubtful];
  const store = mongoStore({
    collection(...given) {
      const sound = database.collection(...given);
      const insertMany: typeof sound.insertMany = async (...documents) => {
        const error = errors.pop();
        if (error !== undefined) throw error;
        return sound.insertMany(...documents);
      };
      return { ...sound, insertMany };
    },
  });
  const scenario = await startScenario(() => store);
  await expect(scenario.revokeFamily(scenario.mint().family)).rejects.toBe(doubtful);
});

/** Whether the driver sends it again by itself: a read whatever a server says of a retry, and no deletion of many. */
function resent(command: string, how: Fault['how']): boolean {
  if (how === 'cut') return command !== 'delete';
  return command === 'find' && typeof how === 'object' && UNKNOWN.includes(how) && how.code !== 50;
}
