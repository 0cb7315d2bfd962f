import { afterEach, describe, expect, it, vi } from 'vitest';
import { webCrypto } from '../../../src/adapters/crypto/webcrypto.ts';
import { createSigner, createVerifier } from '../../../src/jws.ts';
import { ecPair } from '../../key-pairs.ts';
import { mlDsaJwk, webCryptoAlgorithms } from './webcrypto-algorithms.ts';

const DATA = new TextEncoder().encode('eyJhbGciOiJub25lIn0.e30');
const SECRET = 'a secret of thirty-two octets and more';
const { privateKey, publicKey } = ecPair('P-256');
const { present, absent } = await webCryptoAlgorithms();

if (absent.size > 0) console.log(`not applicable: webCrypto with ${[...absent.keys()].join(', ')}, which this runtime lacks`);

afterEach(() => vi.unstubAllGlobals());

describe('webCrypto', () => {
  it('has all of RSA, HMAC and the NIST curves', () => {
    const everywhere = [
      'HS256',
      'HS384',
      'HS512',
      'RS256',
      'RS384',
      'RS512',
      'PS256',
      'PS384',
      'PS512',
      'ES256',
      'ES384',
      'ES512',
    ];
    expect(present).toEqual(expect.arrayContaining(everywhere));
  });

  it('says what it lacks on this runtime: ES256K everywhere', () => {
    expect([...absent.values()].map(({ code }) => code)).toEqual(Array.from(absent, () => 'unsupported_runtime'));
    expect(absent.get('ES256K')?.message).toBe(
      "ES256K is not in this runtime's Web Crypto: use another algorithm, or a provider that has it (nodeCrypto, or nobleCrypto for ES256K, Ed25519 and Ed448).",
    );
  });

  it('answers signatures and refusals by promises', async () => {
    const sign = createSigner({ algorithm: 'HS256', key: SECRET, crypto: webCrypto });
    const verify = createVerifier({ algorithms: ['HS256'], key: SECRET, crypto: webCrypto });
    const token: Promise<string> = sign({ sub: 'ada' });
    expect(await verify(await token)).toEqual({ sub: 'ada' });
    await expect(verify(`${await token}AAAA`)).rejects.toMatchObject({ code: 'signature' });
  });

  it('takes memory that threads share', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(DATA.length));
    shared.set(DATA);
    const signature = await (await webCrypto.importSigner({ algorithm: 'ES256', key: privateKey })).sign(shared);
    const copy = new Uint8Array(new SharedArrayBuffer(signature.length));
    copy.set(signature);
    expect(await (await webCrypto.importVerifier({ algorithm: 'ES256', key: publicKey })).verify(shared, copy)).toBe(true);
    expect(await webCrypto.digest('SHA-256', shared)).toHaveLength(32);
  });

  it('says what it needs where there is no Web Crypto, and where the page is not secure', async () => {
    vi.stubGlobal('crypto', undefined);
    await expect(webCrypto.digest('SHA-256', DATA)).rejects.toMatchObject({ code: 'unsupported_runtime' });
    expect(() => webCrypto.randomBytes(1)).toThrow('needs globalThis.crypto');
    vi.stubGlobal('crypto', { getRandomValues: (room: Uint8Array) => room });
    await expect(webCrypto.importSigner({ algorithm: 'HS256', key: SECRET })).rejects.toThrow('pages of https and localhost');
    expect(webCrypto.randomBytes(1)).toHaveLength(1);
  });

  it('tells an ML-DSA key that it cannot read from an algorithm that it lacks', async () => {
    const named = webCrypto.importVerifier({ algorithm: 'ML-DSA-44', key: mlDsaJwk('ML-DSA-65') });
    await expect(named).rejects.toMatchObject({ code: 'key_mismatch' });
  });
});

describe('a signal', () => {
  const calls: [string, (signal: AbortSignal) => Promise<unknown>][] = [
    ['sign', async (signal) => (await webCrypto.importSigner({ algorithm: 'ES256', key: privateKey })).sign(DATA, { signal })],
    [
      'verify',
      async (signal) =>
        (await webCrypto.importVerifier({ algorithm: 'ES256', key: publicKey })).verify(DATA, new Uint8Array(64), { signal }),
    ],
  ];

  it.each(calls)('that was aborted ends %s before it begins', async (_name, call) => {
    await expect(call(AbortSignal.abort('left'))).rejects.toMatchObject({ code: 'aborted', cause: 'left' });
  });

  it('ends the wait for what is under way', async () => {
    const { sign } = await webCrypto.importSigner({ algorithm: 'ES256', key: privateKey });
    const controller = new AbortController();
    const answer = sign(DATA, { signal: controller.signal });
    controller.abort('left');
    await expect(answer).rejects.toMatchObject({ code: 'aborted', cause: 'left' });
  });

  it.each(calls)('that is aborted too late changes nothing for %s', async (_name, call) => {
    const controller = new AbortController();
    const answer = await call(controller.signal);
    controller.abort();
    expect(answer === false || answer instanceof Uint8Array).toBe(true);
  });
});
