import type { KeyStorage, StoredKeys } from '../../ports/key-storage.ts';

/** Keeps a keyring in this process: it is gone with it, and so are the tokens it signed. For tests, and for a service of one process. */
export function memoryKeyStorage(): KeyStorage {
  let stored: StoredKeys | undefined;
  return {
    read: () => stored,
    replace(text, version) {
      if (stored?.version !== version) return false;
      stored = { text, version: (version ?? 0) + 1 };
      return true;
    },
  };
}
