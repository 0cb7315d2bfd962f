import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drivers } from '../adapters/storage/sqlite-drivers.ts';
import { hasRedis, startRedis, type RedisServer } from '../servers/redis-server.ts';
import { explore } from './explore.ts';
import { memory, mongo, redis, replica, sqlite, sqliteTwice } from './explored-stores.ts';
import { described, exploreStore, type Explored } from './store-races.ts';

/** 100,000 by `npm run explore`; else fewer, and fewer still for a store that takes longer for a step. */
const LIMIT = Number(process.env['SIMPLEJWT_SCHEDULES'] ?? 100_000);
const few = (share: number) => (process.env['SIMPLEJWT_SCHEDULES'] === undefined ? LIMIT / share : LIMIT);

if (drivers.length === 0) console.log('not applicable: exploring SQLite, which this runtime lacks');

describe('any order of up to three calls, with broken connections', () => {
  const stores: readonly (readonly [Explored, number])[] = [
    [memory, few(8)],
    [mongo, few(50)],
    [replica, few(50)],
    ...drivers.flatMap((driver) => [[sqlite(driver), few(80)] as const, [sqliteTwice(driver), LIMIT / 300] as const]),
  ];
  it.each(stores)('leaves the invariants standing over $name', expectKept, 600_000);
});

(hasRedis() ? describe : describe.skip)('any order of the commands of up to three calls, on redis-server', () => {
  let server: RedisServer;
  let client: Redis;

  beforeAll(async () => {
    server = await startRedis({ args: () => ['--save', '', '--appendonly', 'no'] });
    client = new Redis({ port: server.port, host: '127.0.0.1' });
  });
  afterAll(async () => {
    client.disconnect();
    await server.stop();
  });

  it('leaves the invariants standing', () => expectKept(redis(client), few(50)), 1_200_000);
});

async function expectKept(store: Explored, limit: number): Promise<void> {
  const findings = await exploreStore(store, { limit });
  console.log(described(store.name, findings));
  expect(findings.wrong).toBeUndefined();
  expect(findings.races).toBe(8 + 36 + 120); // of eight calls one, two and three, whether or not they are the same
  expect(findings.schedules).toBeGreaterThan(limit * 0.9);
  expect(findings.steps).toBeGreaterThan(findings.schedules * 3);
  expect(findings.faults).toBeGreaterThan(findings.schedules / 2);
  for (const invariant of ['I1', 'I2', 'I4', 'I5', 'I6', 'I11'] as const) expect(findings.looked[invariant]).toBeGreaterThan(100);
}

describe('exploring', () => {
  it.each([
    ['tries each sequence of decisions once where they are few', 100, 24, true],
    ['draws as many as it may where they are more', 20, 20, false],
  ])('%s', async (_what, limit, distinct, exhaustive) => {
    const seen: string[] = [];
    const run = async (decide: (ways: number) => number) => void seen.push([2, 3, 4].map(decide).join(' '));
    const explored = await explore({ limit, seed: 1 }, run);
    expect(explored.exhaustive).toBe(exhaustive);
    expect(explored.runs).toBe(seen.length);
    if (exhaustive) expect(new Set(seen.slice(-distinct)).size).toBe(distinct);
    else expect(new Set(seen).size).toBeGreaterThan(10);
  });

  it('makes the same runs for the same seed, and others for another', async () => {
    const runsOf = async (seed: number) => {
      const seen: number[] = [];
      await explore({ limit: 50, seed }, async (decide) => void seen.push(decide(1000)));
      return seen;
    };
    expect(await runsOf(7)).toEqual(await runsOf(7));
    expect(await runsOf(7)).not.toEqual(await runsOf(8));
  });
});
