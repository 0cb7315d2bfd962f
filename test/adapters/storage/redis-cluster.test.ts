import { randomUUID } from 'node:crypto';
import { Cluster } from 'ioredis';
import { createCluster } from 'redis';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { redisStore, type RedisClient } from '../../../src/adapters/storage/redis.ts';
import { storageContract } from '../../../src/testing/storage-contract.ts';
import { startRedisCluster, type RedisCluster } from '../../servers/redis-cluster.ts';
import { hasRedis } from '../../servers/redis-server.ts';

describe.skipIf(!hasRedis())('redisStore on a cluster of redis-server', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 60_000);
  afterAll(() => cluster.stop());

  const CLIENTS = {
    'ioredis 6': async () => {
      const client = new Cluster(cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port })));
      return { client, close: () => client.disconnect() };
    },
    'node-redis': async () => {
      const client = createCluster({ rootNodes: cluster.nodes.map(({ port }) => ({ url: `redis://127.0.0.1:${port}` })) });
      await client.connect();
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
        name: `redisStore on a cluster over ${name}`,
        describe,
        it,
        createStore: (clock) => redisStore(connection.client, { prefix: `${randomUUID()}:`, clock }),
      });
    });
  }
});
