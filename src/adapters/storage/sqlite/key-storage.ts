import type { KeyStorage } from '../../../ports/key-storage.ts';
import type { SqliteDatabase } from './database.ts';
import { openFile } from './file.ts';
import { busyTimeoutOf, type SqliteStoreOptions } from './options.ts';
import { idOf, textOf } from './text.ts';
import { createTransactions } from './transactions.ts';

/**
 * Keeps a keyring in an SQLite file, for the processes of one host: a file of its own, or that of `sqliteStore`, over the same database or another.
 * What was answered is on the disk. Throws `ConfigError` for a database it cannot work with; what fails later is `store_unavailable`.
 */
export function sqliteKeyStorage(database: SqliteDatabase, options: SqliteStoreOptions = {}): KeyStorage {
  const file = openFile(database, busyTimeoutOf(options));
  const { read, write } = createTransactions(file);
  const select = file.prepare('SELECT text, version FROM keyring');
  const insert = file.prepare('INSERT INTO keyring (id, version, text) VALUES (1, 1, :text) ON CONFLICT DO NOTHING');
  const update = file.prepare('UPDATE keyring SET version = version + 1, text = :text WHERE version = :version');

  return {
    read: (call = {}) =>
      read(call, () => {
        const row = select.get({}) as KeyringRow | undefined;
        return row && { text: idOf(row.text), version: row.version };
      }),
    replace: (given, version, call = {}) =>
      write(call, () => {
        const text = textOf(given);
        const { changes } = version === undefined ? insert.run({ text }) : update.run({ text, version });
        return Number(changes) === 1;
      }),
  };
}

interface KeyringRow {
  readonly text: string;
  readonly version: number;
}
