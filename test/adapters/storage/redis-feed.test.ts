import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Cluster, Redis } from 'ioredis';
import { Redis as Redis5 } from 'ioredis5';
import { createClient, createCluster } from 'redis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { redisFeed, type RedisClient, type RedisFeedOptions } from '../../../src/adapters/storage/redis.ts';
import { memoryFeed } from '../../../src/adapters/storage/replica.ts';
import type { FeedBatch, FeedReader } from '../../../src/ports/revocation-feed.ts';
import { feedContract } from '../../../src/testing/feed-contract.ts';
import { startProxy, type Proxy } from '../../faults/proxy.ts';
import { startRedisCluster, type RedisCluster } from '../../servers/redis-cluster.ts';
import { DURABLE, hasRedis, startRedis, type RedisServer } from '../../servers/redis-server.ts';

feedContract({
  name: 'memoryFeed',
  describe,
  it,
  createFeed() {
    const feed = memoryFeed();
    return { open: () => feed };
  },
});

type Opened = { readonly client: RedisClient; readonly close: () => void };

const CLIENTS: Readonly<Record<string, (port: number) => Promise<Opened>>> = {
  'ioredis 6': async (port) => {
    const client = new Redis(port, { retryStrategy: () => 20, commandTimeout: 900 });
    client.on('error', () => undefined);
    return { client, close: () => client.disconnect() };
  },
  'ioredis 5': async (port) => {
    const client = new Redis5(port, { retryStrategy: () => 20 });
    client.on('error', () => undefined);
    return { client, close: () => client.disconnect() };
  },
  'node-redis': async (port) => {
    const client = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: () => 20 } });
    client.on('error', () => undefined);
    await client.connect();
    return { client, close: () => client.destroy() };
  },
};

