import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, describe, expect, it } from 'vitest';
import type { OpenedStore } from '../src/adapters/cli/serve-store.ts';
import { loadSqlite, openSqlite } from '../src/open-sqlite.ts';
import { openStore } from '../src/open-store.ts';

const folder = mkdtempSync(`${tmpdir()}/simplejwt-open-`);
afterAll(() => rmSync(folder, { recursive: true }));

const mistakeOf = async (opening: Promise<OpenedStore>) =>
  opening.then(
    () => 'none',
    ({ name, message }: Error) => `${name}: ${message}`,
  );

describe('the store of serve', () => {
  it('is in memory for a demonstration, and says so', async () => {
    await using opened = await openStore(undefined);
    expect(opened.url).toBe('memory:');
    expect(opened.note).toMatch(/^State is in memory: /);
    expect(await opened.store.epoch({})).toBe(0);
  });

  it('is in memory where the runtime has no SQLite, and says why', async () => {
    await using opened = await openStore(undefined, `${folder}/settings.json`, { load: () => undefined });
    expect(opened.url).toBe('memory:');
    expect(opened.note).toContain('this Node has no node:sqlite (22.13 and later have it)');
  });

  it.each([
    ['paper', '--store names no store: use one of memory:, sqlite:FILE'],
    ['', '--store names no store'],
    ['MEMORY:', '--store names no store'],
    ['redis.example:6379', '--store names no store'],
    ['mongodb://ada:pass@host', '--store mongodb: must be as mongodb://HOST:27017/DATABASE'],
    ['mongodb+srv://ada:pass@host', '--store mongodb: must be as mongodb://HOST:27017/DATABASE'],
    ['mongodb://ada:pass@host/tokens/pass', '--store mongodb: must be as mongodb://HOST:27017/DATABASE'],
    ['sqlite:', 'needs the path of a file'],
    ['sqlite::memory:', 'needs the path of a file'],
    ['sqlite://tokens.sqlite', 'needs the path of a file'],
  ])('is not %j, and it is said what to write', async (url, message) => {
    const mistake = await mistakeOf(openStore(url));
    expect(mistake).toMatch(/^UsageError: /);
    expect(mistake).toContain(message);
    expect(mistake).not.toContain('pass');
  });

  it.each([[undefined], ['memory:'], ['sqlite:tokens.sqlite']])('has no replica where it is in this process: %j', async (url) => {
    expect(await mistakeOf(openStore(url, undefined, { replica: true }))).toBe(
      'UsageError: --replica is for a store that other hosts share: use it with --store redis://HOST:6379 or rediss://HOST:6379 or mongodb://HOST:27017/DATABASE or mongodb+srv://HOST/DATABASE, or leave it out, since any other is asked in this process',
    );
  });

  it('is no SQLite file where the runtime has none', async () => {
    expect(await mistakeOf(openSqlite(`sqlite:${folder}/none.sqlite`, undefined))).toContain(
      '--store sqlite: needs node:sqlite, which Node 22.13 and later have',
    );
    expect(existsSync(`${folder}/none.sqlite`)).toBe(false);
  });
});

if (loadSqlite() === undefined) console.log('not applicable: serve over node:sqlite, which this runtime lacks');
else {
  describe('the SQLite store of serve', () => {
    it.each([
      ['settings.json', 'settings.sqlite'],
      ['my.settings.json', 'my.settings.sqlite'],
      ['settings', 'settings.sqlite'],
    ])('is beside the file of --config: %s gets %s', async (config, file) => {
      await using opened = await openStore(undefined, `${folder}/${config}`);
      expect(opened.url).toBe(`sqlite:${folder}/${file}`);
      expect(opened.note).toContain(`State is in the SQLite file ${folder}/${file}`);
      expect(existsSync(`${folder}/${file}`)).toBe(true);
    });

    it('is closed when it is disposed of: its log is in the file again', async () => {
      const opened = await openStore(`sqlite:${folder}/closed.sqlite`);
      expect(existsSync(`${folder}/closed.sqlite-wal`)).toBe(true);
      await opened[Symbol.asyncDispose]();
      expect(existsSync(`${folder}/closed.sqlite-wal`)).toBe(false);
      expect(() => opened.store.epoch({})).toThrow(expect.objectContaining({ code: 'store_unavailable' }));
    });

    it('is not in a folder that is not there, nor in a file of something else', async () => {
      const nowhere = await mistakeOf(openStore(`sqlite:${folder}/nowhere/tokens.sqlite`));
      expect(nowhere).toContain('UsageError: the SQLite file');
      expect(nowhere).toContain('name another with --store sqlite:FILE, or use --store memory:');
      writeFileSync(`${folder}/text.sqlite`, 'text '.repeat(1000));
      expect(await mistakeOf(openStore(`sqlite:${folder}/text.sqlite`))).toContain(
        'ConfigError: the database cannot keep tokens',
      );
    });
  });
}
