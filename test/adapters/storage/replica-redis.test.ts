import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { redisFeed, redisStore } from '../../../src/adapters/storage/redis.ts';
import { replicaStore } from '../../../src/adapters/storage/replica.ts';
import { storageContract } from '../../../src/testing/storage-contract.ts';
import { REDIS_CLIENTS, type OpenedRedis } from '../../servers/redis-clients.ts';
import { hasRedis, startRedis, type RedisServer } from '../../servers/redis-server.ts';

describe.skipIf(!hasRedis())('replicaStore over redisStore and redisFeed on redis-server', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  for (const [name, open] of Object.entries(REDIS_CLIENTS)) {
    describe(`over ${name}`, () => {
      let connection: OpenedRedis;
      const opened: AsyncDisposable[] = [];
      beforeAll(async () => {
        connection = await open(server.port);
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
