import { randomBytes, randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { Redis as Redis5 } from 'ioredis5';
import { createClient } from 'redis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { redisStore, type RedisClient } from '../../../src/adapters/storage/redis.ts';
import { familyOf, jtiOf, startScenario, userOf, type Scenario } from '../../../src/testing/storage/scenario.ts';
import { hasRedis, startRedis, type RedisServer } from '../../servers/redis-server.ts';

const hex = () => randomBytes(16).toString('hex');
const random = () => ({ jti: jtiOf(hex()), family: familyOf(hex()), user: userOf(hex()) });

const CLIENTS: Readonly<Record<string, (port: number) => Promise<{ client: RedisClient; close: () => void }>>> = {
  'ioredis 6': async (port) => {
    const client = new Redis(port);
    client.on('error', () => undefined);
    return { client, close: () => client.disconnect() };
  },
  'ioredis 5': async (port) => {
    const client = new Redis5(port);
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

function isReady(client: RedisClient): boolean {
  return 'status' in client ? client.status === 'ready' : Reflect.get(client, 'isReady') === true;
}

/** What a server that cannot answer as it should does to the store, and that the same token works afterwards. */
describe.skipIf(!hasRedis())('redisStore on a redis-server in trouble', () => {
  let server: RedisServer;
  beforeEach(async () => {
    server = await startRedis();
  });
  afterEach(() => server.stop());

  for (const [name, open] of Object.entries(CLIENTS)) {
    describe(`over ${name}`, () => {
      const warnings: string[] = [];
      let connection: { client: RedisClient; close: () => void };
      let scenario: Scenario;
      beforeEach(async () => {
        warnings.length = 0;
        connection = await open(server.port);
        const onWarning = (text: string) => warnings.push(text);
        scenario = await startScenario((clock) => redisStore(connection.client, { clock, onWarning }));
      });
      afterEach(() => connection.close());

      it('asks again while the server is read-only, until its caller leaves', async () => {
        const ticket = await scenario.login(random());
        await server.ask('REPLICAOF', '127.0.0.1', '1');
        const leaving = new AbortController();
        const waiting = scenario.store.rotate(scenario.request(ticket), { signal: leaving.signal });
        const failure = Promise.resolve(waiting).catch((error: unknown) => error);
        leaving.abort();
        expect(await failure).toMatchObject({ code: 'store_unavailable' });
        const rotating = scenario.rotate(ticket);
        await server.ask('REPLICAOF', 'NO', 'ONE');
        expect((await rotating).outcome).toBe('rotated');
      });

      it('is store_full when the server has no room, and works again when it has', async () => {
        const ticket = await scenario.login(random());
        await server.ask('CONFIG', 'SET', 'maxmemory', '1');
        await expect(scenario.rotate(ticket)).rejects.toMatchObject({ code: 'store_full', status: 503 });
        await expect(scenario.login(random())).rejects.toMatchObject({ code: 'store_full' });
        expect(await scenario.status(ticket)).toBe('active');
        await server.ask('CONFIG', 'SET', 'maxmemory', '0');
        await scenario.refresh(ticket);
      });

      it('keeps every acknowledged write through kill -9 and a restart', async () => {
        const [kept, spent, ended] = [
          await scenario.login(random()),
          await scenario.login(random()),
          await scenario.login(random()),
        ];
        const child = await scenario.refresh(spent);
        await scenario.revokeFamily(ended.family);
        await server.restart();
        await scenario.refresh(kept);
        expect((await scenario.rotate(spent)).outcome).toBe('reused');
        expect(await scenario.status(child, { mustBeRecorded: 'token' })).toBe('active');
        expect(await scenario.status(ended)).toBe('family_revoked');
      });

      it('answers a call to a paused server when it goes on, and the same attempt again', async () => {
        const ticket = await scenario.login(random());
        const request = scenario.request(ticket);
        server.pause();
        const late = scenario.store.rotate(request, {});
        server.resume();
        const first = await late;
        expect(await scenario.store.rotate(request, {})).toEqual(first);
      });

      it('says once that the server may evict what it must remember', async () => {
        await server.ask('CONFIG', 'SET', 'maxmemory', '1gb');
        await server.ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
        for (let index = 0; index < 3; index++) await scenario.login(random());
        await expect.poll(() => warnings).toHaveLength(1);
        expect(warnings[0]).toContain('allkeys-lru');
        expect(warnings[0]).toContain('noeviction');
      });

      it('says nothing of a server that evicts nothing', async () => {
        await scenario.login(random());
        await server.ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
        await scenario.login(random());
        expect(warnings).toEqual([]);
      });
    });
  }

  it.each(Object.entries(CLIENTS))('drops a call whose caller left while the server was away, over %s', async (_name, open) => {
    const { client, close } = await open(server.port);
    const scenario = await startScenario((clock) => redisStore(client, { clock, prefix: `${randomUUID()}:` }));
    const ticket = await scenario.login(random());
    await server.kill();
    await expect.poll(() => isReady(client)).toBe(false);
    const leaving = new AbortController();
    const waiting = scenario.store.rotate(scenario.request(ticket), { signal: leaving.signal });
    const failure = Promise.resolve(waiting).catch((error: unknown) => error);
    leaving.abort(new Error('too late'));
    expect(await failure).toMatchObject({ code: 'store_unavailable' });
    await server.restart();
    expect((await scenario.rotate(ticket)).outcome).toBe('rotated'); // not spent meanwhile
    close();
  });

  it('refuses a server that has lost everything where tokens must be on record', async () => {
    const { client, close } = await CLIENTS['ioredis 6']!(server.port);
    const scenario = await startScenario((clock) => redisStore(client, { clock }));
    const ticket = await scenario.login(random());
    await server.ask('FLUSHALL');
    expect(await scenario.rotate(ticket, { mustBeRecorded: 'token' })).toEqual({ outcome: 'unknown' });
    expect(await scenario.status(ticket, { mustBeRecorded: 'family' })).toBe('unknown');
    close();
  });
});
