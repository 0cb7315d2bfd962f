import { describe, expect, it } from 'vitest';
import { ConfigError } from 'simplejwt';
import { sqliteKeyStorage, sqliteStore, type SqliteDatabase } from 'simplejwt/storage/sqlite';
import { migrate, MIGRATIONS } from '../../../src/adapters/storage/sqlite/schema.ts';
import { startScenario } from '../../../src/testing/storage/scenario.ts';
import { newFile } from './new-file.ts';
import { drivers, type OpenDatabase } from './sqlite-drivers.ts';

const latest = MIGRATIONS.length;
const next = [...MIGRATIONS, 'ALTER TABLE families ADD COLUMN colour TEXT; CREATE TABLE colours (name TEXT) STRICT'];
const versionOf = (database: SqliteDatabase): unknown => database.prepare('PRAGMA user_version').get({});
const tablesOf = (database: SqliteDatabase): unknown =>
  database.prepare("SELECT group_concat(name, ' ' ORDER BY name) AS names FROM sqlite_schema WHERE type = 'table'").get({});

describe('the versions of the tables', () => {
  it('begin with one, and each has its script', () => {
    expect(latest).toBeGreaterThanOrEqual(1);
    for (const script of MIGRATIONS) expect(script).toMatch(/\S/);
  });
});

for (const { name, open } of drivers) {
  describe(`migration over ${name}`, () => {
    async function used(path: string): Promise<OpenDatabase> {
      const database = open(path);
      const scenario = await startScenario(() => sqliteStore(database));
      await scenario.refresh(await scenario.login());
      return database;
    }

    it('brings an older file up to date, keeps what is in it, and does so once', async () => {
      const database = await used(newFile());
      expect(versionOf(database)).toEqual({ user_version: latest });
      for (const _ of [1, 2]) migrate(database, next);
      expect(versionOf(database)).toEqual({ user_version: latest + 1 });
      const counts = database.prepare('SELECT (SELECT count(*) FROM tokens) AS tokens, count(colour) AS colours FROM families');
      expect(counts.get({})).toEqual({ tokens: 2, colours: 0 });
    });

    it('brings a file of the first version up to date, with the tokens it has, and gives it a place for keys', async () => {
      const path = newFile();
      const older = open(path);
      migrate(older, MIGRATIONS.slice(0, 1));
      older.exec("INSERT INTO tokens (jti, retain_until) VALUES ('an older token', 1)");
      older.close();
      const database = open(path);
      expect(versionOf(database)).toEqual({ user_version: 1 });
      const storage = sqliteKeyStorage(database);
      expect(versionOf(database)).toEqual({ user_version: latest });
      expect(await storage.replace('keys', undefined)).toBe(true);
      expect(database.prepare('SELECT jti FROM tokens').get({})).toEqual({ jti: 'an older token' });
      expect(() => sqliteStore(database)).not.toThrow();
      expect(await storage.read()).toEqual({ text: 'keys', version: 1 });
    });

    it('leads from nothing to what it leads to from the first version', async () => {
      const [fresh, older] = [open(newFile()), await used(newFile())];
      for (const database of [fresh, older]) migrate(database, next);
      expect(tablesOf(fresh)).toEqual(tablesOf(older));
    });

    it('happens whole or not at all', async () => {
      const database = await used(newFile());
      const [version, tables] = [versionOf(database), tablesOf(database)];
      expect(() => migrate(database, [...next, 'CREATE TABLE colours (name TEXT)'])).toThrow('already exists');
      expect([versionOf(database), tablesOf(database)]).toEqual([version, tables]);
      expect(() => sqliteStore(database)).not.toThrow();
    });

    it('refuses a newer file, says what to do, and leaves it as it is', async () => {
      const database = await used(newFile());
      migrate(database, next);
      expect(() => sqliteStore(database)).toThrow(ConfigError);
      expect(() => sqliteStore(database)).toThrow('use the newer simplejwt');
      expect(versionOf(database)).toEqual({ user_version: latest + 1 });
    });
  });
}
