import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigError, createTokenService, recommended, TokenError } from 'simplejwt';
import { sqliteStore, type SqliteDatabase } from 'simplejwt/storage/sqlite';
import { memoryUsers } from 'simplejwt/users/memory';
import { idOf, textOf } from '../../../src/adapters/storage/sqlite/text.ts';
import { storageContract } from '../../../src/testing/storage-contract.ts';
import { ADA, LIFETIME, startScenario, type Scenario } from '../../../src/testing/storage/scenario.ts';
import { stringsIn } from '../../security/dump.ts';
import { newFile } from './new-file.ts';
import { betterSqlite, drivers, nodeSqlite, type OpenDatabase } from './sqlite-drivers.ts';

if (nodeSqlite === undefined) console.log('not applicable: node:sqlite, which this runtime lacks');
if (betterSqlite === 'built for another Node')
  console.log('not applicable: better-sqlite3, which was built for another Node than this');
if (betterSqlite === 'not installed') {
  const createStore = () => sqliteStore(undefined as never);
  storageContract({ name: 'sqliteStore over better-sqlite3 (not installed)', describe: describe.skip, it, createStore });
}

for (const { name, open } of drivers) {
  storageContract({ name: `sqliteStore over ${name}`, describe, it, createStore: () => sqliteStore(open(newFile())) });
  storageContract({ name: `sqliteStore over ${name} in memory`, describe, it, createStore: () => sqliteStore(open(':memory:')) });
}

describe('the options of an SQLite store', () => {
  const none = undefined as never;
  const nothing: SqliteDatabase = { exec: () => none, prepare: () => ({ run: () => none, get: () => none, all: () => none }) };

  it.each([
    ['nothing at all', none],
    ['a path', 'tokens.db' as never],
    ['an object without methods', {} as never],
    ['a database that answers nothing', nothing],
    [
      'one that counts in bigints',
      { ...nothing, prepare: () => ({ ...nothing.prepare(''), get: () => ({ number: 1n, text: 'a' }) }) },
    ],
    ['one that answers lists', { ...nothing, prepare: () => ({ ...nothing.prepare(''), get: () => [1, 'a'] }) }],
  ])('refuse %s for a database', (_what, database) => {
    expect(() => sqliteStore(database)).toThrow(expect.objectContaining({ code: 'invalid_option', option: 'database' }));
  });

  it('refuse a time to wait that is none, or would hold up the process for a minute', () => {
    for (const busyTimeoutSeconds of [-1, 60, NaN, Infinity, '1' as never, null as never])
      expect(() => sqliteStore(nothing, { busyTimeoutSeconds })).toThrow(
        expect.objectContaining({ option: 'busyTimeoutSeconds' }),
      );
    expect(() => sqliteStore(nothing, { busyTimeout: 1 } as never)).toThrow(
      expect.objectContaining({ code: 'unknown_option', option: 'busyTimeout' }),
    );
  });
});

describe('an id in SQLite', () => {
  it.each(['ada', '', '%', '%0000', '%%', '\0', 'a\0b', '\ud800', '\udc00\ud800', '\u{1f600}', '\u{1f600}\ud83d', '\ufffd', 'é'])(
    'is read as it was written: %j',
    (id) => {
      const text = textOf(id);
      expect(idOf(text)).toBe(id);
      expect(text.isWellFormed() && !text.includes('\0')).toBe(true);
    },
  );

  it('is written as it is unless it must not be', () => {
    expect(textOf('0190a1b2-c3d4 \u{1f600}')).toBe('0190a1b2-c3d4 \u{1f600}');
  });
});

