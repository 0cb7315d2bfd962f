import { randomUUID } from 'node:crypto';
import { delimiter, join } from 'node:path';
import { MONGO_DRIVERS, type MongoDriverName } from './mongo-drivers.ts';
import { startMongoProcess, type MongoProcess } from './mongo-process.ts';

/** A server that speaks MongoDB's protocol, and the lines of the official driver that talk to it. */
export interface MongoServerRow {
  readonly name: string;
  readonly drivers: readonly MongoDriverName[];
  /** Who collects what has expired: FerretDB has no index that does. */
  readonly expiry: 'server' | 'flush';
  /** It reads the whole collection for a command. */
  readonly slow?: true;
  /** Whether it is here to be started. */
  has(): boolean;
  start(): Promise<MongoServer>;
}

export interface MongoServer
  extends Pick<MongoProcess, 'stop'>, Partial<Pick<MongoProcess, 'kill' | 'restart' | 'pause' | 'resume'>> {
  /** Names a database that is nobody else's: `client.db()` is it. */
  readonly url: string;
}

export const hasFerretdb = () => FERRETDB !== undefined;
export const hasMongoJava = () => MONGO_JAVA !== undefined;

/** Keeps on disk what it acknowledged, over kill -9. */
export const startFerretdb = (): Promise<MongoProcess> =>
  startMongoProcess((port, directory) => [FERRETDB ?? '', directory, `127.0.0.1:${port}`]);

/** Forgets all when it ends. */
export const startMongoJava = (): Promise<MongoProcess> => {
  const folder = MONGO_JAVA ?? '';
  return startMongoProcess((port) => ['java', QUIET, '-cp', [folder, join(folder, '*')].join(delimiter), 'Main', String(port)]);
};

const FERRETDB = process.env['SIMPLEJWT_FERRETDB'];
const MONGO_JAVA = process.env['SIMPLEJWT_MONGO_JAVA'];
const MONGODB_URL = process.env['MONGODB_URL'];

/** Else it says on stderr that it has no logger. */
const QUIET = '-Dslf4j.internal.verbosity=ERROR';

const EVERY_DRIVER = ['mongodb', 'mongodb70', 'mongodb6'] as const;
const NEWEST_DRIVERS = ['mongodb', 'mongodb6'] as const;

export const MONGO_SERVERS: readonly MongoServerRow[] = [
  { name: 'FerretDB 1.24.2', drivers: NEWEST_DRIVERS, expiry: 'flush', slow: true, has: hasFerretdb, start: startFerretdb },
  // Its wire version is 8, MongoDB 4.2's: driver 7.1 and later refuse it.
  {
    name: 'mongo-java-server 1.47.0',
    drivers: ['mongodb70', 'mongodb6'],
    expiry: 'server',
    has: hasMongoJava,
    start: startMongoJava,
  },
  // Nobody has to have one, so nothing is skipped where it is not named.
  ...(MONGODB_URL === undefined
    ? []
    : [
        {
          name: 'MONGODB_URL',
          drivers: EVERY_DRIVER,
          expiry: 'server' as const,
          has: () => true,
          start: () => databaseAt(MONGODB_URL),
        },
      ]),
];

/** A database of its own on a server that runs, which is dropped in the end. */
async function databaseAt(given: string): Promise<MongoServer> {
  const [, server, users, options] = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(given) ?? [];
  if (server === undefined) throw new Error('MONGODB_URL must be as mongodb://HOST:27017/?replicaSet=NAME');
  const query = new URLSearchParams(options);
  if (users !== undefined && users !== '' && !query.has('authSource')) query.set('authSource', users);
  const url = `${server}/simplejwt-${randomUUID()}${query.size > 0 ? `?${query}` : ''}`;
  return {
    url,
    async stop() {
      const { MongoClient } = await MONGO_DRIVERS.mongodb();
      const client = new MongoClient(url);
      try {
        await client.db().dropDatabase();
      } finally {
        await client.close();
      }
    },
  };
}
