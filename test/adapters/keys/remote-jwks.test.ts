import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { remoteJwks } from '../../../src/adapters/keys/remote-jwks.ts';
import { allowInsecureHttp, type RemoteJwksOptions } from '../../../src/adapters/keys/remote-options.ts';
import { fakeClock } from '../../../src/testing/fake-clock.ts';
import { ecPair } from '../../key-pairs.ts';

const URL = 'https://issuer.example/jwks.json';
const { publicKey } = ecPair('P-256');
const jwk = (kid: string) => ({ ...publicKey.export({ format: 'jwk' }), kid });
const documentOf = (...kids: readonly string[]) => Response.json({ keys: kids.map(jwk) });
const hint = (kid?: string) => ({ alg: 'ES256', kid });
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

/** A source whose n-th request is answered by the n-th of `answers`; the last one answers all further ones. */
function source(answers: readonly (() => Response | Promise<Response>)[], options: RemoteJwksOptions = {}) {
  let count = 0;
  const fetch = vi.fn<typeof globalThis.fetch>(async () => {
    const answer = answers[Math.min(count++, answers.length - 1)];
    if (answer === undefined) throw new TypeError('no answer');
    return answer();
  });
  const clock = fakeClock();
  return { fetch, clock, keys: remoteJwks(URL, { fetch, clock, ...options }) };
}

const hanging = () => new Promise<Response>(() => undefined);
const refused = () => Promise.reject(new Error('connection refused'));

