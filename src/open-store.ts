import { join, parse } from 'node:path';
import { UsageError } from './adapters/cli/command.ts';
import type { OpenedStore } from './adapters/cli/serve-store.ts';
import { memoryStore } from './adapters/storage/memory.ts';
import { openMongo } from './open-mongo.ts';
import { openRedis } from './open-redis.ts';
import { loadSqlite, openSqlite } from './open-sqlite.ts';

/**
 * Opens the store of `simplejwt serve`: the one that is named, else an SQLite file beside the one of `--config`, else memory. A scheme is a
 * row of the table below.
 */
export async function openStore(
  url: string | undefined,
  configFile?: string,
  { replica = false, load = loadSqlite }: { readonly replica?: boolean; readonly load?: typeof loadSqlite } = {},
): Promise<OpenedStore> {
  if (url !== undefined) return openNamed(url, replica);
  if (replica) throw notShared();
  if (configFile === undefined) return openMemory();
  const sqlite = load();
  if (sqlite === undefined) return openMemory('State is in memory, since this Node has no node:sqlite (22.13 and later have it)');
  const { dir, name } = parse(configFile);
  return openSqlite(`sqlite:${join(dir, `${name}.sqlite`)}`, sqlite);
}

/** What follows the scheme may hold a password, so no message repeats it. */
async function openNamed(url: string, replica: boolean): Promise<OpenedStore> {
  const scheme = /^[a-z]+(?:\+[a-z]+)?:/.exec(url)?.[0];
  const row = SCHEMES.find(({ name }) => name === scheme);
  if (row !== undefined && replica && row.shared !== true) throw notShared();
  if (row !== undefined) return row.open(url, replica);
  const known = SCHEMES.map(({ example }) => example).join(', ');
  throw new UsageError(`--store names no store: use one of ${known}`);
}

async function openMemory(where = 'State is in memory'): Promise<OpenedStore> {
  const note = `${where}: sessions and revocations are lost when it stops, and no other process knows them.`;
  return { store: memoryStore(), url: 'memory:', note, [Symbol.asyncDispose]: async () => undefined };
}

function notShared(): UsageError {
  const examples = SCHEMES.filter(({ shared }) => shared).map(({ example }) => example);
  return new UsageError(
    `--replica is for a store that other hosts share: use it with --store ${examples.join(' or ')}, or leave it out, since any other is asked in this process`,
  );
}

interface Scheme {
  readonly name: string;
  readonly example: string;
  /** Whether it is away from this host and has a feed, so that a replica of it makes sense. */
  readonly shared?: true;
  open(url: string, replica: boolean): Promise<OpenedStore>;
}

const SCHEMES: readonly Scheme[] = [
  { name: 'memory:', example: 'memory:', open: () => openMemory() },
  { name: 'sqlite:', example: 'sqlite:FILE', open: (url) => openSqlite(url, loadSqlite()) },
  { name: 'redis:', example: 'redis://HOST:6379', shared: true, open: (url, replica) => openRedis(url, { replica }) },
  { name: 'rediss:', example: 'rediss://HOST:6379', shared: true, open: (url, replica) => openRedis(url, { replica }) },
  {
    name: 'mongodb:',
    example: 'mongodb://HOST:27017/DATABASE',
    shared: true,
    open: (url, replica) => openMongo(url, { replica }),
  },
  {
    name: 'mongodb+srv:',
    example: 'mongodb+srv://HOST/DATABASE',
    shared: true,
    open: (url, replica) => openMongo(url, { replica }),
  },
];