describe.skipIf(!hasRedis())('redisFeed on redis-server', () => {
  let server: RedisServer;
  let opened: Opened[] = [];
  let readers: FeedReader[] = [];
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());
  afterEach(() => {
    for (const reader of readers) void reader.close();
    for (const { close } of opened) close();
    [readers, opened] = [[], []];
  });

  for (const [name, open] of Object.entries(CLIENTS)) {
    feedContract({
      name: `redisFeed over ${name}`,
      describe,
      it,
      async createFeed() {
        const { client, close } = await open(server.port);
        const prefix = `${randomUUID()}:`;
        return { open: () => redisFeed(client, { prefix }), close };
      },
    });

    describe(`over ${name}`, () => {
      let prefix: string;
      beforeEach(() => {
        prefix = `${randomUUID()}:`;
      });

      const connect = async (port = server.port) => {
        const connection = await open(port);
        opened.push(connection);
        return connection.client;
      };
      const feedOver = (client: RedisClient, options: RedisFeedOptions = {}) => {
        const feed = redisFeed(client, { prefix, ...options });
        const reader = feed.follow();
        readers.push(reader);
        return { feed, reader };
      };
      const publish = (feed: ReturnType<typeof redisFeed>, ...ids: readonly string[]) =>
        Promise.all(ids.map(async (id) => feed.publish([{ kind: 'family', id }], {})));

      it('misses nothing over a restart of the server with its data', async () => {
        const { feed, reader } = feedOver(await connect());
        await publish(feed, 'before');
        expect(idsOf(await reader.read({ waitMs: 0 }))).toEqual(['before']);
        const waiting = reader.read({ waitMs: 300 }).catch((error: unknown) => error);
        await server.restart();
        expect(await waiting).toBeInstanceOf(Error);
        await publish(feed, 'after');
        const batch = await readAgain(reader);
        expect(batch.lost).toBe(false);
        expect(idsOf(batch)).toContain('after');
      });

      it('says so where everything was lost, and begins anew', async () => {
        let now = 1_700_000_000;
        const { feed, reader } = feedOver(await connect(), { clock: () => now });
        await publish(feed, 'before');
        const { since } = await reader.read({ waitMs: 0 });
        now += 5;
        await server.ask('DEL', `${prefix}feed`);
        await publish(feed, 'after');
        const begun = await readAgain(reader);
        expect(begun).toMatchObject({ lost: true, caughtUp: false, entries: [] });
        expect(begun.since).toBeGreaterThan(since);
        const next = await reader.read({ waitMs: 0 });
        expect(next).toMatchObject({ lost: false, caughtUp: true });
        expect(idsOf(next)).toEqual(['after']);
      });

      it('says so to a read that waits, in time', async () => {
        const { reader } = feedOver(await connect());
        await reader.read({ waitMs: 0 });
        const waiting = reader.read({ waitMs: 300 });
        await server.ask('DEL', `${prefix}feed`);
        expect((await waiting).lost).toBe(true);
      });

      it('begins another history for all where a server has lost what one reader had read', async () => {
        const { feed, reader } = feedOver(await connect());
        const other = feedOver(await connect()).reader;
        await publish(feed, 'kept');
        await other.read({ waitMs: 0 });
        await publish(feed, 'lost');
        const { position } = await readAgain(reader);
        const group = (await server.ask('XINFO', 'GROUPS', `${prefix}feed`)).split('\r\n')[5] ?? '';
        // as a replica that lagged would have it after it took over: the same history, but for its end
        await server.ask('DEL', `${prefix}feed`);
        await server.ask('XADD', `${prefix}feed`, '1-1', 'e', '1,fkept');
        await server.ask('XGROUP', 'CREATE', `${prefix}feed`, group, '$');
        expect(position > '1-1').toBe(true);
        expect((await reader.read({ waitMs: 0 })).lost).toBe(true);
        expect((await other.read({ waitMs: 0 })).lost).toBe(true);
        expect(idsOf(await reader.read({ waitMs: 0 }))).toEqual(['kept']);
      });

      it('reads some minutes again on a new connection: a server that took over may give lower ids', async () => {
        const { feed, reader } = feedOver(await connect());
        await publish(feed, 'one');
        const { position } = await reader.read({ waitMs: 0 });
        const [milliseconds = ''] = position.split('-');
        const lower = `${Number(milliseconds) - 60_000}-0`;
        const group = (await server.ask('XINFO', 'GROUPS', `${prefix}feed`)).split('\r\n')[5] ?? '';
        await server.ask('DEL', `${prefix}feed`);
        await server.ask('XADD', `${prefix}feed`, lower, 'e', `1,flower`);
        await server.ask('XADD', `${prefix}feed`, `${Number(milliseconds) + 1}-0`, 'e', `1,fhigher`);
        await server.ask('XGROUP', 'CREATE', `${prefix}feed`, group, '$');
        await server.ask('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        expect(idsOf(await readAgain(reader))).toEqual(['lower', 'higher']);
      });

      it('does not read from a server that is no master any more', async () => {
        const { feed, reader } = feedOver(await connect());
        await publish(feed, 'before');
        await reader.read({ waitMs: 0 });
        await server.ask('REPLICAOF', '127.0.0.1', '1');
        await expect(reader.read({ waitMs: 0 })).rejects.toThrow('READONLY');
        await server.ask('REPLICAOF', 'NO', 'ONE');
        await publish(feed, 'after');
        expect(idsOf(await readAgain(reader))).toContain('after');
      });

      it('is not fooled by a client that reconnects unasked', async () => {
        const { feed, reader } = feedOver(await connect());
        await reader.read({ waitMs: 0 });
        await server.ask('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        await setTimeout(100); // it is connected again
        const failure = await reader.read({ waitMs: 0 }).catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(Error);
        await expect.poll(() => publish(feed, 'later').then(() => 'done', String)).toBe('done');
        expect(idsOf(await readAgain(reader))).toContain('later');
      });

      it('rejects in time where the server stands still, and goes on with it', async () => {
        const { feed, reader } = feedOver(await connect());
        await publish(feed, 'before');
        await reader.read({ waitMs: 0 });
        server.pause();
        const leaving = new AbortController();
        const publishing = feed.publish([{ kind: 'family', id: 'given up' }], { signal: leaving.signal });
        const failure = Promise.resolve(publishing).catch((error: unknown) => error);
        leaving.abort();
        expect(await failure).toMatchObject({ code: 'store_unavailable' });
        await expect(reader.read({ waitMs: 0 })).rejects.toThrow();
        server.resume();
        await expect.poll(() => publish(feed, 'after').then(() => 'done', String)).toBe('done');
        expect(idsOf(await readAgain(reader))).toContain('after');
      });

      it('closes its connection, whatever waits on it, and leaves the client open', async () => {
        const client = await connect();
        const { feed, reader } = feedOver(client);
        const feedConnections = async () =>
          (await server.ask('CLIENT', 'LIST')).split('\n').filter((line) => line.includes('name=simplejwt-feed-')).length;
        await expect.poll(feedConnections).toBe(0);
        await reader.read({ waitMs: 0 });
        expect(await feedConnections()).toBe(1);
        const waiting = reader.read({ waitMs: 60_000 }).catch(() => 'ended');
        await setTimeout(20);
        await reader.close();
        expect(await waiting).toBe('ended');
        await expect.poll(feedConnections).toBe(0);
        await feed.publish([{ kind: 'family', id: 'open' }], {});
        await feed[Symbol.asyncDispose]();
      });

      it('keeps entries for as long as the most patient host wants them, whose history begins with it', async () => {
        const client = await connect();
        const short = feedOver(client, { retentionSeconds: 60 });
        await publish(short.feed, 'a');
        await short.reader.read({ waitMs: 0 });
        const long = feedOver(client, { retentionSeconds: 120 });
        await publish(long.feed, 'b');
        expect((await short.reader.read({ waitMs: 0 })).lost).toBe(true);
        await publish(short.feed, 'c');
        expect((await short.reader.read({ waitMs: 0 })).lost).toBe(false);
        const groups = await server.ask('XINFO', 'GROUPS', `${prefix}feed`);
        expect(groups).toMatch(/^\*1\r\n/);
        expect(groups).toContain(':120\r\n');
      });

      it('drops what is older than entries are kept', async () => {
        const { feed } = feedOver(await connect(), { retentionSeconds: 60 });
        for (let index = 1; index <= 500; index++) await server.ask('XADD', `${prefix}feed`, `${index}-0`, 'e', '1,fold');
        await publish(feed, 'new');
        expect(await server.ask('XLEN', `${prefix}feed`)).toMatch(/^:\d{1,2}$|^:100$/); // whole nodes go: up to a hundred may stay
      });

      it('sends what is published in one tick as one command', async () => {
        const { feed } = feedOver(await connect());
        await publish(feed, 'first');
        const commands = async () => {
          const stats = await server.ask('INFO', 'commandstats');
          return Number(/cmdstat_xadd:calls=(\d+)/.exec(stats)?.[1]);
        };
        const before = await commands();
        await publish(feed, ...Array.from({ length: 1000 }, (_, index) => `f${index}`));
        expect((await commands()) - before).toBeLessThan(10);
      });
    });
  }

  it('waits for replicas where it is told to, and rejects what they do not have', async () => {
    const { client, close } = await CLIENTS['ioredis 6']!(server.port);
    opened.push({ client, close });
    const feed = redisFeed(client, { prefix: 'alone:', durability: 'replicated', replicationTimeoutSeconds: 0.05 });
    await expect(Promise.resolve(feed.publish([{ kind: 'user', id: 'ada' }], {}))).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    const reader = feed.follow();
    await expect(reader.read({ waitMs: 0 })).rejects.toThrow('too few replicas');
    await reader.close();
    await feed[Symbol.asyncDispose]();
  });

  it.each([
    [{ retentionSeconds: 59 }, 'retentionSeconds'],
    [{ prefix: 5 }, 'prefix'],
    [{ durability: 'most' }, 'durability'],
    [{ retention: 60 }, 'retention'],
  ])('refuses options that cannot be meant: %j', (options, option) => {
    const client = { isOpen: true, duplicate: () => client, sendCommand: async () => undefined };
    expect(() => redisFeed(client, options as never)).toThrow(expect.objectContaining({ option }));
  });

  describe('through a connection that can be cut', () => {
    let proxy: Proxy;
    beforeAll(async () => {
      proxy = await startProxy(server.port);
    });
    afterAll(() => proxy.close());

    it('tells everything that was published over 20 cuts, to one that reads on', async () => {
      const { client, close } = await CLIENTS['ioredis 6']!(proxy.port);
      opened.push({ client, close });
      const feed = redisFeed(client, { prefix: `${randomUUID()}:` });
      const reader = feed.follow();
      readers.push(reader);
      const seen = new Set<string>();
      const published: string[] = [];
      for (let round = 0; round < 20; round++) {
        const waiting = reader.read({ waitMs: 50 }).then(
          (batch) => idsOf(batch).forEach((id) => seen.add(id)),
          () => undefined,
        );
        if (round % 2 === 0) proxy.cutAfterApply();
        else proxy.cutBeforeSend();
        for (let count = 0; count < 5; count++) {
          const id = `${round}-${count}`;
          const answered = await Promise.resolve(feed.publish([{ kind: 'token', id }], {})).then(
            () => true,
            () => false,
          );
          if (answered) published.push(id);
        }
        await waiting;
      }
      for (const id of idsOf(await readAgain(reader))) seen.add(id);
      expect(published.length).toBeGreaterThan(50);
      expect(published.filter((id) => !seen.has(id))).toEqual([]);
      expect(proxy.cuts).toBeGreaterThan(5);
    });
  });
});

describe.skipIf(!hasRedis())('redisFeed on a cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 30_000);
  afterAll(() => cluster.stop());

  const nodes = () => cluster.nodes.slice(0, 3).map(({ port }) => ({ host: '127.0.0.1', port }));

  feedContract({
    name: 'redisFeed over Cluster of ioredis',
    describe,
    it,
    createFeed() {
      const client = new Cluster(nodes());
      const prefix = `${randomUUID()}:`;
      return { open: () => redisFeed(client, { prefix }), close: () => client.disconnect() };
    },
  });

  feedContract({
    name: 'redisFeed over createCluster of node-redis',
    describe,
    it,
    async createFeed() {
      const client = createCluster({ rootNodes: nodes().map(({ port }) => ({ url: `redis://127.0.0.1:${port}` })) });
      client.on('error', () => undefined);
      await client.connect();
      const prefix = `${randomUUID()}:`;
      return { open: () => redisFeed(client, { prefix }), close: () => client.destroy() };
    },
  });
});

describe.skipIf(!hasRedis())('redisFeed on a redis-server that keeps nothing', () => {
  it('says over a restart that everything was lost', async () => {
    const server = await startRedis({ args: () => ['--appendonly', 'no', ...DURABLE.slice(4)] });
    const { client, close } = await CLIENTS['ioredis 6']!(server.port);
    const feed = redisFeed(client);
    const reader = feed.follow();
    try {
      await feed.publish([{ kind: 'family', id: 'before' }], {});
      expect(idsOf(await reader.read({ waitMs: 0 }))).toEqual(['before']);
      await server.restart();
      expect((await readAgain(reader)).lost).toBe(true);
      expect(await reader.read({ waitMs: 0 })).toMatchObject({ entries: [], caughtUp: true, lost: false });
    } finally {
      void reader.close();
      close();
      await server.stop();
    }
  });
});

const idsOf = ({ entries }: FeedBatch) => entries.map(({ id }) => id);

/** Until it answers again. */
async function readAgain(reader: FeedReader): Promise<FeedBatch> {
  for (const until = performance.now() + 10_000; ;) {
    try {
      return await reader.read({ waitMs: 0 });
    } catch (error) {
      if (performance.now() > until) throw error;
      await setTimeout(20);
    }
  }
}
