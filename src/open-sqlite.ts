import type * as NodeSqlite from 'node:sqlite';
import { UsageError } from './adapters/cli/command.ts';
import type { OpenedStore } from './adapters/cli/serve-store.ts';
import { sqliteStore } from './adapters/storage/sqlite.ts';

export type Sqlite = Pick<typeof NodeSqlite, 'DatabaseSync'>;

/** The SQLite of this runtime; undefined where it is too old to have one. */
export function loadSqlite(): Sqlite | undefined {
  const { emitWarning } = process;
  process.emitWarning = () => undefined; // Node 22 and 24 call it experimental, on the log of whoever serves
  try {
    return process.getBuiltinModule('node:sqlite') as Sqlite | undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Opens the file of `sqlite:FILE`, and makes it where it is not there. */
export async function openSqlite(url: string, sqlite: Sqlite | undefined): Promise<OpenedStore> {
  const path = url.slice('sqlite:'.length);
  if (path === '' || path === ':memory:' || /^\/\/[^/]/.test(path))
    throw new UsageError('--store sqlite: needs the path of a file, as in sqlite:tokens.sqlite or sqlite:/var/lib/tokens.sqlite');
  if (sqlite === undefined)
    throw new UsageError(
      '--store sqlite: needs node:sqlite, which Node 22.13 and later have: use one of them, or --store memory:',
    );
  const database = openFile(path, sqlite);
  try {
    const note = `State is in the SQLite file ${path}: sessions and revocations outlive a restart.`;
    return { store: sqliteStore(database), url, note, [Symbol.asyncDispose]: async () => database.close() };
  } catch (error) {
    database.close();
    throw error;
  }
}

function openFile(path: string, { DatabaseSync }: Sqlite): NodeSqlite.DatabaseSync {
  try {
    return new DatabaseSync(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'no reason';
    const message = `the SQLite file ${path} cannot be opened (${reason}): name another with --store sqlite:FILE, or use --store memory:`;
    throw new UsageError(message);
  }
}
