import type { MongoClient } from 'mongodb';
import { UsageError } from './adapters/cli/command.ts';
import type { OpenedStore } from './adapters/cli/serve-store.ts';
import { withReplica } from './with-replica.ts';
import { mongoFeed, mongoStore, type MongoStore } from './adapters/storage/mongo.ts';

export interface MongoDriver {
  readonly MongoClient: new (url: string, options: { readonly serverSelectionTimeoutMS: number }) => MongoClient;
}

/** Connects to the MongoDB of `mongodb://` or `mongodb+srv://` with the official driver, which whoever wants it installs beside this package. */
export async function openMongo(
  given: string,
  {
    replica = false,
    load = () => import('mongodb'),
  }: { readonly replica?: boolean; readonly load?: () => Promise<MongoDriver> } = {},
): Promise<OpenedStore> {
  const url = shownUrl(given);
  const { MongoClient: Client } = await load().catch((error: unknown) => {
    if (memberOf(error, 'code') !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UsageError(`--store ${url} needs a driver that is not installed: npm install mongodb`);
  });
  const client = clientOf(Client, given, url);
  const close = () => client.close();
  let store;
  try {
    await client.connect();
    store = await indexed(client);
  } catch (error) {
    await close();
    throw new UsageError(`--store ${url} cannot be used (${reasonOf(error)}): start MongoDB there, or name another`);
  }
  const note = `State is in MongoDB at ${url}: sessions and revocations outlive a restart.`;
  const opened = { store, url, note, [Symbol.asyncDispose]: close };
  return replica ? withReplica(opened, mongoFeed(client.db())) : opened;
}

/** Some servers that speak the protocol have no index that collects what has expired; then the service does. */
async function indexed(client: MongoClient): Promise<MongoStore> {
  const store = mongoStore(client.db());
  try {
    await store.ensureIndexes();
    return store;
  } catch (error) {
    if (memberOf(error, 'code') !== NOT_IMPLEMENTED) throw error;
    const flushed = mongoStore(client.db(), { expiry: 'flush' });
    await flushed.ensureIndexes();
    return flushed;
  }
}

function clientOf(Client: MongoDriver['MongoClient'], given: string, url: string): MongoClient {
  try {
    return new Client(given, { serverSelectionTimeoutMS: PATIENCE_MS });
  } catch {
    throw new UsageError(`--store ${url}: the driver refuses the options behind the question mark`); // its message may quote them
  }
}

/** Without user and password, nor what follows a question mark, where they may stand too. */
function shownUrl(given: string): string {
  const [, scheme, hosts, database] = URL_OF_MONGODB.exec(given) ?? [];
  if (scheme === undefined || hosts === undefined || database === undefined)
    throw new UsageError(
      '--store mongodb: must be as mongodb://HOST:27017/DATABASE or mongodb+srv://USER:PASSWORD@HOST/DATABASE',
    );
  return `${scheme}://${hosts}/${database}`;
}

/** The code of a failure of the system or of the server: neither quotes a password. */
function reasonOf(error: unknown): string {
  const cause = memberOf(error, 'cause') ?? error;
  for (const name of ['codeName', 'code']) {
    const code = memberOf(cause, name);
    if (typeof code === 'string' || typeof code === 'number') return String(code);
  }
  return cause instanceof Error ? cause.name : 'no reason given';
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

const URL_OF_MONGODB = /^(mongodb(?:\+srv)?):\/\/(?:[^@/?]*@)?([^@/?]+)\/([^/?]+)(?:\?.*)?$/;
const NOT_IMPLEMENTED = 238;
/** The driver would wait for half a minute for a server that is not there. */
const PATIENCE_MS = 3000;
