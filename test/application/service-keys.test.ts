import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { nodeCrypto } from '../../src/adapters/crypto/node/provider.ts';
import { remoteJwks } from '../../src/adapters/keys/remote-jwks.ts';
import type { TokenServiceOptions } from '../../src/create-token-service.ts';
import type { CryptoProvider } from '../../src/ports/crypto-provider.ts';
import { createSigner } from '../../src/jws.ts';
import { ADA, claimsOf, fixture, headerOf, NOW, outcomeOf, SIGNING_KEY } from './fixture.ts';

const ec = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = { type: 'pkcs8', format: 'pem' } as const;
const own = ec();
const ES256 = { algorithm: 'ES256', signingKey: own.privateKey } as const;
const jwkOf = (key: ReturnType<typeof ec>['publicKey'], kid?: string) => ({
  ...(key.export({ format: 'jwk' }) as Readonly<Record<string, unknown>>),
  ...(kid !== undefined && { kid }),
});

describe('keys that do not fit are refused at construction', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const SECRET = SIGNING_KEY;
  const CASES: readonly (readonly [what: string, options: Partial<TokenServiceOptions>, code: string, option: string])[] = [
    ['no key at all', { signingKey: undefined }, 'missing_option', 'signingKey'],
    ['an empty secret', { signingKey: '' }, 'invalid_key', 'signingKey'],
    ['a secret shorter than the hash', { signingKey: 'x'.repeat(31) }, 'weak_key', 'signingKey'],
    ['a secret shorter than a longer hash', { signingKey: 'x'.repeat(63), algorithm: 'HS512' }, 'weak_key', 'signingKey'],
    ['PEM for a secret', { signingKey: rsa.privateKey.export(pem).toString() }, 'invalid_key', 'signingKey'],
    ['a private key with HS256', { signingKey: rsa.privateKey }, 'key_mismatch', 'signingKey'],
    ['a secret with RS256', { algorithm: 'RS256', signingKey: SECRET }, 'invalid_key', 'signingKey'],
    ['a short RSA key', { algorithm: 'RS256', signingKey: weak.privateKey }, 'weak_key', 'signingKey'],
    ['an RSA key with ES256', { algorithm: 'ES256', signingKey: rsa.privateKey }, 'key_mismatch', 'signingKey'],
    ['another curve', { algorithm: 'ES384', signingKey: own.privateKey }, 'key_mismatch', 'signingKey'],
    ['a public key to sign with', { algorithm: 'ES256', signingKey: own.publicKey }, 'key_mismatch', 'signingKey'],
    ['a verifying key of another pair', { ...ES256, verifyingKey: ec().publicKey }, 'key_mismatch', 'verifyingKey'],
    ['another secret to verify with', { signingKey: SECRET, verifyingKey: `${SECRET}!` }, 'key_mismatch', 'verifyingKey'],
    ['no verifying key', { ...ES256, verifyingKey: [] }, 'missing_option', 'verifyingKey'],
    ['a Signer without a verifying key', { signingKey: signerOf('HS256') }, 'missing_option', 'signingKey'],
    ['a Signer of another algorithm', { signingKey: signerOf('HS512'), verifyingKey: SECRET }, 'key_mismatch', 'algorithm'],
    ['text that is no key', { algorithm: 'ES256', signingKey: 'a key' }, 'invalid_key', 'signingKey'],
    ['a number', { signingKey: 5 as never }, 'invalid_key', 'signingKey'],
    ['a jwkUrl that is not https', { ...ES256, jwkUrl: 'http://issuer.example/jwks' }, 'invalid_option', 'jwkUrl'],
    ['a jwkUrl that is no URL', { ...ES256, jwkUrl: 'issuer.example' }, 'invalid_option', 'jwkUrl'],
  ];

  it.each(CASES)('%s', (_what, options, code, option) => {
    expect(() => fixture(options)).toThrow(expect.objectContaining({ name: 'ConfigError', code, option }));
  });

  it('and no message holds a secret', () => {
    for (const [, options] of CASES) {
      const told = messageOf(() => fixture(options));
      for (const secret of [SECRET, 'x'.repeat(31), 'MII']) expect(told.includes(secret)).toBe(false);
    }
  });
});

