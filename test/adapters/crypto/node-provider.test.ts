import { constants, createHmac, createSecretKey, randomBytes, sign, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { supportedAlgorithms } from '../../../src/adapters/crypto/node/families.ts';
import { nodeCrypto, randomId } from '../../../src/adapters/crypto/node/provider.ts';
import { ConfigError } from '../../../src/domain/errors.ts';
import { ALGORITHMS, type Algorithm } from '../../../src/domain/jose/algorithms.ts';
import { parseKey, type KeyInput } from '../../../src/domain/jose/key-material.ts';
import { hasPublicMembers, publicJwk } from '../../../src/domain/jose/public-key.ts';
import type { SyncSigner, SyncVerifier } from '../../../src/ports/crypto-provider.ts';
import { mlDsaPem, rowOf } from './generate-keys.ts';
import { ecPair, ed25519Pair, ed448Pair, rsaPair } from '../../key-pairs.ts';

const DATA = Buffer.from('eyJhbGciOiJub25lIn0.e30');
const rsa = rsaPair(2048);
const rsa2050 = rsaPair(2050);

const codeOf = (attempt: () => unknown) => {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return error instanceof ConfigError ? error.code : error;
  }
};

describe('nodeCrypto', () => {
  it('answers at once, by its types too', () => {
    const verifier: SyncVerifier = nodeCrypto.importVerifier({ algorithm: 'RS256', key: rsa.publicKey });
    const signer: SyncSigner = nodeCrypto.importSigner({ algorithm: 'RS256', key: rsa.privateKey });
    const right: boolean = verifier.verify(DATA, signer.sign(DATA));
    expect([right, verifier.synchronous]).toEqual([true, true]);
  });

  it('can be spread and varied', () => {
    const varied = { ...nodeCrypto, randomBytes: (length: number) => new Uint8Array(length) };
    const key = createSecretKey(randomBytes(32));
    const { sign: signWith } = varied.importSigner({ algorithm: 'HS256', key });
    expect(varied.importVerifier({ algorithm: 'HS256', key }).verify(DATA, signWith(DATA))).toBe(true);
  });

  it('takes the kid of the request, else that of the key', () => {
    const key = { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'own' };
    expect(nodeCrypto.importVerifier({ algorithm: 'RS256', key }).kid).toBe('own');
    expect(nodeCrypto.importVerifier({ algorithm: 'RS256', key, kid: 'given' }).kid).toBe('given');
    expect(nodeCrypto.importVerifier({ algorithm: 'RS256', key: rsa.publicKey }).kid).toBeUndefined();
  });

  it('signs HMAC under the UTF-8 octets of a text', () => {
    const text = 'caf\u00e9 '.repeat(10);
    const expected = createHmac('sha256', text).update(DATA).digest();
    expect(Buffer.from(nodeCrypto.importSigner({ algorithm: 'HS256', key: text }).sign(DATA))).toEqual(expected);
  });

  it('hashes, and makes octets by chance', () => {
    expect(Buffer.from(nodeCrypto.digest('SHA-256', Buffer.from('abc'))).toString('hex')).toMatch(/^ba7816bf8f01cfea/);
    expect(Buffer.from(nodeCrypto.md5(Buffer.from('abc'))).toString('hex')).toBe('900150983cd24fb0d6963f7d28e17f72');
    expect(nodeCrypto.randomBytes(16)).toHaveLength(16);
    expect(nodeCrypto.randomBytes(16)).not.toEqual(nodeCrypto.randomBytes(16));
  });

  it('verifies under an RSA modulus that does not end at an octet', () => {
    const signature = nodeCrypto.importSigner({ algorithm: 'PS256', key: rsa2050.privateKey }).sign(DATA);
    expect(signature).toHaveLength(257);
    expect(nodeCrypto.importVerifier({ algorithm: 'PS256', key: rsa2050.publicKey }).verify(DATA, signature)).toBe(true);
  });

  it('keeps PKCS1 and PSS apart, and wants as much salt as the hash is long', () => {
    const pss = (saltLength: number, hash = 'sha256') =>
      sign(hash, DATA, { key: rsa.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
    const verifier = nodeCrypto.importVerifier({ algorithm: 'PS256', key: rsa.publicKey });
    expect(verifier.verify(DATA, pss(32))).toBe(true);
    for (const salt of [0, 20, 31, 33, 222]) expect(verifier.verify(DATA, pss(salt))).toBe(false);
    expect(verifier.verify(DATA, pss(32, 'sha384'))).toBe(false);
    expect(verifier.verify(DATA, sign('sha256', DATA, rsa.privateKey))).toBe(false);
    expect(nodeCrypto.importVerifier({ algorithm: 'RS256', key: rsa.publicKey }).verify(DATA, pss(32))).toBe(false);
    expect(
      nodeCrypto.importVerifier({ algorithm: 'RS384', key: rsa.publicKey }).verify(DATA, sign('sha256', DATA, rsa.privateKey)),
    ).toBe(false);
  });

  it.each<[string, string, KeyInput]>([
    ['an algorithm that is not in the table', 'none', rsa.publicKey],
    ['a name of the prototype', 'constructor', rsa.publicKey],
  ])('refuses %s', (_, name, key) => {
    const algorithm = name as Algorithm;
    expect(codeOf(() => nodeCrypto.importVerifier({ algorithm, key }))).toBe('unsupported_algorithm');
    expect(codeOf(() => nodeCrypto.importSigner({ algorithm, key }))).toBe('unsupported_algorithm');
  });

  it('refuses members that make no key', () => {
    const { privateKey, publicKey } = ecPair('P-256');
    const jwk = publicKey.export({ format: 'jwk' });
    expect(codeOf(() => nodeCrypto.importVerifier({ algorithm: 'ES256', key: { ...jwk, y: jwk.x } }))).toBe('invalid_key');
    const order = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';
    for (const d of ['00'.repeat(32), order, 'ff'.repeat(32)]) {
      const key = { ...privateKey.export({ format: 'jwk' }), d: Buffer.from(d, 'hex').toString('base64url') };
      expect(codeOf(() => nodeCrypto.importSigner({ algorithm: 'ES256', key }))).toBe('invalid_key');
    }
  });

  it('refuses halves of different keys', () => {
    const jwks = (type: () => KeyObject) => [type().export({ format: 'jwk' }), type().export({ format: 'jwk' })] as const;
    const [ed, otherEd] = jwks(() => ed25519Pair().privateKey);
    const [ec, otherEc] = jwks(() => ecPair('P-384').privateKey);
    expect(codeOf(() => nodeCrypto.importSigner({ algorithm: 'EdDSA', key: { ...ed, x: otherEd.x } }))).toBe('invalid_key');
    expect(codeOf(() => nodeCrypto.importSigner({ algorithm: 'ES384', key: { ...ec, x: otherEc.x, y: otherEc.y } }))).toBe(
      'invalid_key',
    );
  });

  it('keeps node:crypto out of what a refusal says', () => {
    const { d, ...jwk } = ecPair('P-256').privateKey.export({ format: 'jwk' });
    try {
      nodeCrypto.importSigner({ algorithm: 'ES256', key: { ...jwk, d, y: jwk.x } });
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain(d);
    }
  });
});

describe('randomId', () => {
  it('answers 128 bits in hex, another each time', () => {
    const drawn = Array.from({ length: 10_000 }, randomId);
    expect(drawn.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
    expect(new Set(drawn).size).toBe(drawn.length);
  });
});

describe('nodeCrypto.publicKey', () => {
  const pem = (key: KeyObject) => String(key.export({ format: 'pem', type: 'pkcs8' }));
  it.each<[Algorithm, { readonly privateKey: KeyObject; readonly publicKey: KeyObject }]>([
    ['EdDSA', ed25519Pair()],
    ['Ed448', ed448Pair()],
    ['RS256', rsa],
    ['ES512', ecPair('P-521')],
  ])('computes what PEM left out: %s', (algorithm, { privateKey, publicKey }) => {
    const half = nodeCrypto.publicKey(parseKey(pem(privateKey), [rowOf(algorithm)], 'key'));
    expect(half.isPrivate).toBe(false);
    expect(half.jwk).toEqual(publicKey.export({ format: 'jwk' }));
    expect(publicJwk(half)).toEqual({ ...publicKey.export({ format: 'jwk' }), use: 'sig' });
  });

  it.each(['P-256', 'P-384', 'P-521', 'secp256k1'])('computes the point of an EC key without one: %s', (namedCurve) => {
    const { privateKey, publicKey } = ecPair(namedCurve);
    const [algorithm = 'ES256'] = [...ALGORITHMS.values()]
      .filter(({ curves }) => curves.some((curve) => curve === namedCurve))
      .map(({ name }) => name);
    const bare = parseKey(withoutPoint(privateKey), [rowOf(algorithm)], 'key');
    expect(hasPublicMembers(bare)).toBe(false);
    expect(nodeCrypto.publicKey(bare).jwk).toEqual(publicKey.export({ format: 'jwk' }));
    const signature = nodeCrypto.importSigner({ algorithm, key: bare }).sign(DATA);
    expect(nodeCrypto.importVerifier({ algorithm, key: publicKey }).verify(DATA, signature)).toBe(true);
    expect(nodeCrypto.importVerifier({ algorithm, key: bare }).verify(DATA, signature)).toBe(true);
  });

  it('has none for a secret', () => {
    expect(codeOf(() => nodeCrypto.publicKey(parseKey(randomBytes(32), [rowOf('HS256')], 'key')))).toBe('invalid_key');
  });
});

describe('supportedAlgorithms', () => {
  const mlDsa = ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const;

  it('has the table, but ML-DSA only where OpenSSL has it', () => {
    const names = [...ALGORITHMS.keys()];
    const supported: string[] = supportedAlgorithms();
    expect(names.filter((name) => !supported.includes(name)).filter((name) => !name.startsWith('ML-DSA'))).toEqual([]);
  });

  const [present, absent] = [true, false].map((wanted) =>
    mlDsa.filter((name) => supportedAlgorithms().includes(name) === wanted),
  );
  for (const algorithm of absent ?? []) {
    it(`says what ${algorithm} needs where the runtime lacks it`, () => {
      const key = mlDsaPem(algorithm, randomBytes(32));
      expect(codeOf(() => nodeCrypto.importSigner({ algorithm, key }))).toBe('unsupported_runtime');
      expect(codeOf(() => nodeCrypto.importVerifier({ algorithm, key }))).toBe('unsupported_runtime');
    });
  }
  for (const algorithm of present ?? []) {
    it(`signs and verifies with ${algorithm} where the runtime has it`, () => {
      const key = parseKey(mlDsaPem(algorithm, randomBytes(32)), [rowOf(algorithm)], 'key');
      const jwk = { ...nodeCrypto.publicKey(key).jwk };
      const signature = nodeCrypto.importSigner({ algorithm, key }).sign(DATA);
      expect(nodeCrypto.importVerifier({ algorithm, key: jwk }).verify(DATA, signature)).toBe(true);
    });
  }
});

/** SEC 1 without its optional public part, which node:crypto always writes. */
function withoutPoint(key: KeyObject): string {
  const der = key.export({ format: 'der', type: 'sec1' });
  const tag = der.lastIndexOf(Buffer.of(0xa1), -Buffer.from(String(key.export({ format: 'jwk' }).x), 'base64url').length * 2);
  const content = der.subarray(der[1] === 0x81 ? 3 : 2, tag);
  const body = Buffer.concat([
    content.length < 0x80 ? Buffer.of(0x30, content.length) : Buffer.of(0x30, 0x81, content.length),
    content,
  ]);
  return `-----BEGIN EC PRIVATE KEY-----\n${body.toString('base64')}\n-----END EC PRIVATE KEY-----`;
}
