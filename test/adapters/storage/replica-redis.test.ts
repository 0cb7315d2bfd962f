import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { Redis as Redis5 } from 'ioredis5';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { redisFeed, redisStore, type RedisClient } from '../../../src/adapters/storage/redis.ts';
import { replicaStore } from '../../../src/adapters/storage/replica.ts';
import { storageContract } from '../../../src/testing/storage-contract.ts';
import { hasRedis, startRedis, type RedisServer } from '../../servers/redis-server.ts';

describe.skipIf(!hasRedis())('replicaStore over redisStore and redisFeed on redis-server', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  const CLIENTS = {
    'ioredis 6': async () => {
      const client = new Redis(server.port);
      return { client, close: () => client.disconnect() };
    },
    'ioredis 5': async () => {
      const client = new Redis5(server.port);
      return { client, close: () => client.disconnect() };
    },
    'node-redis': async () => {
      const client = await createClient({ url: `redis://127.0.0.1:${server.port}` }).connect();
      return { client, close: () => client.destroy() };
    },
  } satisfies Record<string, () => Promise<{ client: RedisClient; close: () => void }>>;

  for (const [name, open] of Object.entries(CLIENTS)) {
    describe(`over ${name}`, () => {
      let connection: { client: RedisClient; close: () => void };
      const opened: AsyncDisposable[] = [];
      beforeAll(async () => {
        connection = await open();
      });
      afterAll(async () => {
        for (const one of opened) await one[Symbol.asyncDispose]();
        connection.close();
      });

      storageContract({
        name: `replicaStore over ${name}`,
        describe,
        it,
        async createStore(clock) {
          const prefix = `${randomUUID()}:`;
          let born = false;
          const feed = redisFeed(connection.client, { prefix, clock: () => (born ? clock() : clock() - 3600) });
          const store = replicaStore(redisStore(connection.client, { prefix, clock }), feed, { maxStalenessSeconds: 300 });
          opened.push(store);
          await store.ready();
          born = true; // an hour ago: so tokens of now are answered from the copy
          return store;
        },
      });
    });
  }
});