describe('the key of a service', () => {
  it.each([
    ['a KeyObject', own.privateKey],
    ['PEM', own.privateKey.export(pem).toString()],
    ['a JWK', jwkOf(own.privateKey)],
  ])('signs and verifies as %s, under its thumbprint', async (_form, signingKey) => {
    const { service } = fixture({ algorithm: 'ES256', signingKey });
    const { access } = await service.obtainPair(ADA);
    expect(headerOf(access)).toEqual({ alg: 'ES256', typ: 'JWT', kid: expect.stringMatching(/^[\w-]{43}$/) });
    expect(await outcomeOf(service.verify(access))).toBe('ok');
    const { keys } = await service.publicJwks();
    expect(keys).toEqual([{ ...jwkOf(own.publicKey), kid: headerOf(access)['kid'], alg: 'ES256', use: 'sig' }]);
  });

  it('keeps a kid it was given', async () => {
    const { service } = fixture({ algorithm: 'ES256', signingKey: jwkOf(own.privateKey, 'mine') });
    const { access } = await service.obtainPair(ADA);
    expect(headerOf(access)['kid']).toBe('mine');
    expect((await service.publicJwks()).keys[0]?.['kid']).toBe('mine');
  });

  it('is never published when it is a secret', async () => {
    expect(await fixture().service.publicJwks()).toEqual({ keys: [] });
  });

  it('may be accompanied by retired ones, which verify and are published', async () => {
    const retired = ec();
    const before = fixture({ algorithm: 'ES256', signingKey: retired.privateKey });
    const { access: old } = await before.service.obtainPair(ADA);
    const { service } = fixture({ ...ES256, verifyingKey: [own.publicKey, retired.publicKey] });
    const { access } = await service.obtainPair(ADA);
    for (const token of [old, access]) expect(await outcomeOf(service.verify(token))).toBe('ok');
    const { keys } = await service.publicJwks();
    expect(keys.map(({ kid }) => kid)).toEqual([headerOf(access)['kid'], headerOf(old)['kid']]);
    expect(keys.some((key) => 'd' in key)).toBe(false);
  });

  it('may be a Signer, as of a KMS, beside the key it is verified with', async () => {
    const { service } = fixture({ algorithm: 'HS256', signingKey: signerOf('HS256'), verifyingKey: SIGNING_KEY });
    const { access } = await service.obtainPair(ADA);
    expect(await outcomeOf(service.verify(access))).toBe('ok');
  });

  it('may be a public key alone, for a service that only verifies', async () => {
    const { access } = await fixture(ES256).service.obtainPair(ADA);
    const { service } = fixture({ algorithm: 'ES256', signingKey: undefined as never, verifyingKey: own.publicKey });
    expect(await outcomeOf(service.verify(access))).toBe('ok');
  });

  it('is told from any other', async () => {
    const { access } = await fixture(ES256).service.obtainPair(ADA);
    const { service } = fixture({ algorithm: 'ES256', signingKey: ec().privateKey });
    expect(await outcomeOf(service.verify(access))).toBe('signature');
  });
});

describe('an asynchronous provider', () => {
  const later: CryptoProvider = {
    ...nodeCrypto,
    importSigner: async (request) => nodeCrypto.importSigner(request),
    importVerifier: async (request) => nodeCrypto.importVerifier(request),
    digest: async (hash, data) => nodeCrypto.digest(hash, data),
  };

  it('serves as a synchronous one does', async () => {
    for (const options of [
      {},
      ES256,
      { ...ES256, verifyingKey: own.publicKey },
      { checkRevokeToken: true },
      { ...ES256, checkRevokeToken: true },
    ]) {
      const { service } = fixture({ ...options, crypto: later });
      await service.ready();
      const { access, refresh } = await service.obtainPair(ADA);
      expect(await outcomeOf(service.verify(access))).toBe('ok');
      expect(await outcomeOf(service.refresh(refresh))).toBe('ok');
    }
  });

  it('that refuses a key is heard by ready()', async () => {
    const refusing: CryptoProvider = { ...later, importVerifier: () => Promise.reject(new Error('no such key')) };
    const { service } = fixture({ ...ES256, crypto: refusing });
    await expect(service.ready()).rejects.toThrow('no such key');
    const unsigning: CryptoProvider = { ...later, importSigner: () => Promise.reject(new Error('no such key')) };
    const other = fixture({ ...ES256, crypto: unsigning });
    await expect(other.service.ready()).rejects.toThrow('no such key');
    expect(await outcomeOf(other.service.obtainPair(ADA))).toBe('signer_unavailable');
  });
});

