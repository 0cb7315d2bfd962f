import { describe, expect, it } from 'vitest';
import { keyring } from 'simplejwt/keys';
import { sqliteKeyStorage, sqliteStore } from 'simplejwt/storage/sqlite';
import { keyStorageContract } from '../../../src/testing/key-storage-contract.ts';
import { startScenario } from '../../../src/testing/storage/scenario.ts';
import { newFile } from './new-file.ts';
import { betterSqlite, drivers, nodeSqlite, type OpenDatabase } from './sqlite-drivers.ts';

if (nodeSqlite === undefined) console.log('not applicable: node:sqlite, which this runtime lacks');
if (betterSqlite === 'built for another Node')
  console.log('not applicable: better-sqlite3, which was built for another Node than this');
if (betterSqlite === 'not installed') {
  const createStorage = () => ({ open: () => sqliteKeyStorage(undefined as never) });
  keyStorageContract({
    name: 'sqliteKeyStorage over better-sqlite3 (not installed)',
    describe: describe.skip,
    it,
    createStorage,
  });
}

describe('the options of a key storage in SQLite', () => {
  it('are those of the store, and each is known', () => {
    expect(() => sqliteKeyStorage({} as never)).toThrow(expect.objectContaining({ option: 'database' }));
    expect(() => sqliteKeyStorage({} as never, { busyTimeoutSeconds: -1 })).toThrow(
      expect.objectContaining({ option: 'busyTimeoutSeconds' }),
    );
    expect(() => sqliteKeyStorage({} as never, { timeout: 1 } as never)).toThrow(
      expect.objectContaining({ code: 'unknown_option', option: 'timeout' }),
    );
  });
});

for (const { name, open } of drivers) {
  keyStorageContract({
    name: `sqliteKeyStorage over ${name}`,
    describe,
    it,
    createStorage() {
      const path = newFile();
      const opened: OpenDatabase[] = [];
      return {
        open() {
          const database = open(path);
          opened.push(database);
          return sqliteKeyStorage(database);
        },
        close: () => opened.forEach((database) => database.close()),
      };
    },
  });

  describe(`a key storage in SQLite over ${name}`, () => {
    it('keeps a keyring over a restart', async () => {
      const path = newFile();
      const before = open(path);
      const first = keyring({ algorithm: 'ES256', store: sqliteKeyStorage(before) });
      await first.ready();
      before.close();
      const second = keyring({ algorithm: 'ES256', store: sqliteKeyStorage(open(path)) });
      expect(await second.list()).toEqual(await first.list());
    });

    it('lets one of eight hosts that come at once make the key, and one the next', async () => {
      const path = newFile();
      const minted: string[] = [];
      const rings = Array.from({ length: 8 }, () => {
        const events = { minted: ({ kid }: { readonly kid: string }) => minted.push(kid) };
        return keyring({ algorithm: 'ES256', store: sqliteKeyStorage(open(path)), events });
      });
      await Promise.all(rings.map((ring) => ring.ready()));
      expect(minted).toHaveLength(1);
      await Promise.all(rings.map((ring) => ring.rotate()));
      expect(minted).toHaveLength(2);
      for (const ring of rings) expect((await ring.list()).map(({ kid }) => kid)).toEqual(minted);
    });

    it.each(['one database', 'two'])('shares a file with the tokens, over %s', async (databases) => {
      const path = newFile();
      const database = open(path);
      const storage = sqliteKeyStorage(databases === 'two' ? open(path) : database);
      const scenario = await startScenario(() => sqliteStore(database));
      expect(await storage.replace('keys', undefined)).toBe(true);
      const ticket = await scenario.refresh(await scenario.login());
      scenario.clock.set(ticket.token.retainUntil + 1);
      await scenario.store.flushExpired(scenario.clock(), {});
      expect(await storage.read()).toEqual({ text: 'keys', version: 1 });
    });

    it('keeps characters that SQLite would cut or change', async () => {
      const storage = sqliteKeyStorage(open(':memory:'));
      const text = 'a\0b%\ud800%0000';
      await storage.replace(text, undefined);
      expect((await storage.read())?.text).toBe(text);
    });

    it('answers store_unavailable (503) while another has the file to itself, reads as ever, and has written nothing', async () => {
      const path = newFile();
      const storage = sqliteKeyStorage(open(path), { busyTimeoutSeconds: 0.02 });
      await storage.replace('first', undefined);
      const other = open(path);
      other.exec('BEGIN IMMEDIATE');
      const refusal = { code: 'store_unavailable', status: 503, cause: { message: 'database is locked' } };
      await expect(async () => storage.replace('second', 1)).rejects.toMatchObject(refusal);
      expect(await storage.read()).toEqual({ text: 'first', version: 1 });
      other.exec('ROLLBACK');
      expect(await storage.replace('second', 1)).toBe(true);
    });

    it('does nothing for a caller who has gone', async () => {
      const storage = sqliteKeyStorage(open(':memory:'));
      const call = { signal: AbortSignal.abort('gone') };
      await expect(async () => storage.replace('text', undefined, call)).rejects.toMatchObject({
        code: 'aborted',
        cause: 'gone',
      });
      await expect(async () => storage.read(call)).rejects.toMatchObject({ code: 'aborted' });
      expect(await storage.read()).toBe(undefined);
    });
  });
}
