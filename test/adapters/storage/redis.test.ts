import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { redisStore } from '../../../src/adapters/storage/redis.ts';
import { storageContract } from '../../../src/testing/storage-contract.ts';
import { REDIS_CLIENTS, type OpenedRedis } from '../../servers/redis-clients.ts';
import { hasRedis, startRedis, type RedisServer } from '../../servers/redis-server.ts';

describe.skipIf(!hasRedis())('redisStore on redis-server', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  for (const [name, open] of Object.entries(REDIS_CLIENTS)) {
    describe(`over ${name}`, () => {
      let connection: OpenedRedis;
      beforeAll(async () => {
        connection = await open(server.port);
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
