import { constants, createHash, createHmac, privateEncrypt, randomBytes, sign, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Algorithm } from '../../../src/domain/jose/algorithms.ts';
import { derOfRaw } from '../../../src/testing/ecdsa-der.ts';
import { PROVIDERS } from '../../adapters/crypto/providers.ts';
import { ecPair, ed25519Pair, ed448Pair, rsaPair } from '../../key-pairs.ts';

/** Signatures as Project Wycheproof makes them: almost right, or right in another encoding. */
const DATA = Buffer.from('eyJhbGciOiJFUzI1NiJ9.e30');

const CURVES = [
  ['ES256', 'P-256', 32, 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'],
  ['ES384', 'P-384', 48, 'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973'],
  ['ES512', 'P-521', 66, `01${'f'.repeat(64)}fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409`],
  ['ES256K', 'secp256k1', 32, 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141'],
] as const satisfies readonly (readonly [Algorithm, string, number, string])[];

const EDWARDS = ['Ed25519', 'Ed448'] as const;

describe.each(PROVIDERS)('$name', ({ provider, algorithms }) => {
  describe.each(CURVES.filter(([algorithm]) => algorithms.includes(algorithm)))('%s on %s', async (...row) => {
    const [algorithm, namedCurve, size, orderHex] = row;
    const { privateKey, publicKey } = ecPair(namedCurve);
    const verifier = await provider.importVerifier({ algorithm, key: publicKey });
    const hash = { ES256: 'sha256', ES256K: 'sha256', ES384: 'sha384', ES512: 'sha512' }[algorithm];
    const raw = sign(hash, DATA, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    const order = BigInt(`0x${orderHex}`);
    const octets = (value: bigint) =>
      Buffer.from(
        value
          .toString(16)
          .padStart(size * 2, '0')
          .slice(-size * 2),
        'hex',
      );
    const [r, s] = [raw.subarray(0, size), raw.subarray(size)].map((half) => BigInt(`0x${half.toString('hex')}`));
    const refused = async (signature: Uint8Array) => expect(await verifier.verify(DATA, signature)).toBe(false);
    if (r === undefined || s === undefined) throw new Error('unreachable');

    it('accepts both values of s: RFC 7518 has no rule against the higher', async () => {
      expect(await verifier.verify(DATA, raw)).toBe(true);
      expect(await verifier.verify(DATA, Buffer.concat([octets(r), octets(order - s)]))).toBe(true);
    });

    it('refuses r and s out of range', async () => {
      const values = [0n, 1n, order - 1n, order, order + 1n, (1n << BigInt(size * 8)) - 1n];
      for (const first of values) {
        await refused(Buffer.concat([octets(first), octets(s)]));
        await refused(Buffer.concat([octets(r), octets(first)]));
        for (const second of values) await refused(Buffer.concat([octets(first), octets(second)]));
      }
      await refused(Buffer.concat([octets(r + order), octets(s)]));
      await refused(Buffer.concat([octets(r), octets(s + order)]));
      await refused(Buffer.concat([octets(s), octets(r)]));
    });

    it('refuses other encodings', async () => {
      await refused(sign(hash, DATA, privateKey));
      await refused(derOfRaw(raw));
      await refused(Buffer.concat([Buffer.of(0), octets(r), Buffer.of(0), octets(s)]));
      for (const extra of [
        raw.subarray(0, -1),
        raw.subarray(1),
        Buffer.concat([raw, Buffer.of(0)]),
        Buffer.concat([Buffer.of(0), raw]),
      ])
        await refused(extra);
      for (const length of [0, 1, size, raw.length * 2]) await refused(Buffer.alloc(length, 1));
    });

    it('refuses the same key under another hash', async () => {
      const other = hash === 'sha512' ? 'sha256' : 'sha512';
      await refused(sign(other, DATA, { key: privateKey, dsaEncoding: 'ieee-p1363' }));
    });
  });

  describe.each(EDWARDS.filter((crv) => crv === 'Ed25519' || algorithms.includes(crv)))('EdDSA on %s', async (crv) => {
    const { privateKey, publicKey } = crv === 'Ed448' ? ed448Pair() : ed25519Pair();
    const verifier = await provider.importVerifier({ algorithm: 'EdDSA', key: publicKey });
    const raw = sign(null, DATA, privateKey);
    const half = raw.length / 2;
    const order =
      crv === 'Ed448'
        ? (1n << 446n) - 0x8335dc163bb124b65129c96fde933d8d723a70aadc873d6d54a7bb0dn
        : (1n << 252n) + 27742317777372353535851937790883648493n;
    const little = (value: bigint) => Buffer.from(bigEndian(value, half).toReversed());
    const refused = async (signature: Uint8Array) => expect(await verifier.verify(DATA, signature)).toBe(false);

    it('refuses s plus the order of the group (RFC 8032 section 5.1.7)', async () => {
      expect(await verifier.verify(DATA, raw)).toBe(true);
      const s = BigInt(`0x${Buffer.from(raw.subarray(half).toReversed()).toString('hex')}`);
      await refused(Buffer.concat([raw.subarray(0, half), little(s + order)]));
      await refused(Buffer.concat([raw.subarray(0, half), little(order - s)]));
      await refused(Buffer.concat([raw.subarray(0, half), little(0n)]));
    });

    it('refuses other lengths and the other half of the curve', async () => {
      for (const extra of [
        Buffer.alloc(0),
        raw.subarray(0, -1),
        raw.subarray(1),
        Buffer.concat([raw, Buffer.of(0)]),
        Buffer.concat([raw, raw]),
      ])
        await refused(extra);
      const flipped = Buffer.from(raw);
      flipped[half - 1] = (flipped[half - 1] ?? 0) ^ 0x80;
      await refused(flipped);
      await refused(Buffer.concat([raw.subarray(half), raw.subarray(0, half)]));
    });
  });

  describe.each(algorithms.filter((algorithm) => algorithm === 'RS256'))('%s', async (algorithm) => {
    const { privateKey, publicKey } = rsaPair(2048);
    const verifier = await provider.importVerifier({ algorithm, key: publicKey });
    const raw = sign('sha256', DATA, privateKey);
    const n = BigInt(`0x${Buffer.from(String(publicKey.export({ format: 'jwk' }).n), 'base64url').toString('hex')}`);
    const refused = async (signature: Uint8Array) => expect(await verifier.verify(DATA, signature)).toBe(false);
    const octets = (value: bigint, length = 256) => Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex');

    it('refuses a signature plus the modulus, zeros in front and other lengths', async () => {
      expect(await verifier.verify(DATA, raw)).toBe(true);
      const value = BigInt(`0x${raw.toString('hex')}`);
      await refused(octets(value + n, 257).subarray(-256));
      await refused(octets(value + n, 257));
      await refused(octets(value, 257));
      await refused(raw.subarray(1));
      await refused(Buffer.concat([raw, Buffer.of(0)]));
      for (const fixed of [0n, 1n, n - 1n, n]) await refused(octets(fixed));
    });

    it('refuses padding that is almost right (CVE-2006-4339)', async () => {
      const digest = createHash('sha256').update(DATA).digest();
      const info = Buffer.from('3031300d060960864801650304020105000420', 'hex');
      const pad = (length: number, filler = 0xff) => Buffer.concat([Buffer.of(0, 1), Buffer.alloc(length, filler), Buffer.of(0)]);
      const blocks = [
        Buffer.concat([pad(8), info, digest, Buffer.alloc(256 - 11 - info.length - digest.length)]), // rubbish after the digest
        Buffer.concat([pad(202, 0xfe), info, digest]),
        Buffer.concat([pad(204), Buffer.from('302f300b0609608648016503040201', 'hex'), Buffer.of(0x04, 0x20), digest]), // without NULL
        Buffer.concat([pad(221), digest]), // no DigestInfo
        Buffer.concat([Buffer.of(0, 2), Buffer.alloc(202, 0xff), Buffer.of(0), info, digest]),
      ];
      for (const block of blocks) await refused(encrypt(privateKey, block));
      const right = Buffer.concat([pad(202), info, digest]);
      expect(await verifier.verify(DATA, encrypt(privateKey, right))).toBe(true);
    });
  });

  describe('HMAC', () => {
    it('refuses a shortened MAC, another hash and the public key as the secret', async () => {
      const key = randomBytes(64);
      const { publicKey } = rsaPair(2048);
      const verifier = await provider.importVerifier({ algorithm: 'HS256', key });
      const mac = createHmac('sha256', key).update(DATA).digest();
      expect(await verifier.verify(DATA, mac)).toBe(true);
      const forged = [publicKey.export({ format: 'pem', type: 'spki' }), ''].map((secret) =>
        createHmac('sha256', secret).update(DATA).digest(),
      );
      const others = [
        mac.subarray(0, 16),
        mac.subarray(0, 31),
        Buffer.concat([mac, mac]),
        createHmac('sha512', key).update(DATA).digest(),
        Buffer.alloc(0),
      ];
      for (const signature of [...forged, ...others]) expect(await verifier.verify(DATA, signature)).toBe(false);
    });
  });
});

function bigEndian(value: bigint, length: number): Buffer {
  return Buffer.from(
    value
      .toString(16)
      .padStart(length * 2, '0')
      .slice(-length * 2),
    'hex',
  );
}

/** The bare RSA operation. */
function encrypt(key: KeyObject, block: Uint8Array): Buffer {
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, block);
}
