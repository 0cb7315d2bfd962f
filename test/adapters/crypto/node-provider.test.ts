import { constants, randomBytes, sign, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { supportedAlgorithms } from '../../../src/adapters/crypto/node/families.ts';
import { nodeCrypto, randomId } from '../../../src/adapters/crypto/node/provider.ts';
import { ConfigError } from '../../../src/domain/errors.ts';
import { ALGORITHMS, type Algorithm } from '../../../src/domain/jose/algorithms.ts';
import { parseKey } from '../../../src/domain/jose/key-material.ts';
import { publicJwk } from '../../../src/domain/jose/public-key.ts';
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
