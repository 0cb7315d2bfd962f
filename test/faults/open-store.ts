import { Cluster, Redis } from 'ioredis';
import { MongoClient } from 'mongodb70';
import { memoryStore } from '../../src/adapters/storage/memory.ts';
import { mongoStore } from '../../src/adapters/storage/mongo.ts';
import { redisStore, type RedisStoreOptions } from '../../src/adapters/storage/redis.ts';
import { sqliteStore } from '../../src/adapters/storage/sqlite.ts';
import type { TokenStore } from '../../src/ports/token-store.ts';
import { drivers } from '../adapters/storage/sqlite-drivers.ts';

/** Which store a service is to run on: plain, so that it can be sent to another process. */
export type StorePlace =
  | { readonly kind: 'memory' }
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'redis'; readonly port: number }
  | { readonly kind: 'sentinel'; readonly port: number; readonly name: string }
  | { readonly kind: 'cluster'; readonly ports: readonly number[] }
  | { readonly kind: 'mongo'; readonly url: string };

export interface OpenStore {
  readonly store: TokenStore;
  close(): Promise<void>;
}

export function openStore(place: StorePlace): OpenStore {
  switch (place.kind) {
    case 'memory':
      return { store: memoryStore(), close: async () => undefined };
    case 'sqlite': {
      const driver = drivers[0];
      if (driver === undefined) throw new Error('this runtime has no SQLite; run it on Node 22.13 or later');
      const database = driver.open(place.path);
      return { store: sqliteStore(database), close: async () => void database.close() };
    }
    case 'redis':
      return openRedis(new Redis({ port: place.port, host: HOST, ...SOON }));
    case 'sentinel': {
      const sentinels = [{ host: HOST, port: place.port }];
      const client = new Redis({ sentinels, name: place.name, sentinelRetryStrategy: () => 50, ...SOON });
      // every replica that may be elected: of two, one may have what the other has not
      return openRedis(client, { durability: 'replicated', replicas: 2 });
    }
    case 'cluster':
      return openRedis(
        new Cluster(
          place.ports.map((port) => ({ host: HOST, port })),
          { redisOptions: SOON },
        ),
      );
    case 'mongo': {
      // 7.0 talks to every server of the tests; a monitor looks for a server that is away every 50 ms
      const client = new MongoClient(place.url, { minHeartbeatFrequencyMS: 50, heartbeatFrequencyMS: 500 });
      return { store: mongoStore(client.db(), { expiry: 'flush' }), close: () => client.close() };
    }
  }
}

function openRedis(client: Redis | Cluster, options: RedisStoreOptions = {}): OpenStore {
  client.on('error', () => undefined);
  const store = redisStore(client, { onWarning: () => undefined, ...options });
  return {
    store,
    async close() {
      await store[Symbol.asyncDispose]();
      client.disconnect();
    },
  };
}

const HOST = '127.0.0.1';
/** ioredis sends again what was on its way when a connection broke; a server that loads its file it would leave alone for up to 10 s. */
const SOON = { retryStrategy: () => 20, maxLoadingRetryTime: 100 };