describe('a stale document', () => {
  it('answers at once while one request in the background hangs, once a request has failed', async () => {
    const { keys, fetch, clock } = source([() => documentOf('a'), refused, hanging]);
    expect(await keys.candidates(hint('a'))).toHaveLength(1);
    clock.advance(301);
    expect(await keys.candidates(hint('a'))).toHaveLength(1);
    clock.advance(1);
    for (let count = 0; count < 20; count += 1) expect(keys.candidates(hint('a'))).toHaveLength(1); // no Promise has a length
    expect(fetch).toHaveBeenCalledTimes(3);
  });

  it('is replaced before anybody is answered from it: a key that was withdrawn is not taken', async () => {
    const { keys, fetch, clock } = source([() => documentOf('a'), () => documentOf('b')]);
    await keys.candidates(hint('a'));
    clock.advance(301);
    const asked = await Promise.all(['a', 'a', 'b'].map(async (kid) => keys.candidates(hint(kid))));
    expect(asked.map(({ length }) => length)).toEqual([0, 0, 1]);
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('outlives background requests that fail, one a second, until it is too stale', async () => {
    const { keys, fetch, clock } = source([() => documentOf('a'), refused]);
    await keys.candidates(hint('a'));
    clock.advance(301);
    expect(await keys.candidates(hint('a'))).toHaveLength(1);
    for (let count = 0; count < 5; count += 1) {
      expect(keys.candidates(hint('a'))).toHaveLength(1);
      await settled();
    }
    expect(fetch).toHaveBeenCalledTimes(2);
    clock.advance(1);
    expect(keys.candidates(hint('a'))).toHaveLength(1);
    await settled();
    expect(fetch).toHaveBeenCalledTimes(3);
    clock.advance(3600);
    await expect(keys.candidates(hint('a'))).rejects.toMatchObject({
      code: 'keys_unavailable',
      cause: new Error('connection refused'),
    });
  });

  it('makes a token with a key it does not have wait for the new one', async () => {
    const { keys, fetch, clock } = source([() => documentOf('a'), () => documentOf('a', 'b')]);
    await keys.candidates(hint('a'));
    clock.advance(301);
    expect(await Promise.all([keys.candidates(hint('b')), keys.candidates(hint('b'))])).toMatchObject([[{}], [{}]]);
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('lets unknown kids cause one request per cooldown, stale or not', async () => {
    const { keys, fetch, clock } = source([() => documentOf('a'), refused]);
    await keys.candidates(hint('a'));
    clock.advance(301);
    for (let count = 0; count < 10; count += 1) {
      expect(await keys.candidates(hint(`unknown-${count}`))).toEqual([]);
      clock.advance(2);
    }
    expect(fetch).toHaveBeenCalledTimes(2);
    clock.advance(10);
    expect(await keys.candidates(hint('unknown'))).toEqual([]);
    expect(fetch).toHaveBeenCalledTimes(3);
  });
});

it('makes those that ask for a new key at once wait for the same request', async () => {
  const { keys, fetch, clock } = source([() => documentOf('a'), () => documentOf('a', 'b')]);
  await keys.candidates(hint('a'));
  clock.advance(30);
  const asked = Array.from({ length: 50 }, async () => keys.candidates(hint('b')));
  expect((await Promise.all(asked)).map(({ length }) => length)).toEqual(Array.from({ length: 50 }, () => 1));
  expect(fetch).toHaveBeenCalledTimes(2);
});

describe('a document', () => {
  const opaque = Object.defineProperty(documentOf('a'), 'type', { value: 'opaqueredirect' });
  const redirected = Object.defineProperty(documentOf('a'), 'redirected', { value: true });
  it.each<[string, Response]>([
    ['another 2xx', Response.json({ keys: [jwk('a')] }, { status: 203 })],
    ['a redirect', new Response('{}', { status: 302, headers: { location: 'https://elsewhere.example/' } })],
    ['an opaque redirect', opaque],
    ['what a redirect led to', redirected],
    ['nothing', new Response(null, { status: 200 })],
    ['more than 512 KiB', Response.json({ keys: [jwk('a')], pad: 'x'.repeat(512 * 1024) })],
    ['more than 100 keys', documentOf(...Array.from({ length: 101 }, (_, index) => `k${index}`))],
  ])('is not taken from %s', async (_what, response) => {
    const { keys, fetch } = source([() => response]);
    await expect(keys.candidates(hint('a'))).rejects.toMatchObject({ code: 'keys_unavailable' });
    expect(fetch.mock.calls[0]?.[1]).toMatchObject({ redirect: 'manual' });
  });
});

describe('over a socket', () => {
  const open: (() => void)[] = [];
  afterEach(() => {
    for (const close of open.splice(0)) close();
  });

  async function serving(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push(() => {
      server.close();
      server.closeAllConnections();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('follows no redirect, and no server that hangs holds up a known key', async () => {
    const paths: (string | undefined)[] = [];
    let away = false;
    const base = await serving(({ url }, response) => {
      paths.push(url);
      if (url === '/moved') return void response.writeHead(307, { location: '/jwks' }).end();
      if (!away) response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk('a')] }));
    });
    const clock = fakeClock();
    const insecure = { clock, timeoutSeconds: 1, [allowInsecureHttp]: true } as const;
    await expect(remoteJwks(`${base}/moved`, insecure).candidates(hint('a'))).rejects.toMatchObject({
      code: 'keys_unavailable',
      cause: new Error('the server answered 307'),
    });
    expect(paths).toEqual(['/moved']);

    const keys = remoteJwks(`${base}/jwks`, insecure);
    expect(await keys.candidates(hint('a'))).toHaveLength(1);
    away = true;
    clock.advance(301);
    expect(await keys.candidates(hint('a'))).toHaveLength(1); // after a second: the first to ask waits for the timeout
    await vi.waitFor(() => expect(paths).toEqual(['/moved', '/jwks', '/jwks']));
    expect(keys.candidates(hint('a'))).toHaveLength(1);
    await keys.close?.();
  });
});

it.each<[string, object, string]>([
  ['unknown_option', { maxAge: 60 }, 'maxAge'],
  ['unknown_option', { coolDownSeconds: 60 }, 'coolDownSeconds'],
  ['invalid_option', { fetch: 'fetch' }, 'fetch'],
  ['invalid_option', { fetch: null }, 'fetch'],
  ['invalid_option', { clock: 1_700_000_000 }, 'clock'],
])('is refused as %s: %j', (code, options, option) => {
  expect(() => remoteJwks(URL, options as RemoteJwksOptions)).toThrow(
    expect.objectContaining({ name: 'ConfigError', code, option }),
  );
});
