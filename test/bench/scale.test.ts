import { describe, expect, it } from 'vitest';
import { measureMongo } from '../../bench/scale/mongo.mjs';
import { liveADay } from '../../bench/scale/day.mjs';
import { measureReplica } from '../../bench/scale/replica.mjs';
import { scale } from '../../bench/scale/scale.mjs';
import { sizesOf } from '../../bench/scale/sizes.mjs';
import { workloadOf } from '../../bench/scale/workload.mjs';
import { memoryStore } from 'simplejwt/storage/memory';
import { sinkOf } from './in-this-process.ts';

const call = (commands: number, micros: number) => ({ commands, micros });
const calls = {
  login: call(3, 30),
  rotation: call(0.1, 10),
  'lone rotation': call(1, 20),
  check: call(0.1, 5),
  'lone check': call(1, 8),
  logout: call(1, 20),
};
const feed = { entryBytes: 100, publication: call(1, 20), reading: call(3, 80), idleReads: 0.8 };
const redis = { name: 'one Redis', bytes: { family: 6000, spentToken: 220 }, calls, feed };
const asking = (asked: number) => ({ asked, counted: 1000, known: 10, bytes: 100 });
const replicaOf = (families: number) => ({ families, entries: 10, one: asking(0.01), many: asking(0.2) });
const measures = (stores: readonly object[]) => ({
  stores: [{ of: 'planted', run: async () => stores }],
  replica: async ({ families }: { families: readonly number[] }) => families.map(replicaOf),
});

async function run(words: readonly string[], planted?: object) {
  const [stdout, stderr] = [sinkOf(), sinkOf()];
  const status = await scale(words, { stdout, stderr }, planted as never);
  return { status, text: stdout.text(), errors: stderr.text() };
}

describe('node bench/scale.mjs', () => {
  it('multiplies what was measured by what is assumed', () => {
    const workload = workloadOf({ families: [36e6], hosts: 10, 'session-days': 1 });
    const [size] = sizesOf(workload, [redis], [replicaOf(36e6)]);
    const logouts = 36e6 / 86_400;
    expect(size).toMatchObject({ store: 'one Redis', families: 36e6, gigabytes: 216 });
    expect(size?.writes).toBeCloseTo(10_000 + 4 * logouts, 6);
    expect(size?.without).toMatchObject({ checks: 100_000, fits: false });
    const writing = (10_000 * 10 + logouts * 50) / 1e6;
    expect(size?.without.cores).toBeCloseTo(writing + 0.5, 6);
    const feeding = (logouts * 20 + 10 * (logouts + 0.8) * 80) / 1e6;
    expect(size?.replicaRequiring.checks).toBe(20_000);
    expect(size?.replicaRequiring.cores).toBeCloseTo(writing + 0.1 + feeding, 6);
    expect(size?.replica.cores).toBeCloseTo(writing + feeding, 6);
    expect(size?.replica.masters).toBe(4); // of memory: 216 GB by 64
    expect(size?.feed.commands).toBeCloseTo(logouts + 10 * (logouts + 0.8) * 3, 6);
  });

  it('prints its assumptions, its tables, and what was not measured', async () => {
    const planted = measures([redis, { name: 'Redis Cluster', missing: 'needs redis-server' }]);
    const { status, text } = await run(['--families', '1M,20M', '--hosts', '7'], planted);
    expect(status).toBe(0);
    expect(text).toContain('by any of 7 hosts');
    expect(text).toContain('24 spent tokens');
    expect(text).toMatch(/one Redis +1M +6 +/);
    expect(text).toMatch(/one Redis +20M +120 +.*no: memory/);
    expect(text).toContain('not measured: Redis Cluster needs redis-server');
  });

  it('exits 1, and prints no figure, where a call comes to something else than it should', async () => {
    const forgetful = {
      ...memoryStore(),
      status: () => 'unknown',
      epoch: () => 0,
      record: () => 'recorded',
      rotate: () => ({ outcome: 'rotated' }),
    };
    const broken = {
      of: 'broken',
      run: (workload: object) =>
        liveADay(forgetful, workload as never, (_name: string, _calls: number, part: () => unknown) => part() as never),
    };
    const { status, text, errors } = await run(['--sample', '3'], { ...measures([]), stores: [broken] });
    expect({ status, text }).toEqual({ status: 1, text: '' });
    expect(errors).toContain('a check came to unknown, not to active');
  });

  it.each([
    { words: ['--families', 'many'], says: '--families must be a whole number' },
    { words: ['--refresh', '80000'], says: '--refresh must be at most half of --lifetime' },
    { words: ['--access', '4000'], says: 'half of what a feed keeps' },
    { words: ['--busy', '200'], says: 'a percentage of one core' },
  ])('refuses $words', async ({ words, says }) => {
    const { status, errors } = await run(words, measures([redis]));
    expect(status).toBe(2);
    expect(errors).toContain(says);
  });

  it('counts two commands for a rotation in MongoDB, one for a check, and the documents of a day', async () => {
    const [mongo] = await measureMongo(workloadOf({ sample: 3 }));
    expect(mongo?.calls).toMatchObject({ 'lone rotation': { commands: 2 }, 'lone check': { commands: 1 } });
    expect(mongo?.bytes.family).toBeGreaterThan(24 * (mongo?.bytes.spentToken ?? Infinity));
    expect(mongo?.feed.reading).toEqual({ commands: 2 });
  });

  it('asks about the first token of a family after each refresh, on each host that meets it', async () => {
    const workload = workloadOf({ families: [10_000], checks: 10, hosts: 1, refresh: 600, lifetime: 1800 });
    const [replica] = await measureReplica(workload);
    const perRefresh = 0.6; // checks: of those that are first the share is (1 - e^-0.6) / 0.6
    expect(replica?.one.asked).toBeGreaterThan(0.3); // some are met again before they are forgotten
    expect(replica?.one.asked).toBeLessThanOrEqual((1 - Math.exp(-perRefresh)) / perRefresh);
  });
});
