import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyring } from 'simplejwt/keys';
import { redisKeyStorage, redisStore, type RedisClient } from '../../../src/adapters/storage/redis.ts';
import { keyStorageContract } from '../../../src/testing/key-storage-contract.ts';
import { startScenario } from '../../../src/testing/storage/scenario.ts';
import { startProxy } from '../../faults/proxy.ts';
import { hasRedis, startRedis, type RedisServer } from '../../servers/redis-server.ts';

interface Opened {
  readonly client: RedisClient;
  close(): void;
}

const CLIENTS: Readonly<Record<string, (port: number) => Promise<Opened>>> = {
  'ioredis 6': async (port) => {
    const client = new Redis(port);
    client.on('error', () => undefined);
    return { client, close: () => client.disconnect() };
  },
  'node-redis': async (port) => {
    const client = createClient({ url: `redis://127.0.0.1:${port}` });
    client.on('error', () => undefined);
    await client.connect();
    return { client, close: () => client.destroy() };
  },
};

describe('the options of a key storage in Redis', () => {
  it('are a client and a prefix, and each is known', () => {
    expect(() => redisKeyStorage({} as never)).toThrow(expect.objectContaining({ option: 'client' }));
    expect(() => redisKeyStorage({} as never, { prefix: 1 as never })).toThrow(expect.objectContaining({ option: 'prefix' }));
    expect(() => redisKeyStorage({} as never, { durability: 'replicated' } as never)).toThrow(
      expect.objectContaining({ code: 'unknown_option', option: 'durability' }),
    );
  });
});

describe.skipIf(!hasRedis())('redisKeyStorage on redis-server', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  for (const [name, open] of Object.entries(CLIENTS)) {
    keyStorageContract({
      name: `redisKeyStorage over ${name}`,
      describe,
      it,
      createStorage() {
        const prefix = `${randomUUID()}:`;
        const opened: Opened[] = [];
        return {
          async open() {
            const one = await open(server.port);
            opened.push(one);
            return redisKeyStorage(one.client, { prefix });
          },
          close: () => opened.forEach(({ close }) => close()),
        };
      },
    });

    describe(`over ${name}`, () => {
      let opened: Opened;
      let prefix: string;
      beforeAll(async () => {
        opened = await open(server.port);
      });
      afterAll(() => opened.close());
      const storageOf = () => {
        prefix = `${randomUUID()}:`;
        return redisKeyStorage(opened.client, { prefix });
      };

      it('is one key under its prefix, which never expires', async () => {
        await storageOf().replace('keys', undefined);
        expect(await server.ask('KEYS', `${prefix}*`)).toContain(`${prefix}keys`);
        expect(await server.ask('KEYS', `${prefix}*`)).toMatch(/^\*1\r/);
        expect(await server.ask('PTTL', `${prefix}keys`)).toBe(':-1');
      });

      it('stands beside the tokens of the same prefix', async () => {
        const storage = storageOf();
        const scenario = await startScenario((clock) => redisStore(opened.client, { prefix, clock }));
        await storage.replace('keys', undefined);
        await scenario.refresh(await scenario.login());
        expect((await storage.read())?.text).toBe('keys');
      });

      it('keeps a keyring over kill -9 and a restart, scripts forgotten', async () => {
        const storage = storageOf();
        const ring = keyring({ algorithm: 'ES256', store: storage });
        await ring.ready();
        await server.restart();
        expect(await keyring({ algorithm: 'ES256', store: storage }).list()).toEqual(await ring.list());
        await ring.rotate();
        expect((await ring.list()).map(({ state }) => state)).toEqual(['signing', 'published']);
      });

      it('lets one of eight hosts that come at once make the key, and one the next', async () => {
        storageOf();
        const minted: string[] = [];
        const hosts = await Promise.all(
          Array.from({ length: 8 }, async () => {
            const one = await open(server.port);
            const store = redisKeyStorage(one.client, { prefix });
            return { ...one, ring: keyring({ algorithm: 'ES256', store, events: { minted: ({ kid }) => minted.push(kid) } }) };
          }),
        );
        await Promise.all(hosts.map(({ ring }) => ring.ready()));
        expect(minted).toHaveLength(1);
        await Promise.all(hosts.map(({ ring }) => ring.rotate()));
        expect(minted).toHaveLength(2);
        for (const { ring } of hosts) expect((await ring.list()).map(({ kid }) => kid)).toEqual(minted);
        for (const { close } of hosts) close();
      });

      it('gives no version twice, though the document was lost', async () => {
        const storage = storageOf();
        await storage.replace('before', undefined);
        const lost = await storage.read();
        await server.ask('DEL', `${prefix}keys`);
        expect(await storage.replace('late', lost?.version)).toBe(false);
        expect(await storage.replace('after', undefined)).toBe(true);
        expect((await storage.read())?.version).toBeGreaterThan(lost?.version ?? Number.NaN);
      });

      it('rises above a version that a faster clock made', async () => {
        const storage = storageOf();
        const ahead = (Date.now() + 86_400_000) * 1000;
        await server.ask('HSET', `${prefix}keys`, 'version', String(ahead), 'text', 'before');
        expect(await storage.replace('after', ahead)).toBe(true);
        expect(await storage.read()).toEqual({ text: 'after', version: ahead + 1 });
      });

      it('answers that it wrote when the answer was lost and the call is sent again', async () => {
        const proxy = await startProxy(server.port);
        const { client, close } = await open(proxy.port);
        const storage = redisKeyStorage(client, { prefix: `${randomUUID()}:` });
        await storage.replace('first', undefined);
        const first = await storage.read();
        proxy.cutAfterApply();
        expect(await storage.replace('second', first?.version)).toBe(true);
        expect(proxy.cuts).toBe(1);
        expect((await storage.read())?.text).toBe('second');
        close();
        await proxy.close();
      });

      it('lets go of a caller who leaves while the server hangs, and asks nothing for one who has gone', async () => {
        const storage = storageOf();
        await storage.replace('first', undefined);
        const first = await storage.read();
        const gone = { signal: AbortSignal.abort(new Error('gone')) };
        await expect(storage.replace('late', first?.version, gone)).rejects.toMatchObject({ code: 'store_unavailable' });
        server.pause();
        const leaving = new AbortController();
        const read = storage.read({ signal: leaving.signal });
        leaving.abort(new Error('left'));
        await expect(read).rejects.toMatchObject({ code: 'store_unavailable', cause: { message: 'left' } });
        server.resume();
        expect(await storage.read()).toEqual(first);
      });

      it('is store_full when the server has no room, and keeps what it had', async () => {
        const storage = storageOf();
        await storage.replace('first', undefined);
        const first = await storage.read();
        await server.ask('CONFIG', 'SET', 'maxmemory', '1');
        await expect(storage.replace('second', first?.version)).rejects.toMatchObject({ code: 'store_full', status: 503 });
        expect(await storage.read()).toEqual(first);
        await server.ask('CONFIG', 'SET', 'maxmemory', '0');
        expect(await storage.replace('second', first?.version)).toBe(true);
      });
    });
  }
});
