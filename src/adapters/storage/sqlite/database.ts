import { ConfigError } from '../../../domain/errors.ts';

/**
 * An open database, as this store uses it: `DatabaseSync` of node:sqlite (Node 22.13 or later) and `Database` of better-sqlite3 are ones. Opened
 * with the defaults of its driver: rows are objects, integers are numbers, and parameters are named without their colon.
 */
export interface SqliteDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
}

export interface SqliteStatement {
  run(parameters: SqliteParameters): { readonly changes: number | bigint };
  get(parameters: SqliteParameters): unknown;
  all(parameters: SqliteParameters): unknown;
}

export type SqliteParameters = Record<string, string | number | null>;

export function parseDatabase(value: unknown): SqliteDatabase {
  if (isDatabase(value)) return value;
  throw mistake('an open DatabaseSync of node:sqlite or Database of better-sqlite3');
}

/** Asks something harmless, so that a database that answers otherwise is refused before it is trusted with a token. */
export function assertDefaults(database: SqliteDatabase): void {
  const row = database.prepare('SELECT 1 AS number, :text AS text').get({ text: 'a' });
  if (typeof row === 'object' && row !== null && Reflect.get(row, 'number') === 1 && Reflect.get(row, 'text') === 'a') return;
  throw mistake('opened with the defaults of its driver: rows as objects, integers as numbers');
}

function isDatabase(value: unknown): value is SqliteDatabase {
  if (typeof value !== 'object' || value === null) return false;
  return ['exec', 'prepare'].every((method) => typeof Reflect.get(value, method) === 'function');
}

function mistake(rule: string): ConfigError {
  return new ConfigError('invalid_option', 'database', `database must be ${rule}`);
}
