import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { remoteJwks } from '../../../src/adapters/keys/remote-jwks.ts';
import { allowInsecureHttp, type RemoteJwksOptions } from '../../../src/adapters/keys/remote-options.ts';
import { createSigner, createVerifier } from '../../../src/jws.ts';
import { fakeClock } from '../../../src/testing/fake-clock.ts';
import { ecPair } from '../../key-pairs.ts';
import { breaksOff, drips, faultServer, floods, hangs, json, status, type Answer, type FaultServer } from './fault-server.ts';

const pair = ecPair('P-256');
const other = ecPair('P-256');
const jwkOf = ({ publicKey }: typeof pair, kid: string) => ({ ...publicKey.export({ format: 'jwk' }), kid });
const tokenOf = ({ privateKey }: typeof pair, kid: string) =>
  createSigner({ algorithm: 'ES256', key: privateKey, kid })({ sub: 'ada' });
const good = json({ keys: [jwkOf(pair, 'a')] });
const known = tokenOf(pair, 'a');
const unknown = (kid: string) => tokenOf(other, kid);
const times = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index));

let server: FaultServer;
let closing: (() => unknown)[] = [];
beforeEach(async () => {
  server = await faultServer(good);
});
afterEach(() => {
  for (const close of closing) close();
  closing = [];
  server.close();
});

function remote(options: RemoteJwksOptions = {}) {
  const clock = fakeClock();
  const keys = remoteJwks(`${server.url}/jwks`, { clock, [allowInsecureHttp]: true, ...options });
  closing.push(() => keys.close?.());
  const verify = createVerifier({ algorithms: ['ES256'], key: keys });
  const codeOf = async (token: string) => {
    const outcome = await verify.try(token);
    return outcome.ok ? 'ok' : outcome.code;
  };
  return { clock, keys, codeOf };
}

/** As many as were asked, each with the same outcome. */
const all = (count: number, code: string) => times(count, () => code);

describe('the requests of a remote JWK Set', () => {
  it('are 1 for 20 concurrent cold verifies, and none for those that follow', async () => {
    const { codeOf } = remote();
    expect(await Promise.all(times(20, () => codeOf(known)))).toEqual(all(20, 'ok'));
    expect(await Promise.all(times(10, () => codeOf(known)))).toEqual(all(10, 'ok'));
    expect(server.asked).toHaveLength(1);
  });

  it('are at most 1 per cooldown for 40 unknown kids, one after the other or all at once', async () => {
    const { codeOf, clock } = remote();
    await codeOf(known);
    for (let kid = 0; kid < 40; kid++) expect(await codeOf(unknown(`x${kid}`))).toBe('key_unknown');
    expect(server.asked.length).toBeLessThanOrEqual(2);
    for (let round = 1; round <= 3; round++) {
      const before = server.asked.length;
      clock.advance(30);
      expect(await Promise.all(times(40, (kid) => codeOf(unknown(`y${round}-${kid}`))))).toEqual(all(40, 'key_unknown'));
      for (let kid = 0; kid < 40; kid++) await codeOf(unknown(`z${round}-${kid}`));
      expect(server.asked.length - before).toBe(1);
    }
  });

  it('are ever fewer for one kid that is not there, until it is', async () => {
    const { codeOf, clock } = remote({ maxAgeSeconds: 86_400 });
    await codeOf(known);
    const gone = unknown('gone');
    const askedAt: number[] = [];
    for (let second = 1; second <= 1000; second++) {
      clock.advance(1);
      const before = server.asked.length;
      expect(await codeOf(gone)).toBe('key_unknown');
      if (server.asked.length > before) askedAt.push(second);
    }
    expect(askedAt).toEqual([30, 60, 120, 240, 480, 960]);
    server.answer = json({ keys: [jwkOf(pair, 'a'), jwkOf(other, 'gone')] });
    clock.advance(480);
    expect(await codeOf(gone)).toBe('ok');
  });

  it('find a new key with the first token that names it, once the cooldown is over', async () => {
    const { codeOf, clock } = remote();
    await codeOf(known);
    server.answer = json({ keys: [jwkOf(pair, 'a'), jwkOf(other, 'b')] });
    clock.advance(30);
    expect(await Promise.all(times(20, () => codeOf(tokenOf(other, 'b'))))).toEqual(all(20, 'ok'));
    expect(server.asked).toHaveLength(2);
  });

  it('end with their timeout when the endpoint hangs, and one failure a second is the most', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      server.answer = hangs;
      const { codeOf, clock } = remote();
      const waiting = Promise.all(times(20, () => codeOf(known)));
      await vi.waitFor(() => expect(server.asked).toHaveLength(1));
      await vi.advanceTimersByTimeAsync(5000);
      expect(await waiting).toEqual(all(20, 'keys_unavailable'));
      await vi.waitFor(() => expect(server.cutOff).toBe(1)); // the connection is let go
      expect(await codeOf(known)).toBe('keys_unavailable');
      expect(server.asked).toHaveLength(1);
      server.answer = good;
      clock.advance(1);
      expect(await codeOf(known)).toBe('ok');
    } finally {
      vi.useRealTimers();
    }
  });

  it('leave nobody waiting who goes away, and the others their answer', async () => {
    server.answer = hangs;
    const { keys } = remote();
    const caller = new AbortController();
    const left = keys.candidates({ alg: 'ES256', kid: 'a' }, { signal: caller.signal });
    const stays = keys.candidates({ alg: 'ES256', kid: 'a' });
    await vi.waitFor(() => expect(server.asked).toHaveLength(1));
    caller.abort();
    await expect(left).rejects.toMatchObject({ code: 'aborted' });
    await keys.close?.();
    await expect(stays).rejects.toMatchObject({ code: 'keys_unavailable', status: 503 });
    await expect(keys.candidates({ alg: 'ES256', kid: 'a' })).rejects.toMatchObject({ code: 'keys_unavailable' });
    expect(server.asked).toHaveLength(1);
  });
});

