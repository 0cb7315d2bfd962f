import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenedStore } from '../src/adapters/cli/serve-store.ts';
import { openRedis } from '../src/open-redis.ts';
import { replicasAgree, sessionsOutlive } from './serving.ts';
import { freePort } from './servers/ports.ts';
import { hasRedis, startRedis, type RedisServer } from './servers/redis-server.ts';

const mistakeOf = async (opening: Promise<OpenedStore>) =>
  opening.then(
    () => 'none',
    ({ name, message }: Error) => `${name}: ${message}`,
  );

describe('serve --store redis:', () => {
  it.each([
    'redis:',
    'redis://',
    'redis://ada:pass@',
    'redis://ada:pass@host:99999',
    'rediss://ada:pass@host/tokens',
    'redis://ada:pa ss@h x',
  ])('is not %j, and it is said what to write', async (url) => {
    const mistake = await mistakeOf(openRedis(url));
    expect(mistake).toBe(
      'UsageError: --store redis: must be as redis://HOST:6379/0 or redis://USER:PASSWORD@HOST:6379/0, or rediss:// for TLS',
    );
  });

  it('says what to install where there is no ioredis', async () => {
    const load = async () => Promise.reject(Object.assign(new Error('no such package'), { code: 'ERR_MODULE_NOT_FOUND' }));
    expect(await mistakeOf(openRedis('redis://ada:pass@redis.example/2', { load }))).toBe(
      'UsageError: --store redis://redis.example/2 needs a client that is not installed: npm install ioredis',
    );
  });

  it('says that nobody answers, without the password', async () => {
    const port = await freePort();
    expect(await mistakeOf(openRedis(`redis://ada:pass@127.0.0.1:${port}?keyPrefix=pass`))).toBe(
      `UsageError: --store redis://127.0.0.1:${port} does not answer (ECONNREFUSED): start Redis there, or name another`,
    );
  });
});

const suite = hasRedis() ? describe : describe.skip;
suite('serve --store redis: with redis-server', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
    expect(await redis.ask('CONFIG', 'SET', 'requirepass', 'open sesame')).toBe('+OK');
  });
  afterAll(() => redis.stop());

  it('keeps sessions over a restart: a spent token stays spent, and the password is told nowhere', async () => {
    const store = `redis://:open%20sesame@127.0.0.1:${redis.port}/1`;
    const said = await sessionsOutlive(store, `redis://127.0.0.1:${redis.port}/1`);
    expect(said).not.toContain('sesame');
  });

  it('checks access tokens by a copy of the revocations, where a replica is asked for, and says so', async () => {
    const said = await replicasAgree(`redis://:open%20sesame@127.0.0.1:${redis.port}/2`);
    expect(said).toContain('Access tokens are checked by a copy of its revocations in this process, 5 s old at the most');
  });

  it.each([
    ['without a password', '', 'NOAUTH'],
    ['with a wrong one', ':pass@', 'WRONGPASS'],
  ])('is refused %s, by the word of Redis', async (_how, login, word) => {
    const mistake = await mistakeOf(openRedis(`redis://${login}127.0.0.1:${redis.port}`));
    expect(mistake).toContain(`does not answer (${word})`);
    expect(mistake).not.toContain(':pass');
  });

  it('is closed when it is disposed of', async () => {
    const opened = await openRedis(`redis://:open%20sesame@127.0.0.1:${redis.port}`);
    await opened[Symbol.asyncDispose]();
    await expect(Promise.resolve(opened.store.epoch({}))).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});
