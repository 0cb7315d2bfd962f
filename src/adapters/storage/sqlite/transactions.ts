import { TokenError } from '../../../domain/errors.ts';
import type { CallOptions } from '../../../ports/crypto-provider.ts';
import type { SqliteDatabase, SqliteStatement } from './database.ts';

/** Runs decisions, each in a transaction of its own. Whatever SQLite refuses becomes `store_unavailable`, and nothing of it stays. */
export interface Transactions {
  /** Sees one snapshot, and waits for no writer. */
  read<T>(options: CallOptions, decide: () => T): T;
  /** Has the file to itself from its first look to its last write, over all processes. */
  write<T>(options: CallOptions, decide: () => T): T;
}

export function createTransactions(database: SqliteDatabase): Transactions {
  const commit = database.prepare('COMMIT');
  const rollback = database.prepare('ROLLBACK');

  const within =
    (begin: SqliteStatement) =>
    <T>(options: CallOptions, decide: () => T): T => {
      const { signal } = options;
      if (signal?.aborted === true) throw new TokenError('aborted', { cause: signal.reason });
      try {
        start(begin);
        return finish(decide);
      } catch (error) {
        throw error instanceof TokenError ? error : new TokenError('store_unavailable', { cause: error });
      }
    };

  function finish<T>(decide: () => T): T {
    try {
      const answer = decide();
      commit.run({});
      return answer;
    } catch (error) {
      try {
        rollback.run({});
      } catch {
        // SQLite rolls back by itself when the disk is full; the first error tells more
      }
      throw error;
    }
  }

  return { read: within(database.prepare('BEGIN')), write: within(database.prepare('BEGIN IMMEDIATE')) };
}

/** A decision that joined a transaction of the application's would be undone with it, or would see what was so when that began. */
function start(begin: SqliteStatement): void {
  try {
    begin.run({});
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('within a transaction')) throw error;
    throw new Error('the database is inside a transaction of the application: open one for the store alone', { cause: error });
  }
}
