import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { Redis as Redis5 } from 'ioredis5';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { redisStore, type RedisClient } from '../../../src/adapters/storage/redis.ts';
import { storageContract } from '../../../src/testing/storage-contract.ts';
import { hasRedis, startRedis, type RedisServer } from '../../servers/redis-server.ts';

describe.skipIf(!hasRedis())('redisStore on redis-server', () => {
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
      beforeAll(async () => {
        connection = await open();
      });
      afterAll(() => connection.close());

      storageContract({
        name: `redisStore over ${name}`,
        describe,
        it,
        createStore: (clock) => redisStore(connection.client, { prefix: `${randomUUID()}:`, clock }),
      });
    });
  }
});
