import type { CallOptions } from './crypto-provider.ts';

/** A document as it is stored: its text, and a version that is another after each change. */
export interface StoredKeys {
  readonly text: string;
  readonly version: number;
}

/**
 * Where the processes that share a keyring keep it: one small document (at most 1 MiB of text), changed by compare-and-swap, so that of any
 * number of processes that would make the next key at once exactly one does. In SQL it is a row with a version column, changed by `UPDATE ...
 * WHERE version = ?` (and made by an `INSERT` that a conflict turns into nothing); in Redis a script that compares before it sets.
 */
export interface KeyStorage {
  /** The document, undefined where there is none yet. It must be what the last `replace` that answered true wrote, whoever called it. */
  read(options?: CallOptions): StoredKeys | undefined | Promise<StoredKeys | undefined>;
  /**
   * Writes this text if the stored version is still `version` (undefined: if there is no document yet), and answers whether it did. Of several that
   * name the same version at once, one is answered true. When it rejects, the write may have happened or not.
   */
  replace(text: string, version: number | undefined, options?: CallOptions): boolean | Promise<boolean>;
}
