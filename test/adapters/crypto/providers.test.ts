import { createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../../../src/adapters/crypto/node/provider.ts';
import { ConfigError } from '../../../src/domain/errors.ts';
import { ALGORITHMS, type Algorithm } from '../../../src/domain/jose/algorithms.ts';
import { parseKey, type KeyInput } from '../../../src/domain/jose/key-material.ts';
import { hasPublicMembers } from '../../../src/domain/jose/public-key.ts';
import { ecPair, ed25519Pair, ed448Pair, type KeyPair } from '../../key-pairs.ts';
import { generateKeys, rowOf, withoutPoint } from './generate-keys.ts';
import { PROVIDERS } from './providers.ts';

const DATA = Buffer.from('eyJhbGciOiJub25lIn0.e30');
const pem = (key: KeyObject) => String(key.export({ format: 'pem', type: 'pkcs8' }));

/** Private keys without a public half in hand. */
const HALVES: readonly (readonly [Algorithm, string, KeyPair, (key: KeyObject) => string])[] = [
  ['ES256', 'P-256', ecPair('P-256'), withoutPoint],
  ['ES384', 'P-384', ecPair('P-384'), withoutPoint],
  ['ES512', 'P-521', ecPair('P-521'), withoutPoint],
  ['ES256K', 'secp256k1', ecPair('secp256k1'), withoutPoint],
  ['EdDSA', 'Ed25519', ed25519Pair(), pem],
  ['Ed25519', 'Ed25519', ed25519Pair(), pem],
  ['EdDSA', 'Ed448', ed448Pair(), pem],
  ['Ed448', 'Ed448', ed448Pair(), pem],
];

describe.each(PROVIDERS)('$name', ({ provider, algorithms }) => {
  const codeOf = async (attempt: () => unknown) => {
    try {
      await attempt();
      return undefined;
    } catch (error) {
      return error instanceof ConfigError ? error.code : error;
    }
  };
  const importing = (algorithm: Algorithm, key: KeyInput) =>
    codeOf(() => provider.importVerifier({ algorithm, key })).then(async (verifying) => [
      verifying,
      await codeOf(() => provider.importSigner({ algorithm, key })),
    ]);

  it('is a value that can be spread and varied', async () => {
    const key = createSecretKey(randomBytes(32));
    const signed: string[] = [];
    const varied = {
      ...provider,
      async importSigner(request: Parameters<typeof provider.importSigner>[0]) {
        const signer = await provider.importSigner(request);
        return { ...signer, sign: (data: Uint8Array) => (signed.push(signer.algorithm), signer.sign(data)) };
      },
    };
    const signature = await (await varied.importSigner({ algorithm: 'HS256', key })).sign(DATA);
    const verifier = await varied.importVerifier({ algorithm: 'HS256', key });
    expect([await verifier.verify(DATA, signature), signed]).toEqual([true, ['HS256']]);
  });

  it('takes the kid of the request, else that of the key', async () => {
    const { publicKey, privateKey } = ecPair('P-256');
    const key = { ...publicKey.export({ format: 'jwk' }), kid: 'own' };
    expect((await provider.importVerifier({ algorithm: 'ES256', key })).kid).toBe('own');
    expect((await provider.importVerifier({ algorithm: 'ES256', key, kid: 'given' })).kid).toBe('given');
    expect((await provider.importVerifier({ algorithm: 'ES256', key: publicKey })).kid).toBeUndefined();
    const own = { ...privateKey.export({ format: 'jwk' }), kid: 'own' };
    expect((await provider.importSigner({ algorithm: 'ES256', key: own })).kid).toBe('own');
    expect((await provider.importSigner({ algorithm: 'ES256', key: own, kid: 'given' })).kid).toBe('given');
  });

  it('signs HMAC under the UTF-8 octets of a text', async () => {
    const text = 'caf\u00e9 '.repeat(10);
    const expected = createHmac('sha256', text).update(DATA).digest();
    expect(Buffer.from(await (await provider.importSigner({ algorithm: 'HS256', key: text })).sign(DATA))).toEqual(expected);
  });

  it('hashes', async () => {
    const octets = await provider.digest('SHA-256', Buffer.from('abc'));
    expect(Buffer.from(octets).toString('hex')).toMatch(/^ba7816bf8f01cfea/);
    if (provider.md5 !== undefined) {
      expect(Buffer.from(provider.md5(Buffer.from('abc'))).toString('hex')).toBe('900150983cd24fb0d6963f7d28e17f72');
    }
  });

  it.each([0, 1, 16, 65_536, 65_537, 200_000])('draws %i octets by chance', (length) => {
    const [drawn, again] = [provider.randomBytes(length), provider.randomBytes(length)];
    expect([drawn.length, again.length]).toEqual([length, length]);
    if (length < 16) return;
    expect(Buffer.from(drawn).equals(again)).toBe(false);
    expect(Buffer.from(drawn.subarray(-16)).equals(Buffer.alloc(16))).toBe(false);
  });

  it('keeps what it was given when its memory is used again', async () => {
    const { privateKey, publicKey } = ecPair('P-256');
    const signer = await provider.importSigner({ algorithm: 'ES256', key: privateKey });
    const verifier = await provider.importVerifier({ algorithm: 'ES256', key: publicKey });
    const room = Uint8Array.from(DATA);
    const pending = signer.sign(room);
    room.fill(0);
    const signature = Uint8Array.from(await pending);
    room.set(DATA);
    const right = verifier.verify(room, signature);
    room.fill(0);
    signature.fill(0);
    expect(await right).toBe(true);
  });

  const usable = HALVES.filter(([algorithm]) => algorithms.includes(algorithm));
  it.each(usable)('computes the public half that a private key came without: %s on %s', async (algorithm, _crv, pair, bare) => {
    const key = parseKey(bare(pair.privateKey), [rowOf(algorithm)], 'key');
    expect(hasPublicMembers(key)).toBe(false);
    const half = await provider.publicKey?.(key);
    expect([half?.isPrivate, half?.jwk]).toEqual([false, pair.publicKey.export({ format: 'jwk' })]);
    const signature = await (await provider.importSigner({ algorithm, key })).sign(DATA);
    expect(nodeCrypto.importVerifier({ algorithm, key: pair.publicKey }).verify(DATA, signature)).toBe(true);
    expect(await (await provider.importVerifier({ algorithm, key })).verify(DATA, signature)).toBe(true);
  });

  it('computes no public half for a secret', async () => {
    const secret = parseKey(randomBytes(32), [rowOf('HS256')], 'key');
    expect(await codeOf(() => provider.publicKey?.(secret))).toBe('invalid_key');
  });

  it('answers the public half of a key that has it, with its kid', async () => {
    const { privateKey, publicKey } = ecPair('P-384');
    const key = parseKey({ ...privateKey.export({ format: 'jwk' }), kid: 'k' }, [], 'key');
    const half = await provider.publicKey?.(key);
    expect([half?.jwk, half?.kid, half?.isPrivate]).toEqual([publicKey.export({ format: 'jwk' }), 'k', false]);
  });

  it.each(['none', 'constructor', 'RS1'])('knows no algorithm %s', async (name) => {
    const both = ['unsupported_algorithm', 'unsupported_algorithm'];
    expect(await importing(name as Algorithm, ecPair('P-256').privateKey)).toEqual(both);
  });

  it('refuses a point that is not on its curve', async () => {
    const jwk = ecPair('P-256').privateKey.export({ format: 'jwk' });
    expect(await importing('ES256', { ...jwk, y: jwk.x })).toEqual(['invalid_key', 'invalid_key']);
  });

  it.each(['00'.repeat(32), 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'ff'.repeat(32)])(
    'refuses the private number %s of P-256',
    async (hex) => {
      const jwk = ecPair('P-256').privateKey.export({ format: 'jwk' });
      const key = { ...jwk, d: Buffer.from(hex, 'hex').toString('base64url') };
      expect(await codeOf(() => provider.importSigner({ algorithm: 'ES256', key }))).toBe('invalid_key');
    },
  );

  it.each<[Algorithm, readonly string[], () => KeyPair]>([
    ['EdDSA', ['x'], ed25519Pair],
    ['ES256', ['x', 'y'], () => ecPair('P-256')],
    ['ES384', ['x', 'y'], () => ecPair('P-384')],
    ['ES512', ['x', 'y'], () => ecPair('P-521')],
  ])('refuses to sign with halves of different keys: %s', async (algorithm, names, pair) => {
    const [jwk, other] = [pair(), pair()].map(({ privateKey }) => privateKey.export({ format: 'jwk' }));
    const key = { ...jwk, ...Object.fromEntries(names.map((name) => [name, other?.[name]])) };
    expect(await codeOf(() => provider.importSigner({ algorithm, key }))).toBe('invalid_key');
  });

  it('keeps keys out of what a refusal says', async () => {
    const { d, ...jwk } = ecPair('P-256').privateKey.export({ format: 'jwk' });
    const refusal = await Promise.resolve()
      .then(() => provider.importSigner({ algorithm: 'ES256', key: { ...jwk, d, y: jwk.x } }))
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ConfigError);
    expect(String(refusal)).not.toContain(d);
  });

  const lacking = [...ALGORITHMS.values()].map(({ name }) => name).filter((name) => !algorithms.includes(name));
  for (const algorithm of lacking.filter((name) => !name.startsWith('ML-DSA'))) {
    it(`says that it lacks ${algorithm}, and what to do`, async () => {
      const { privateKey } = generateKeys(algorithm);
      expect(await importing(algorithm, privateKey)).toEqual(['unsupported_runtime', 'unsupported_runtime']);
      const refusal = await Promise.resolve()
        .then(() => provider.importVerifier({ algorithm, key: privateKey }))
        .catch((error: unknown) => error);
      expect(String(refusal)).toMatch(/: use (another algorithm|nodeCrypto)/);
    });
  }
});
