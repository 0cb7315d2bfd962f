import { createHash } from 'node:crypto';
import { ed25519, ED25519_TORSION_SUBGROUP } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';
import { nobleCrypto } from '../../../src/adapters/crypto/noble/provider.ts';
import { nodeCrypto } from '../../../src/adapters/crypto/node/provider.ts';
import type { Algorithm } from '../../../src/domain/jose/algorithms.ts';
import { createSigner, createVerifier } from '../../../src/jws.ts';
import type { SyncSigner, SyncVerifier } from '../../../src/ports/crypto-provider.ts';
import { ecPair, rsaPair } from '../../key-pairs.ts';
import { mlDsaJwk } from './webcrypto-algorithms.ts';

const DATA = new TextEncoder().encode('eyJhbGciOiJub25lIn0.e30');

describe('nobleCrypto', () => {
  it('answers at once, by its types too', () => {
    const { privateKey, publicKey } = ecPair('secp256k1');
    const signer: SyncSigner = nobleCrypto.importSigner({ algorithm: 'ES256K', key: privateKey });
    const verifier: SyncVerifier = nobleCrypto.importVerifier({ algorithm: 'ES256K', key: publicKey });
    const right: boolean = verifier.verify(DATA, signer.sign(DATA));
    expect([right, verifier.synchronous]).toEqual([true, true]);
    const sign = createSigner({ algorithm: 'ES256K', key: privateKey, crypto: nobleCrypto });
    const verify = createVerifier({ algorithms: ['ES256K'], key: publicKey, crypto: nobleCrypto });
    expect(verify(sign({ sub: 'ada' }))).toEqual({ sub: 'ada' });
  });

  it.each<[Algorithm, string, object]>([
    ['RS256', 'RS256 is not in nobleCrypto, as noble has no RSA: use nodeCrypto or webCrypto.', rsaPair(2048).publicKey],
    ['PS512', 'PS512 is not in nobleCrypto, as noble has no RSA: use nodeCrypto or webCrypto.', rsaPair(2048).publicKey],
    [
      'ML-DSA-65',
      'ML-DSA-65 is not in nobleCrypto, as @noble/curves has no ML-DSA: use nodeCrypto or webCrypto.',
      mlDsaJwk('ML-DSA-65'),
    ],
  ])('says who has %s', (algorithm, message, key) => {
    const expected = expect.objectContaining({ code: 'unsupported_runtime', message });
    expect(() => nobleCrypto.importVerifier({ algorithm, key })).toThrow(expected);
  });

  it.each([
    ['ES256', 'P-256'],
    ['ES256K', 'secp256k1'],
  ] as const)('writes the lower s, and takes both: %s', (algorithm, curve) => {
    const { privateKey, publicKey } = ecPair(curve);
    const signer = nobleCrypto.importSigner({ algorithm, key: privateKey });
    const verifier = nobleCrypto.importVerifier({ algorithm, key: publicKey });
    const theirs = nodeCrypto.importSigner({ algorithm, key: privateKey });
    const isLow = (raw: Uint8Array) => (raw[32] ?? 0xff) < 0x80;
    const messages = Array.from({ length: 30 }, (_, index) => Uint8Array.of(index));
    expect(messages.every((data) => isLow(signer.sign(data)))).toBe(true);
    const others = messages.map((data) => [data, theirs.sign(data)] as const);
    expect(others.some(([, raw]) => !isLow(raw))).toBe(true);
    expect(others.every(([data, raw]) => verifier.verify(data, raw))).toBe(true);
  });
});

describe('an Ed25519 key or signature with a part of small order, which RFC 8032 leaves open', () => {
  const { Point } = ed25519;
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const answers = (point: Uint8Array, signature: Uint8Array) => {
    const key = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(point).toString('base64url') };
    return [nodeCrypto, nobleCrypto].map((provider) =>
      provider.importVerifier({ algorithm: 'Ed25519', key }).verify(DATA, signature),
    );
  };

  it('serves noble as no key: it would verify one signature over anything', () => {
    const zero = Point.ZERO.toBytes();
    const [, noble] = answers(zero, Buffer.concat([zero, Buffer.alloc(32)])); // Node before 24 answers true
    expect(noble).toBe(false);
  });

  it('is taken in a signature by noble, and refused by OpenSSL: only who holds the key can make one', () => {
    const [secret, nonce] = [12_345n, 777n];
    const key = Point.BASE.multiply(secret).toBytes();
    const commitment = Point.BASE.multiply(nonce)
      .add(Point.fromHex(ED25519_TORSION_SUBGROUP[1] ?? ''))
      .toBytes();
    const digest = createHash('sha512').update(commitment).update(key).update(DATA).digest();
    const s = (nonce + (littleEndian(digest) % order) * secret) % order;
    const scalar = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').toReversed();
    expect(answers(key, Buffer.concat([commitment, scalar]))).toEqual([false, true]);
  });
});

function littleEndian(octets: Buffer): bigint {
  return BigInt(`0x${octets.toReversed().reduce((hex, octet) => hex + octet.toString(16).padStart(2, '0'), '')}`);
}
