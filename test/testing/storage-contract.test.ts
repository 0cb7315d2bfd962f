import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../src/adapters/storage/memory.ts';
import type { TokenStore } from '../../src/ports/token-store.ts';
import { storageContract } from '../../src/testing/storage-contract.ts';
import { asynchronous } from './async-store.ts';
import { BROKEN_STORES } from './broken-stores.ts';
import { judge } from './collect.ts';

const judgeStore = (createStore: () => TokenStore | Promise<TokenStore>) =>
  judge(({ describe, it }) => storageContract({ name: 'a store', describe, it, createStore }));

describe('the storage contract', () => {
  it('has one title for each promise', async () => {
    const titles: string[] = [];
    storageContract({
      name: 'a store',
      describe: (_, body) => body(),
      it: (title) => void titles.push(title),
      createStore: () => memoryStore(),
    });
    expect(new Set(titles).size).toBe(titles.length);
    expect(titles.length).toBeGreaterThan(70);
  });

  it('finds nothing wrong with a sound store, synchronous or not, made at once or later', async () => {
    for (const create of [() => memoryStore(), () => asynchronous(memoryStore()), async () => asynchronous(memoryStore())]) {
      expect((await judgeStore(create)).broken).toEqual([]);
    }
  });

  it.each(BROKEN_STORES)('catches a store that $defect', async ({ create, breaks }) => {
    const { broken, count } = await judgeStore(create);
    expect(broken.filter((title) => title.includes(breaks))).not.toEqual([]);
    // the defect is one, so most promises still hold
    expect(broken.length).toBeLessThan(count / 2);
  });

  it('catches a store that throws', async () => {
    const away = () => {
      throw new Error('the store is away');
    };
    const { broken, count } = await judgeStore(() => ({ ...asynchronous(memoryStore()), status: away, rotate: away }));
    expect(broken.length).toBeGreaterThan(count / 2);
  });
});
