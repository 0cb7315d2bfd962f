import { createRequire } from 'node:module';
import type * as NodeSqlite from 'node:sqlite';
import type { SqliteDatabase } from 'simplejwt/storage/sqlite';

/** An open database that can be closed. */
export interface OpenDatabase extends SqliteDatabase {
  close(): unknown;
}

/** A driver of SQLite that this runtime has. */
export interface Driver {
  readonly name: 'node:sqlite' | 'better-sqlite3';
  open(path: string, options?: { readonly readOnly?: boolean }): OpenDatabase;
}

/** Undefined where the runtime is too old. */
export const nodeSqlite: Driver | undefined = openNodeSqlite();

/**
 * Undefined where it is not installed, and where it was built for another line of Node. It compiles, so it is no development dependency:
 * `npm install --no-save better-sqlite3@12`, or its folder in SIMPLEJWT_BETTER_SQLITE3.
 */
export const betterSqlite: Driver | 'not installed' | 'built for another Node' = openBetterSqlite();

export const drivers: readonly Driver[] = [nodeSqlite, betterSqlite].filter((driver) => typeof driver === 'object');

/** Where better-sqlite3 is, for a process that is started elsewhere. */
export function betterSqliteFile(): string {
  return createRequire(import.meta.url).resolve(nameOfBetterSqlite());
}

function nameOfBetterSqlite(): string {
  return process.env['SIMPLEJWT_BETTER_SQLITE3'] ?? 'better-sqlite3';
}

function openNodeSqlite(): Driver | undefined {
  const { emitWarning } = process;
  process.emitWarning = () => undefined; // Node 22 calls it experimental
  const sqlite: Partial<typeof NodeSqlite> = process.getBuiltinModule('node:sqlite') ?? {};
  process.emitWarning = emitWarning;
  const { DatabaseSync } = sqlite;
  if (DatabaseSync === undefined) return undefined;
  return { name: 'node:sqlite', open: (path, options = {}) => new DatabaseSync(path, options) };
}

function openBetterSqlite(): typeof betterSqlite {
  const load = createRequire(import.meta.url);
  try {
    const Database = load(nameOfBetterSqlite()) as DatabaseClass;
    const open: Driver['open'] = (path, { readOnly = false } = {}) => new Database(path, { readonly: readOnly });
    open(':memory:').close();
    return { name: 'better-sqlite3', open };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'MODULE_NOT_FOUND') return 'not installed';
    if (code === 'ERR_DLOPEN_FAILED') return 'built for another Node';
    throw error;
  }
}

type DatabaseClass = new (path: string, options: { readonly readonly: boolean }) => OpenDatabase;