describe('jwkUrl', () => {
  const theirs = ec();
  const URL = 'https://issuer.example/jwks.json';
  const claims = { token_type: 'access', exp: NOW + 300, iat: NOW, jti: 'j', user_id: '7' };
  const foreign = createSigner({ algorithm: 'ES256', key: theirs.privateKey, kid: 'theirs' })(claims);

  afterEach(() => {
    vi.unstubAllGlobals();
  });

  function withRemote(respond: () => Response | Promise<Response>) {
    const fetch = vi.fn<typeof globalThis.fetch>(async () => respond());
    vi.stubGlobal('fetch', fetch);
    return { fetch, ...fixture({ ...ES256, jwkUrl: URL }) };
  }

  it("accepts another issuer's tokens beside the service's own", async () => {
    const { service, fetch } = withRemote(() => Response.json({ keys: [jwkOf(theirs.publicKey, 'theirs')] }));
    const { access } = await service.obtainPair(ADA);
    expect(await outcomeOf(service.verify(access))).toBe('ok');
    expect(fetch).not.toHaveBeenCalled(); // own tokens need no document
    expect((await service.verify(foreign))['user_id']).toBe('7');
    expect(await outcomeOf(service.verify(foreign))).toBe('ok');
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it('is 503 while nothing usable is cached; own tokens are accepted all the while', async () => {
    for (const respond of [
      () => Promise.reject(new Error('connection refused')),
      () => new Response('no', { status: 500 }),
      () => new Response('<html>'),
      () => Response.json({ keys: null }),
      () => Response.json({ keys: [] }),
      () => Response.json({ keys: [{ kty: 'oct', k: randomBytes(32).toString('base64url'), kid: 'theirs' }] }),
    ]) {
      const { service } = withRemote(respond);
      await expect(service.verify(foreign)).rejects.toMatchObject({ code: 'keys_unavailable', status: 503 });
      const { access } = await service.obtainPair(ADA);
      expect(await outcomeOf(service.verify(access))).toBe('ok');
    }
  });

  it('serves the cached document through an outage, until it is too stale', async () => {
    let away = false;
    const { service, clock } = withRemote(() => {
      if (away) throw new Error('connection refused');
      return Response.json({ keys: [jwkOf(theirs.publicKey, 'theirs')] });
    });
    const lasting = createSigner({ algorithm: 'ES256', key: theirs.privateKey, kid: 'theirs' })({ ...claims, exp: NOW + 86_400 });
    await service.verify(lasting);
    away = true;
    clock.advance(3900);
    expect(await outcomeOf(service.verify(lasting))).toBe('ok');
    clock.advance(1);
    expect(await outcomeOf(service.verify(lasting))).toBe('keys_unavailable');
  });

  it('refuses a key it does not know, and asks once per cooldown', async () => {
    const { service, fetch, clock } = withRemote(() => Response.json({ keys: [jwkOf(theirs.publicKey, 'theirs')] }));
    await service.verify(foreign);
    const unknown = createSigner({ algorithm: 'ES256', key: ec().privateKey, kid: 'unknown' })(claims);
    for (let count = 0; count < 20; count++) expect(await outcomeOf(service.verify(unknown))).toBe('key_unknown');
    expect(fetch).toHaveBeenCalledTimes(1);
    clock.advance(30);
    for (let count = 0; count < 20; count++) expect(await outcomeOf(service.verify(unknown))).toBe('key_unknown');
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('is ignored with HS*, as in Simple JWT', async () => {
    const fetch = vi.fn<typeof globalThis.fetch>();
    vi.stubGlobal('fetch', fetch);
    const { service } = fixture({ jwkUrl: URL });
    expect(await outcomeOf(service.verify(foreign))).toBe('algorithm');
    expect(fetch).not.toHaveBeenCalled();
  });

  it('stops fetching when the service is disposed of', async () => {
    let signal: AbortSignal | undefined;
    vi.stubGlobal('fetch', (_url: unknown, init: RequestInit) => {
      signal = init.signal ?? undefined;
      return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))));
    });
    const { service } = fixture({ ...ES256, jwkUrl: URL });
    const outcome = outcomeOf(service.verify(foreign));
    await vi.waitUntil(() => signal);
    await service[Symbol.asyncDispose]();
    expect(signal?.aborted).toBe(true);
    expect(await outcome).toBe('keys_unavailable');
  });

  it('may be a KeySource instead, of which an abort of the caller ends the wait', async () => {
    const fetch = vi.fn<typeof globalThis.fetch>(() => new Promise<never>(() => undefined));
    const keys = remoteJwks(URL, { fetch, clock: () => NOW });
    const { service } = fixture({ ...ES256, keys });
    const controller = new AbortController();
    const outcome = outcomeOf(service.verify(foreign, { signal: controller.signal }));
    await vi.waitUntil(() => fetch.mock.calls.length > 0);
    controller.abort();
    expect(await outcome).toBe('aborted');
    await keys.close?.();
  });

  it('is enough for a service that only verifies', async () => {
    vi.stubGlobal('fetch', async () => Response.json({ keys: [jwkOf(theirs.publicKey, 'theirs')] }));
    const { service } = fixture({ algorithm: 'ES256', signingKey: undefined as never, jwkUrl: URL });
    expect(claimsOf(foreign)).toEqual(await service.verify(foreign));
    expect(await service.publicJwks()).toEqual({ keys: [] });
  });
});

function signerOf(algorithm: 'HS256' | 'HS512') {
  const key = new TextEncoder().encode(algorithm === 'HS256' ? SIGNING_KEY : SIGNING_KEY.repeat(2));
  const signer = nodeCrypto.importSigner({ algorithm, key });
  return { algorithm, sign: async (data: Uint8Array) => signer.sign(data) };
}

function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return `${String(error)} ${JSON.stringify(error)}`;
  }
  throw new Error('nothing was thrown');
}
