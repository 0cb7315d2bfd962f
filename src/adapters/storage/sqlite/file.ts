import { ConfigError } from '../../../domain/errors.ts';
import { assertDefaults, parseDatabase, type SqliteDatabase } from './database.ts';
import { migrate } from './schema.ts';

/** Makes a database keep what it is told, and gives it its tables. Throws `ConfigError` for one that this cannot be done with. */
export function openFile(given: unknown, busyTimeoutSeconds: number): SqliteDatabase {
  const database = parseDatabase(given);
  try {
    patiently(() => {
      database.exec(`PRAGMA busy_timeout = ${Math.round(busyTimeoutSeconds * 1000)}`);
      assertDefaults(database);
      writeAhead(database);
      database.exec('PRAGMA synchronous = FULL');
      migrate(database);
    });
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const reason = error instanceof Error ? error.message : 'it cannot be used';
    throw new ConfigError('invalid_option', 'database', `the database cannot keep tokens: SQLite says: ${reason}`, error);
  }
  return database;
}

/** Readers wait for no writer, and a write takes one fsync. A database in memory is in memory. */
function writeAhead(database: SqliteDatabase): void {
  const row = database.prepare('PRAGMA journal_mode = WAL').get({});
  const mode: unknown = typeof row === 'object' && row !== null ? Reflect.get(row, 'journal_mode') : undefined;
  if (mode === 'wal' || mode === 'memory') return;
  const message = 'the database cannot have a write-ahead log: put its file on a local disk';
  throw new ConfigError('invalid_option', 'database', message);
}

/** While another process makes a file anew SQLite answers that it is locked, at once: no busy timeout holds for a change of the journal. */
function patiently(open: () => void): void {
  const end = performance.now() + OPENING_SECONDS * 1000;
  for (;;) {
    try {
      return open();
    } catch (error) {
      const locked = error instanceof Error && error.message.includes('is locked');
      if (!locked || performance.now() > end) throw error;
      Atomics.wait(NOBODY, 0, 0, 5);
    }
  }
}

const OPENING_SECONDS = 5;
/** Nobody wakes who waits for this. */
const NOBODY = new Int32Array(new SharedArrayBuffer(4));
