import { Redis } from 'ioredis';
import { memoryStore } from '../../src/adapters/storage/memory.ts';
import { redisStore } from '../../src/adapters/storage/redis.ts';
import { sqliteStore } from '../../src/adapters/storage/sqlite.ts';
import type { TokenStore } from '../../src/ports/token-store.ts';
import { drivers } from '../adapters/storage/sqlite-drivers.ts';

/** Which store a service is to run on: plain, so that it can be sent to another process. */
export type StorePlace =
  | { readonly kind: 'memory' }
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'redis'; readonly port: number };

export interface OpenStore {
  readonly store: TokenStore;
  close(): void;
}

export function openStore(place: StorePlace): OpenStore {
  if (place.kind === 'memory') return { store: memoryStore(), close: () => undefined };
  if (place.kind === 'sqlite') {
    const driver = drivers[0];
    if (driver === undefined) throw new Error('this runtime has no SQLite; run it on Node 22.13 or later');
    const database = driver.open(place.path);
    return { store: sqliteStore(database), close: () => void database.close() };
  }
  // ioredis sends again what was on its way when a connection broke; a server that loads its file it would leave alone for up to 10 s
  const client = new Redis({ port: place.port, host: '127.0.0.1', retryStrategy: () => 20, maxLoadingRetryTime: 100 });
  client.on('error', () => undefined);
  return { store: redisStore(client, { onWarning: () => undefined }), close: () => client.disconnect() };
}