for (const driver of drivers) {
  describe(`an SQLite store over ${driver.name}`, () => {
    /** A store on a file that survives it. */
    async function opened(path: string, options = {}): Promise<{ readonly scenario: Scenario; readonly database: OpenDatabase }> {
      const database = driver.open(path);
      return { scenario: await startScenario(() => sqliteStore(database, options)), database };
    }
    const answerOf = (database: SqliteDatabase, sql: string) =>
      Object.values(database.prepare(sql).get({}) as object)[0] as unknown;

    it('keeps all it was told over a restart', async () => {
      const path = newFile();
      const { scenario: before, database } = await opened(path);
      const [ticket, loggedOut, ended] = [
        await before.login({ metadata: { device: 'phone' } }),
        await before.login(),
        await before.login(),
      ];
      const child = await before.refresh(ticket);
      await before.blacklist(loggedOut);
      await before.revokeFamily(ended.family);
      const epoch = await before.store.epoch({});
      database.close();

      const { scenario: after } = await opened(path);
      expect(await after.status(child, { mustBeRecorded: 'token' })).toBe('active');
      expect(await after.status(loggedOut)).toBe('revoked');
      expect(await after.status(ended)).toBe('family_revoked');
      expect(await after.sessions(ADA)).toMatchObject([{ id: ticket.family, metadata: { device: 'phone' } }]);
      expect(await after.rotate(ticket)).toMatchObject({ outcome: 'reused', kind: 'late_retry' });
      expect(await after.rotate(ticket, { graceSeconds: 10 })).toMatchObject({ outcome: 'replayed', successor: child.token });
      await after.revokeUser(ADA);
      expect(await after.store.epoch({})).toBeGreaterThan(epoch);
    });

    it('revives nothing after a restart and a clock set back over what was collected', async () => {
      const path = newFile();
      const { scenario: before, database } = await opened(path);
      const [loggedOut, spent] = [await before.login(), await before.login()];
      await before.blacklist(loggedOut);
      await before.refresh(spent);
      before.clock.set(spent.token.retainUntil + 1);
      expect(await before.store.flushExpired(before.clock(), {})).toBeGreaterThan(0);
      database.close();

      const { scenario: after } = await opened(path);
      for (const ticket of [loggedOut, spent]) {
        expect(await after.status(ticket)).toBe('revoked');
        expect(await after.rotate(ticket)).toEqual({ outcome: 'revoked' });
      }
    });

    it('writes ahead, waits for the disk, and no longer for others than it was told', async () => {
      const { database } = await opened(newFile(), { busyTimeoutSeconds: 0.25 });
      expect(answerOf(database, 'PRAGMA journal_mode')).toBe('wal');
      expect(answerOf(database, 'PRAGMA synchronous')).toBe(2);
      expect(answerOf(database, 'PRAGMA busy_timeout')).toBe(250);
    });

    it('answers store_unavailable (503) while another has the file to itself, checks as ever, and takes the same token afterwards', async () => {
      const path = newFile();
      const { scenario } = await opened(path, { busyTimeoutSeconds: 0.02 });
      const ticket = await scenario.login();
      const other = driver.open(path);
      other.exec('BEGIN IMMEDIATE');
      const calls = [
        () => scenario.rotate(ticket),
        () => scenario.login(),
        () => scenario.blacklist(ticket),
        () => scenario.revokeFamily(ticket.family),
        () => scenario.revokeUser(ADA),
        async () => scenario.store.flushExpired(scenario.clock(), {}),
      ];
      for (const call of calls) {
        const refusal = { code: 'store_unavailable', status: 503, cause: { message: 'database is locked' } };
        await expect(call()).rejects.toMatchObject(refusal);
      }
      expect(await scenario.status(ticket, { mustBeRecorded: 'token' })).toBe('active');
      expect(await scenario.sessions(ADA)).toHaveLength(1);
      other.exec('ROLLBACK');
      await scenario.refresh(ticket);
    });

    it('joins no transaction of the application, and says so', async () => {
      const { scenario, database } = await opened(newFile());
      const ticket = await scenario.login();
      database.exec('BEGIN');
      for (const call of [() => scenario.rotate(ticket), () => scenario.status(ticket), () => scenario.sessions(ADA)]) {
        const cause = { message: expect.stringContaining('inside a transaction of the application') as string };
        await expect(call()).rejects.toMatchObject({ code: 'store_unavailable', cause });
      }
      database.exec('ROLLBACK');
      await scenario.refresh(ticket);
    });

    it('does nothing for a caller who has gone', async () => {
      const { scenario } = await opened(newFile());
      const ticket = await scenario.login();
      const signal = AbortSignal.abort('gone');
      const call = async () => scenario.store.rotate(scenario.request(ticket), { signal });
      await expect(call()).rejects.toMatchObject({ code: 'aborted', cause: 'gone' });
      expect(await scenario.status(ticket)).toBe('active');
    });

    it('answers store_unavailable when the disk is full, keeps what it had, and goes on when there is room', async () => {
      const { scenario, database } = await opened(newFile());
      const ticket = await scenario.login();
      database.exec(`PRAGMA max_page_count = ${String(answerOf(database, 'PRAGMA page_count'))}`);
      const fill = async () => {
        for (let count = 0; count < 1000; count++) await scenario.login({ metadata: { note: 'x'.repeat(1000) } });
      };
      const refusal = { code: 'store_unavailable', cause: { message: 'database or disk is full' } };
      await expect(fill()).rejects.toMatchObject(refusal);
      expect(await scenario.status(ticket, { mustBeRecorded: 'token' })).toBe('active');
      database.exec('PRAGMA max_page_count = 100000');
      await scenario.refresh(ticket);
    });

    it('answers store_unavailable over a database that was closed', async () => {
      const { scenario, database } = await opened(newFile());
      const ticket = await scenario.login();
      database.close();
      for (const call of [() => scenario.rotate(ticket), () => scenario.status(ticket)])
        await expect(call()).rejects.toMatchObject({ code: 'store_unavailable', cause: expect.any(Error) as Error });
    });

    it('refuses a file that it may not write, with what SQLite says', async () => {
      const path = newFile();
      const { database } = await opened(path);
      database.close();
      const message = 'attempt to write a readonly database';
      expect(() => sqliteStore(driver.open(path, { readOnly: true }))).toThrow(expect.objectContaining({ name: 'ConfigError' }));
      expect(() => sqliteStore(driver.open(path, { readOnly: true }))).toThrow(message);
    });

    it('refuses a file that is none of SQLite, and one that belongs to something else, and leaves both as they are', () => {
      const path = newFile();
      writeFileSync(path, 'not a database, whatever its name says '.repeat(100));
      expect(() => sqliteStore(driver.open(path))).toThrow(ConfigError);
      const [withTables, withOwner] = [driver.open(newFile()), driver.open(newFile())];
      withTables.exec('CREATE TABLE songs (title TEXT)');
      withOwner.exec('PRAGMA application_id = 1');
      for (const foreign of [withTables, withOwner]) {
        expect(() => sqliteStore(foreign)).toThrow('give the store a file of its own');
        expect(answerOf(foreign, "SELECT count(*) FROM sqlite_schema WHERE name = 'tokens'")).toBe(0);
      }
    });

    it('holds no token, nor a part of one that could be presented: in its file, its log, or the process', async () => {
      const path = newFile();
      const store = sqliteStore(driver.open(path));
      const users = memoryUsers([{ id: 1, username: 'ada', password: 'correct horse' }]);
      const signingKey = randomBytes(32);
      const service = createTokenService({ signingKey, users, store, ...recommended, algorithm: 'HS256' });
      const first = await service.obtainPair({ username: 'ada', password: 'correct horse' });
      const second = await service.refresh(first.refresh);
      await service.blacklist(second.refresh ?? '');

      const file = ['', '-wal', '-shm'].map((end) => readFileSync(path + end, 'latin1')).join('\n');
      const held = [...stringsIn(store)].join('\n');
      for (const token of [first.access, first.refresh, second.access, second.refresh ?? '']) {
        const [, claims = '', signature = ''] = token.split('.');
        for (const part of [claims, signature]) {
          expect(part.length).toBeGreaterThan(20);
          const octets = Buffer.from(part, 'base64url').toString('latin1');
          expect([file.includes(part), file.includes(octets), held.includes(part)]).toEqual([false, false, false]);
        }
      }
      const { jti } = decodeClaims(first.refresh);
      expect(file.includes(jti)).toBe(true); // or nothing was looked at
    });

    it('keeps its file as large as what lives, without a flush', async () => {
      const { scenario, database } = await opened(':memory:');
      for (let count = 0; count < 3000; count++) {
        scenario.clock.advance(1);
        const ticket = await scenario.login({ lifetime: 60 });
        if (count % 3 === 0) await scenario.refresh(ticket, { successor: scenario.mint({ lifetime: 60 }).token });
        if (count % 100 === 0) await scenario.revokeUser(ADA);
      }
      // 120 seconds of one family and one or two tokens each
      expect(answerOf(database, 'SELECT count(*) FROM tokens')).toBeLessThan(200);
      expect(answerOf(database, 'SELECT count(*) FROM families')).toBeLessThan(200);
      scenario.clock.advance(3 * LIFETIME);
      await scenario.store.flushExpired(scenario.clock(), {});
      for (const table of ['tokens', 'families', 'users', 'issued_since'])
        expect(answerOf(database, `SELECT count(*) FROM ${table}`)).toBe(0);
    });

    it('counts what it flushes, tokens and families, over many steps', async () => {
      const { scenario } = await opened(':memory:');
      for (let count = 0; count < 1200; count++) await scenario.login({ lifetime: 60 });
      const kept = await scenario.login();
      scenario.clock.advance(2 * 60);
      expect(await scenario.store.flushExpired(scenario.clock(), {})).toBe(2400);
      expect(await scenario.status(kept, { mustBeRecorded: 'token' })).toBe('active');
    });

    it('throws nothing but a TokenError, whatever SQLite says', async () => {
      const { scenario, database } = await opened(newFile());
      const ticket = await scenario.login();
      database.exec('DROP TABLE tokens');
      await expect(scenario.rotate(ticket)).rejects.toBeInstanceOf(TokenError);
      await expect(scenario.status(ticket)).rejects.toMatchObject({ code: 'store_unavailable' });
    });
  });
}

function decodeClaims(token: string): { readonly jti: string } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { readonly jti: string };
}
