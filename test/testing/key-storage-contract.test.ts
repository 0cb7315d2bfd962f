import { describe, expect, it } from 'vitest';
import { memoryKeyStorage } from '../../src/adapters/keys/memory-key-storage.ts';
import type { KeyStorage, StoredKeys } from '../../src/ports/key-storage.ts';
import { keyStorageContract } from '../../src/testing/key-storage-contract.ts';
import { judge } from './collect.ts';

const turn = () => new Promise(setImmediate);

/** Looks, waits and then writes, as who has no compare-and-swap does. */
function racing(): KeyStorage {
  let stored: StoredKeys | undefined;
  return {
    read: () => stored,
    async replace(text, version) {
      if (stored?.version !== version) return false;
      await turn();
      stored = { text, version: (version ?? 0) + 1 };
      return true;
    },
  };
}

const wrapped = (change: (memory: KeyStorage) => Partial<KeyStorage>) => (): KeyStorage => {
  const memory = memoryKeyStorage();
  return { ...memory, ...change(memory) };
};

const BROKEN: readonly (readonly [defect: string, promise: string, create: () => KeyStorage])[] = [
  ['looks before it writes', 'lets exactly one of 50 concurrent writes win, the first document included', racing],
  [
    'writes whatever the version',
    'refuses to write over a version that is no longer there, and changes nothing',
    wrapped((memory) => ({ replace: async (text) => memory.replace(text, (await memory.read())?.version) })),
  ],
  [
    'takes no version for any',
    'refuses to write over a version that is no longer there, and changes nothing',
    wrapped((memory) => ({
      replace: async (text, version) => memory.replace(text, version ?? (await memory.read())?.version),
    })),
  ],
  [
    'cuts what is long',
    'answers what was written last, whoever wrote it, character by character',
    wrapped((memory) => ({ replace: (text, version) => memory.replace(text.slice(0, 65_535), version) })),
  ],
  [
    'keeps no character beyond the basic plane',
    'answers what was written last, whoever wrote it, character by character',
    wrapped((memory) => ({ replace: (text, version) => memory.replace(text.replace(/[\u{10000}-\u{10FFFF}]/gu, '?'), version) })),
  ],
  [
    'begins with a document',
    'has no document at first',
    wrapped((memory) => ({ read: async () => (await memory.read()) ?? { text: '', version: 0 } })),
  ],
  [
    'keeps the version of a text that did not change',
    'gives each change another, higher version',
    () => {
      let stored: StoredKeys | undefined;
      return {
        read: () => stored,
        replace(text, version) {
          if (stored?.version !== version) return false;
          if (stored?.text !== text) stored = { text, version: (version ?? 0) + 1 };
          return true;
        },
      };
    },
  ],
];

describe('the contract of a KeyStorage', () => {
  it.each(BROKEN)('catches one that %s', async (_defect, promise, create) => {
    const { broken } = await judge((runner) =>
      keyStorageContract({
        name: 'a storage',
        createStorage() {
          const storage = create();
          return { open: () => storage };
        },
        ...runner,
      }),
    );
    expect(broken).toContain(promise);
  });

  it('catches processes that each keep a document of their own', async () => {
    const { broken } = await judge((runner) =>
      keyStorageContract({ name: 'a storage', createStorage: () => ({ open: memoryKeyStorage }), ...runner }),
    );
    expect(broken).toContain('answers what was written last, whoever wrote it, character by character');
  });

  it('closes what it opened', async () => {
    let closed = 0;
    const createStorage = () => ({ open: memoryKeyStorage, close: () => void closed++ });
    const { count } = await judge((runner) => keyStorageContract({ name: 'a storage', createStorage, ...runner }));
    expect(closed).toBe(count);
  });
});
