import { randomUUID } from 'node:crypto';
import { Cluster } from 'ioredis';
import { createCluster } from 'redis';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisKeyStorage, redisStore, type RedisClient } from '../../../src/adapters/storage/redis.ts';
import { keyStorageContract } from '../../../src/testing/key-storage-contract.ts';
import { startScenario, together, userOf } from '../../../src/testing/storage/scenario.ts';
import { storageContract } from '../../../src/testing/storage-contract.ts';
import { startRedisCluster, type RedisCluster } from '../../servers/redis-cluster.ts';
import { hasRedis, type RedisServer } from '../../servers/redis-server.ts';

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
      keyStorageContract({
        name: `redisKeyStorage on a cluster over ${name}`,
        describe,
        it,
        createStorage() {
          const prefix = `${randomUUID()}:`;
          return { open: () => redisKeyStorage(connection.client, { prefix }) };
        },
      });
    });
  }

  for (const [name, open] of Object.entries(CLIENTS)) {
    it(`goes on while the slots of its users are moved, over ${name}`, async () => {
      const { client, close } = await open();
      const prefix = `{${randomUUID()}}:`; // one slot for all, which is then moved under way
      const slot = await cluster.slotOf(prefix);
      const from = await cluster.masterOf(slot);
      const to = cluster.nodes.slice(0, 3).find((node) => node !== from)!;
      const scenario = await startScenario((clock) => redisStore(client, { prefix, clock }));
      const tickets = await together(40, (index) => scenario.login({ user: userOf(`user ${index}`) }));
      const moving = new AbortController();
      const chains = tickets.map(async (first) => {
        let ticket = first;
        let length = 0;
        for (; !moving.signal.aborted || length < 3; length++) ticket = await scenario.refresh(ticket);
        return { ticket, length };
      });
      await move(slot, from, to);
      moving.abort();
      const ends = await Promise.all(chains);
      expect(await cluster.masterOf(slot)).toBe(to);
      for (const [index, { ticket }] of ends.entries()) {
        expect(await scenario.status(ticket, { mustBeRecorded: 'token' })).toBe('active');
        const outcome = await scenario.rotate(tickets[index]!, { endFamilyOnReuse: true });
        expect(outcome).toMatchObject({ outcome: 'reused', familyEnded: true });
        expect(await scenario.status(ticket)).toBe('family_revoked');
      }
      await move(slot, to, from);
      close();
    });

    it(`writes to a replica of the slot's own master with durability 'replicated', over ${name}`, async () => {
      const { client, close } = await open();
      const prefix = `${randomUUID()}:`;
      const store = redisStore(client, { prefix, durability: 'replicated' });
      const scenario = await startScenario(() => store);
      const tickets = await together(12, (index) => scenario.login({ user: userOf(`user ${index}`) }));
      const paused = cluster.nodes[4]!; // the replica of the second master
      const touched = await Promise.all(
        tickets.map(
          async ({ user }) =>
            (await cluster.masterOf(await cluster.slotOf(`${prefix}u:${encodeURIComponent(user)}`))) === cluster.nodes[1],
        ),
      );
      expect(new Set(touched).size).toBe(2);
      paused.pause();
      const outcomes = await Promise.allSettled(tickets.map((ticket) => scenario.refresh(ticket)));
      paused.resume();
      expect(outcomes.map(({ status }) => status === 'rejected')).toEqual(touched);
      await store[Symbol.asyncDispose]();
      close();
    });
  }

  it('fails closed while a slot is served by nobody, and goes on when it is', async () => {
    const { client, close } = await CLIENTS['ioredis 6']();
    const prefix = `{${randomUUID()}}:`;
    const slot = await cluster.slotOf(prefix);
    const master = await cluster.masterOf(slot);
    const scenario = await startScenario((clock) => redisStore(client, { prefix, clock }));
    const ticket = await scenario.login();
    await master.ask('CLUSTER', 'DELSLOTS', String(slot));
    const leaving = new AbortController();
    const asking = scenario.store.rotate(scenario.request(ticket), { signal: leaving.signal });
    const failure = Promise.resolve(asking).catch((error: unknown) => error);
    await expect.poll(() => master.ask('GET', prefix)).toContain('CLUSTERDOWN');
    leaving.abort();
    expect(await failure).toMatchObject({ code: 'store_unavailable' });
    const waiting = scenario.rotate(ticket);
    await master.ask('CLUSTER', 'ADDSLOTS', String(slot));
    expect((await waiting).outcome).toBe('rotated');
    close();
  });

  /** As `redis-cli --cluster reshard` does it, key by key. */
  async function move(slot: number, from: RedisServer, to: RedisServer): Promise<void> {
    await to.ask('CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', await cluster.idOf(from));
    await from.ask('CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', await cluster.idOf(to));
    for (;;) {
      const [, ...lines] = (await from.ask('CLUSTER', 'GETKEYSINSLOT', String(slot), '5')).split('\r\n');
      const keys = lines.filter((line) => !line.startsWith('$'));
      if (keys.length === 0) break;
      const moved = await from.ask('MIGRATE', '127.0.0.1', String(to.port), '', '0', '5000', 'KEYS', ...keys);
      expect(moved).toMatch(/^\+(?:OK|NOKEY)/);
      await setTimeout(5);
    }
    const id = await cluster.idOf(to);
    for (const node of [to, from, ...cluster.nodes.slice(0, 3)]) await node.ask('CLUSTER', 'SETSLOT', String(slot), 'NODE', id);
  }
});
