import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../src/adapters/storage/memory.ts';
import type { TokenStore } from '../../src/ports/token-store.ts';
import { asynchronous } from '../testing/async-store.ts';
import { BROKEN_STORES } from '../testing/broken-stores.ts';
import { runAgainstModel } from './model.ts';

const STORES: readonly (readonly [string, () => TokenStore])[] = [
  ['a memory store', () => memoryStore()],
  ['a memory store behind promises', () => asynchronous(memoryStore())],
];

describe('a store of token families', () => {
  it.each(STORES)('%s does what a model of it does, whatever happens in whatever order', async (_name, createStore) => {
    expect(await runAgainstModel(createStore, { runs: 300 })).toBeGreaterThan(5_000);
  });

  it.each(
    [
      'answers a replay with a successor of its own',
      'knows no attempts',
      'orders a chain by iat',
      'holds the window open after',
    ].map((defect) => BROKEN_STORES.filter((store) => store.defect.startsWith(defect))),
  )('a store that $defect does not', async ({ create }) => {
    await expect(runAgainstModel(() => create(), { runs: 300, seed: 1 })).rejects.toThrow('Property failed');
  });
});
