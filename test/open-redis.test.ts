import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenedStore } from '../src/adapters/cli/serve-store.ts';
import { openRedis } from '../src/open-redis.ts';
import { sessionsOutlive } from './serving.ts';
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
    const users = [{ id: 7, username: 'ada', password: 'correct horse' }];
    const config = `${folder}/replica.json`;
    writeFileSync(config, JSON.stringify({ ...recommended, signingKey: 'k'.repeat(32), users }));
    const store = `redis://:open%20sesame@127.0.0.1:${redis.port}/2`;
    const words = ['serve', '--port', '0', '--config', config, '--store', store, '--replica'];
    const [one, other] = [fakeTerminal(), fakeTerminal()];
    const running = [runCommand(words, program, one), runCommand([...words, '--json'], program, other)];
    await Promise.race([one.lines(3), running[0]?.then(() => Promise.reject(new Error(one.errorText())))]);
    await Promise.race([other.lines(1), running[1]?.then(() => Promise.reject(new Error(other.errorText())))]);
    expect(one.text()).toContain('Access tokens are checked by a copy of its revocations in this process, 5 s old at the most');
    const told = JSON.parse(other.text()) as { readonly url: string; readonly replica: boolean };
    expect(told.replica).toBe(true);
    const post = (url: string, path: string, fields: Record<string, string>) =>
      fetch(url + path, { method: 'POST', body: new URLSearchParams(fields) });
    const first = /http:[^ ]+?(?=\/api)/.exec(one.text())?.[0] ?? '';
    const pair = (await (await post(first, '/api/token/', { username: 'ada', password: 'correct horse' })).json()) as {
      readonly access: string;
      readonly refresh: string;
    };
    const check = async () => (await post(told.url, '/api/token/verify/', { token: pair.access })).status;
    expect(await check()).toBe(200);
    expect((await post(first, '/api/token/family/blacklist/', { refresh: pair.refresh })).status).toBe(200);
    await expect.poll(check).toBe(401);
    for (const terminal of [one, other]) terminal.stop();
    expect(await Promise.all(running)).toEqual([0, 0]);
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
