import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../src/adapters/storage/memory.ts';
import { asynchronous } from '../testing/async-store.ts';
import { explore } from './explore.ts';
import { described, exploreStore, type Explored } from './store-races.ts';

/** 100,000 by `SIMPLEJWT_SCHEDULES=100000`. */
const LIMIT = Number(process.env['SIMPLEJWT_SCHEDULES'] ?? 15_000);

const STORES: readonly Explored[] = [{ name: 'memory', create: (gap) => asynchronous(memoryStore(), gap) }];

describe('any order of up to three calls, with broken connections', () => {
  it.each(STORES)(
    'leaves the invariants standing over $name',
    async (store) => {
      const findings = await exploreStore(store, { limit: LIMIT });
      console.log(described(store.name, findings));
      expect(findings.wrong).toBeUndefined();
      expect(findings.races).toBe(8 + 36 + 120); // of eight calls one, two and three, whether or not they are the same
      expect(findings.schedules).toBeGreaterThan(LIMIT * 0.9);
      expect(findings.steps).toBeGreaterThan(findings.schedules * 3);
      expect(findings.faults).toBeGreaterThan(findings.schedules / 2);
      for (const invariant of ['I1', 'I2', 'I4', 'I5', 'I6', 'I11'] as const) {
        expect(findings.looked[invariant]).toBeGreaterThan(100);
      }
    },
    300_000,
  );
});

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
