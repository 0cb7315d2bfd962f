import { ConfigError } from '../../../domain/errors.ts';
import type { SqliteDatabase } from './database.ts';

/**
 * The tables, by version: each script leads from the version before it to its own. A script that has been published is never changed; the next
 * one is added under it.
 *
 * Times are REAL, since a NumericDate may have a fraction; SQLite writes those without one as integers. Tokens name their family and their
 * successor by number: half the bytes. Numbers are not given twice, or a record could come to mean another one. The keyring is one row.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL,
    purged_until REAL NOT NULL
  ) STRICT;
  INSERT INTO state VALUES (1, 0, 0);

  CREATE TABLE families (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    user TEXT,
    created_at REAL NOT NULL,
    last_used_at REAL NOT NULL,
    ends_at REAL,
    newest_exp REAL,
    retain_until REAL NOT NULL,
    epoch INTEGER NOT NULL,
    revoked INTEGER NOT NULL DEFAULT 0,
    metadata TEXT
  ) STRICT;
  CREATE INDEX families_by_user ON families (user) WHERE user IS NOT NULL;
  CREATE INDEX families_by_retention ON families (retain_until);

  CREATE TABLE tokens (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    jti TEXT NOT NULL UNIQUE,
    family INTEGER,
    state INTEGER NOT NULL DEFAULT 0,
    iat REAL,
    exp REAL,
    retain_until REAL NOT NULL,
    successor INTEGER,
    attempt TEXT,
    spent_at REAL
  ) STRICT;
  CREATE INDEX tokens_by_retention ON tokens (retain_until);
  CREATE INDEX live_tokens ON tokens (family, retain_until) WHERE state = 0;

  CREATE TABLE users (
    id TEXT PRIMARY KEY,
    epoch INTEGER NOT NULL,
    revoked_at REAL NOT NULL,
    retain_until REAL NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX users_by_retention ON users (retain_until);

  CREATE TABLE issued_since (
    user TEXT NOT NULL,
    jti TEXT NOT NULL,
    PRIMARY KEY (user, jti)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER forget_issued_since AFTER DELETE ON users BEGIN
    DELETE FROM issued_since WHERE user = old.id;
  END;`,
  `CREATE TABLE keyring (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL,
    text TEXT NOT NULL
  ) STRICT;`,
];

/**
 * Makes the tables of an empty file, and brings those of an older version up to date; processes that do so at once wait for each other. A file of
 * something else, or of a later version, is refused and left as it is.
 */
export function migrate(database: SqliteDatabase, migrations: readonly string[] = MIGRATIONS): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = versionOf(database);
    if (version > migrations.length) {
      const known = `has tables of version ${version}, and this version of simplejwt knows those up to ${migrations.length}`;
      throw new ConfigError('invalid_option', 'database', `the database ${known}: use the newer simplejwt that made them`);
    }
    for (const script of migrations.slice(version)) database.exec(script);
    database.exec(`PRAGMA user_version = ${migrations.length}; PRAGMA application_id = ${APPLICATION_ID}; COMMIT`);
  } catch (error) {
    try {
      database.exec('ROLLBACK');
    } catch {
      // rolled back already; the first error tells more
    }
    throw error;
  }
}

function versionOf(database: SqliteDatabase): number {
  const row = database
    .prepare(
      `SELECT (SELECT application_id FROM pragma_application_id) AS owner, (SELECT user_version FROM pragma_user_version) AS version,
      (SELECT count(*) FROM sqlite_schema) AS things`,
    )
    .get({}) as { readonly owner: number; readonly version: number; readonly things: number };
  const { owner, version, things } = row;
  if (owner === APPLICATION_ID) return version;
  if (owner === 0 && version === 0 && things === 0) return 0;
  const message = 'the database is not one of simplejwt: give the store a file of its own, new or empty';
  throw new ConfigError('invalid_option', 'database', message);
}

/** "sjwt": what `file` and SQLite call the application id of a database file. */
const APPLICATION_ID = 0x736a7774;
