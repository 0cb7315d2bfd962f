import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../src/adapters/storage/memory.ts';
import type { TokenStore } from '../../src/ports/token-store.ts';
import { BROKEN_STORES } from '../testing/broken-stores.ts';
import { startService } from './endpoint.ts';
import { perform, type Run } from './run.ts';

const SIZE = { rotations: 400, faults: 2 };
const quiet = { show: () => undefined, clear: () => undefined };
const JUDGED = ['I1', 'I2', 'I4', 'I5', 'I6', 'I8', 'I10'] as const;

const runOver = (createStore: () => TokenStore, judged: Run['judged'] = JUDGED): Run => ({
  name: 'a run',
  says: 'nothing much happens',
  store: 'memory',
  smoke: SIZE,
  full: SIZE,
  judged,
  async run(stage) {
    const service = startService(createStore(), stage.clock.now);
    await stage.clients([() => service], async () => undefined);
  },
});

const broken = (defect: string) => {
  const store = BROKEN_STORES.find((one) => one.defect.startsWith(defect));
  if (store === undefined) throw new Error(`no broken store that ${defect}`);
  return () => store.create(async () => undefined);
};

describe('a fault run', () => {
  it('keeps every invariant it is judged by over a sound store, and counts what it looked at', async () => {
    const { wrong, tally, notes, checks } = await perform(runOver(memoryStore), SIZE, 1, quiet);
    expect(wrong).toEqual([]);
    expect(notes['faults']).toBe(2);
    for (const count of [tally.rotations, checks]) expect(count).toBeGreaterThanOrEqual(SIZE.rotations);
    for (const count of [tally.replays, tally.revocations]) expect(count).toBeGreaterThan(0);
  });

  it.each([
    ['answers a replay with a successor of its own', 'I1'],
    ['acknowledges the end of a family before it has written it', 'I2'],
    ['holds the window open after the child was used', 'I4'],
  ])('finds out a store that %s', async (defect, invariant) => {
    const { wrong } = await perform(runOver(broken(defect)), SIZE, 1, quiet);
    expect(wrong.filter((what) => what.startsWith(`${invariant}:`))).not.toEqual([]);
  });

  it('finds out a store that forgets everything in the midst of a run', async () => {
    let store = memoryStore();
    const run = runOver(memoryStore);
    const { wrong } = await perform(
      {
        ...run,
        async run(stage) {
          const forgetful: TokenStore = {
            expiresNatively: true,
            epoch: (...given) => store.epoch(...given),
            record: (...given) => store.record(...given),
            rotate: (...given) => store.rotate(...given),
            status: (...given) => store.status(...given),
            blacklist: (...given) => store.blacklist(...given),
            revokeFamily: (...given) => store.revokeFamily(...given),
            revokeUser: (...given) => store.revokeUser(...given),
            sessions: (...given) => store.sessions(...given),
            flushExpired: (...given) => store.flushExpired(...given),
          };
          const service = startService(forgetful, stage.clock.now);
          await stage.clients([() => service], async () => void (store = memoryStore()));
        },
      },
      SIZE,
      1,
      quiet,
    );
    expect(wrong.filter((what) => what.startsWith('I6:'))).not.toEqual([]);
  });

  it('is wrong where it looked at nothing, where faults did not come, and where it ended early', async () => {
    const nothing = await perform(runOver(memoryStore, ['I3', 'I7']), SIZE, 1, quiet);
    expect(nothing.wrong).toEqual(['I3: nothing was looked at', 'I7: nothing was looked at']);
    const idle = await perform({ ...runOver(memoryStore, []), run: async () => undefined }, SIZE, 1, quiet);
    expect(idle.wrong).toEqual(['only 0 of 2 faults came']);
    const early = async () => Promise.reject(new Error('no server'));
    const failed = await perform({ ...runOver(memoryStore, []), run: early }, { ...SIZE, faults: 0 }, 1, quiet);
    expect(failed.wrong).toEqual(['the run ended early: no server']);
  });
});