describe('a document that goes wrong', () => {
  const FAULTS: readonly (readonly [what: string, answer: Answer])[] = [
    ['503', status(503)],
    ['404', status(404)],
    ['a redirect', status(302, { location: '/elsewhere' })],
    ['a body of 1 GB', floods],
    ['512 KiB of zeros in a few bytes', (response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(BOMB)],
    ['a slow drip', drips],
    ['half a document', breaksOff],
    ['no connection', (response) => void response.destroy()],
    ['HTML', (response) => void response.end('<!doctype html><title>Maintenance</title>')],
    ['{"keys":null}', json({ keys: null })],
    ['{"keys":{}}', json({ keys: {} })],
    ['a list', json([jwkOf(pair, 'a')])],
    ['no key', json({ keys: [] })],
    ['101 keys', json({ keys: times(101, (index) => jwkOf(pair, `k${index}`)) })],
    ['secrets alone', json({ keys: [{ kty: 'oct', k: randomBytes(32).toString('base64url'), kid: 'a', alg: 'HS256' }] })],
    ['encryption keys alone', json({ keys: [{ ...jwkOf(pair, 'a'), use: 'enc' }] })],
    ['key types of another time', json({ keys: [{ kty: 'PQC', kid: 'a' }] })],
    ['304 to a request that named no copy', status(304)],
    ['bytes that are not UTF-8', (response) => void response.end(Buffer.from([0x7b, 0xff, 0x7d]))],
  ];

  it.each(FAULTS)('(%s) leaves the old one in place until it is too stale, then the answer is 503', async (_what, answer) => {
    const { codeOf, clock, keys } = remote({ timeoutSeconds: 1, maxAgeSeconds: 100, maxStaleSeconds: 200 });
    expect(await codeOf(known)).toBe('ok');
    server.answer = answer;
    clock.advance(101);
    expect(await codeOf(known)).toBe('ok');
    expect(server.asked).toEqual(['/jwks', '/jwks']);
    expect(keys.status()).toMatchObject({ state: 'stale', keys: 1, requests: 2, failures: 1, error: expect.any(Error) });
    clock.advance(199);
    expect(await codeOf(known)).toBe('ok');
    expect(await codeOf(unknown('x'))).toBe('key_unknown');
    clock.advance(1);
    expect(await codeOf(known)).toBe('keys_unavailable');
    expect(server.asked).not.toContain('/elsewhere');

    server.answer = good;
    clock.advance(1);
    expect(await codeOf(known)).toBe('ok');
  });

  it('serves nothing when it is the first', async () => {
    server.answer = status(503);
    const { codeOf, keys } = remote();
    await expect(keys.hydrate()).rejects.toMatchObject({ code: 'keys_unavailable', status: 503 });
    expect(await codeOf(known)).toBe('keys_unavailable');
  });

  it('may not be stale for more than a day', () => {
    expect(() => remote({ maxStaleSeconds: 86_401 })).toThrow(expect.objectContaining({ option: 'maxStaleSeconds' }));
  });
});

describe('the keys of a document', () => {
  it('are passed over where they are for others, and serve beside those', async () => {
    const encryption = { ...jwkOf(other, 'enc'), use: 'enc' };
    const secret = { kty: 'oct', k: randomBytes(32).toString('base64url'), kid: 'a', alg: 'HS256' };
    server.answer = json({
      keys: [{ kty: 'PQC', kid: 'a' }, encryption, secret, { kty: 'EC', kid: 'broken' }, jwkOf(pair, 'a')],
    });
    const { codeOf, keys } = remote();
    expect(await codeOf(known)).toBe('ok');
    expect(await codeOf(tokenOf(other, 'enc'))).toBe('key_unknown');
    expect(keys.status().keys).toBe(1);
  });

  it('neither serve where two share a kid, and the others do', async () => {
    const third = ecPair('P-256');
    server.answer = json({ keys: [jwkOf(pair, 'a'), jwkOf(other, 'a'), jwkOf(third, 'c')] });
    const { codeOf } = remote();
    expect(await Promise.all([codeOf(known), codeOf(tokenOf(other, 'a')), codeOf(tokenOf(third, 'c'))])).toEqual([
      'key_unknown',
      'key_unknown',
      'ok',
    ]);
  });

  it('change under one kid with the next document, not before: a bad signature asks nobody', async () => {
    const { codeOf, clock } = remote({ maxAgeSeconds: 100 });
    const swapped = tokenOf(other, 'a');
    expect(await codeOf(known)).toBe('ok');
    server.answer = json({ keys: [jwkOf(other, 'a')] });
    clock.advance(60);
    expect(await Promise.all(times(40, () => codeOf(swapped)))).toEqual(all(40, 'signature'));
    expect(await codeOf(known)).toBe('ok');
    expect(server.asked).toHaveLength(1);
    clock.advance(41);
    expect([await codeOf(swapped), await codeOf(known)]).toEqual(['ok', 'signature']);
    expect(server.asked).toHaveLength(2);
  });

  it('without a kid serve any token, and without an alg each algorithm of their type', async () => {
    const { kid: _, ...anonymous } = jwkOf(pair, 'a');
    server.answer = json({ keys: [anonymous] });
    const { codeOf } = remote();
    expect(await codeOf(createSigner({ algorithm: 'ES256', key: pair.privateKey })({}))).toBe('ok');
    expect(await codeOf(known)).toBe('ok');
    server.answer = json({ keys: [{ ...anonymous, alg: 'ES384' }] });
    expect(await remote().codeOf(known)).toBe('keys_unavailable'); // a key that says it is for what its curve is not
  });
});

describe('freshness', () => {
  const tagged =
    (keys: readonly object[], etag: string, cacheControl = 'max-age=100'): Answer =>
    (response, request) =>
      request.headers['if-none-match'] === etag
        ? void response.writeHead(304, { etag, 'cache-control': cacheControl }).end()
        : json({ keys }, { etag, 'cache-control': cacheControl })(response, request);

  it('is what Cache-Control says', async () => {
    server.answer = json({ keys: [jwkOf(pair, 'a')] }, { 'cache-control': 'public, max-age=1000' });
    const { codeOf, clock } = remote();
    await codeOf(known);
    clock.advance(799);
    await codeOf(known);
    expect(server.asked).toHaveLength(1);
    clock.advance(202);
    await codeOf(known);
    expect(server.asked).toHaveLength(2);
  });

  it('comes again with 304 for the ETag, and the keys stay the same objects', async () => {
    const seen: boolean[] = [];
    server.answer = tagged([jwkOf(pair, 'a')], '"one"');
    const { keys, clock } = remote({ events: { fetched: ({ changed }) => void seen.push(changed) } });
    const [first] = await keys.candidates({ alg: 'ES256', kid: 'a' });
    const revision = keys.revision?.();
    for (let round = 0; round < 3; round++) {
      clock.advance(101);
      expect((await keys.candidates({ alg: 'ES256', kid: 'a' }))[0]).toBe(first);
    }
    expect(keys.revision?.()).toBe(revision);
    server.answer = tagged([jwkOf(other, 'b')], '"two"');
    clock.advance(101);
    expect(await keys.candidates({ alg: 'ES256', kid: 'a' })).toEqual([]);
    expect(keys.revision?.()).not.toBe(revision);
    expect(seen).toEqual([true, false, false, false, true]);
  });

  it('is renewed in the background before it ends, and nobody waits', async () => {
    const { keys, clock } = remote({ maxAgeSeconds: 100 });
    await keys.hydrate();
    server.answer = hangs;
    clock.advance(81);
    for (const _ of times(20, () => 0)) expect(keys.candidates({ alg: 'ES256', kid: 'a' })).toHaveLength(1); // at once: no Promise has a length
    await vi.waitFor(() => expect(server.asked).toHaveLength(2));
  });

  it('is followed by stale-while-revalidate where the publisher allows it: nobody waits then either', async () => {
    server.answer = json({ keys: [jwkOf(pair, 'a')] }, { 'cache-control': 'max-age=100, stale-while-revalidate=50' });
    const { keys, clock } = remote();
    await keys.hydrate();
    clock.advance(150);
    expect(keys.candidates({ alg: 'ES256', kid: 'a' })).toHaveLength(1);
    await vi.waitFor(() => expect(keys.status()).toMatchObject({ state: 'fresh', requests: 2 }));
    clock.advance(151);
    expect(keys.candidates({ alg: 'ES256', kid: 'a' })).toBeInstanceOf(Promise);
  });

  it('is not prolonged by a clock that is set back, which holds up no request either', async () => {
    const { codeOf, clock } = remote({ maxAgeSeconds: 100, maxStaleSeconds: 100 });
    await codeOf(known);
    server.answer = status(503);
    clock.advance(90);
    expect(await codeOf(known)).toBe('ok');
    clock.advance(-86_400);
    expect(await codeOf(known)).toBe('ok');
    clock.advance(111);
    expect(await codeOf(known)).toBe('keys_unavailable');
    clock.advance(-86_400);
    server.answer = good;
    expect(await codeOf(known)).toBe('keys_unavailable'); // one failure a second
    clock.advance(1);
    expect(await codeOf(known)).toBe('ok');
  });

  it('runs on the monotonic clock unless one is given', async () => {
    const keys = remoteJwks(`${server.url}/jwks`, { [allowInsecureHttp]: true });
    await keys.hydrate();
    const setBack = vi.spyOn(Date, 'now').mockReturnValue(0);
    expect(keys.status()).toMatchObject({ state: 'fresh' });
    setBack.mockReturnValue(1e15);
    expect(keys.status()).toMatchObject({ state: 'fresh' });
    setBack.mockRestore();
  });
});

it('tells observers, who cannot fail it', async () => {
  const log: unknown[] = [];
  const events = {
    fetched(event: object) {
      log.push(event);
      throw new Error('an observer fails');
    },
    failed: async (event: object) => {
      log.push(event);
      throw new Error('an observer fails later');
    },
  };
  const { codeOf, clock } = remote({ events, maxStaleSeconds: 10 });
  await codeOf(known);
  server.answer = status(500);
  clock.advance(301);
  await codeOf(known);
  clock.advance(10);
  expect(await codeOf(known)).toBe('keys_unavailable');
  const url = `${server.url}/jwks`;
  const error = new Error('the server answered 500');
  expect(log).toEqual([
    { url, keys: 1, changed: true },
    { url, error, serving: true },
    { url, error, serving: false },
  ]);
});

const BOMB = gzipSync(Buffer.alloc(2 ** 20, ' '));
