import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { createSentinel } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisStore, type RedisClient } from '../../../src/adapters/storage/redis.ts';
import { storageContract } from '../../../src/testing/storage-contract.ts';
import { startScenario } from '../../../src/testing/storage/scenario.ts';
import { hasSentinel, startSentinelGroup, type SentinelGroup } from '../../servers/redis-sentinel.ts';

describe.skipIf(!hasSentinel())('redisStore behind redis-sentinel', () => {
  let group: SentinelGroup;
  beforeAll(async () => {
    group = await startSentinelGroup();
  }, 60_000);
  afterAll(() => group.stop());

  const CLIENTS = {
    'ioredis 6': async () => {
      const client = new Redis({ sentinels: [{ host: '127.0.0.1', port: group.sentinel.port }], name: group.name });
      return { client, close: () => client.disconnect() };
    },
    'node-redis': async () => {
      const client = createSentinel({ name: group.name, sentinelRootNodes: [{ host: '127.0.0.1', port: group.sentinel.port }] });
      client.on('error', () => undefined);
      await client.connect();
      return { client, close: () => client.destroy() };
    },
  } satisfies Record<string, () => Promise<{ client: RedisClient; close: () => unknown }>>;

  for (const [name, open] of Object.entries(CLIENTS)) {
    describe(`over ${name}`, () => {
      let connection: { client: RedisClient; close: () => unknown };
      beforeAll(async () => {
        connection = await open();
      });
      afterAll(async () => {
        await connection.close();
      });

      storageContract({
        name: `redisStore behind a sentinel over ${name}`,
        describe,
        it,
        createStore: (clock) => redisStore(connection.client, { prefix: `${randomUUID()}:`, clock }),
      });
    });
  }

  describe("with durability 'replicated'", () => {
    for (const [name, open] of Object.entries(CLIENTS)) {
      it(`refuses what no replica has, and takes the same attempt when they have it, over ${name}`, async () => {
        const { client, close } = await open();
        const store = redisStore(client, { prefix: `${randomUUID()}:`, durability: 'replicated', replicas: 2 });
        try {
          const scenario = await startScenario(() => store);
          const ticket = await scenario.login();
          const request = scenario.request(ticket);
          const replicas = await group.replicas();
          for (const replica of replicas) replica.pause();
          await expect(store.rotate(request, {})).rejects.toMatchObject({ code: 'store_unavailable' });
          await expect(store.rotate(request, {})).rejects.toMatchObject({ code: 'store_unavailable' });
          for (const replica of replicas) replica.resume();
          await group.inStep(2);
          const outcome = { outcome: 'rotated', family: ticket.family, successor: request.successor };
          expect(await store.rotate(request, {})).toEqual(outcome);
          expect(await scenario.revokeFamily(ticket.family)).toBe('revoked');
        } finally {
          for (const replica of await group.replicas()) replica.resume();
          await store[Symbol.asyncDispose]();
          await close();
        }
      });
    }
  });
});
