import { constants, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { nodeCrypto } from 'simplejwt/crypto/node';
import { createSigner, createVerifier } from 'simplejwt/jws';
import { describe, expect, it } from 'vitest';
import { decodeOctets } from '../../../src/adapters/crypto/node/decode-octets.ts';
import { derRoom, derSignature, rawSignature } from '../../../src/adapters/crypto/node/der-signature.ts';
import { pssKey } from '../../../src/adapters/crypto/node/pss-key.ts';
import { decodeBase64url, encodeBase64url } from '../../../src/domain/jose/base64url.ts';
import { ecPair, rsaPair } from '../../key-pairs.ts';

const DATA = Buffer.from('eyJhbGciOiJub25lIn0.e30');
const SECRET = 'a secret of thirty-two octets and more';

describe('a key with its padding', () => {
  const { privateKey, publicKey } = rsaPair(2048);
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  const plain = sign('sha256', DATA, { key: privateKey, ...pss });

  it.each([
    ['as this runtime takes it', undefined],
    ['as documented, where the runtime does not read it from the key', () => true],
  ])('%s signs and verifies PSS, and nothing else', (_, verifyWith) => {
    const own = pssKey(copyOf(privateKey), pss, verifyWith);
    const theirs = pssKey(copyOf(publicKey), pss, verifyWith);
    expect('key' in theirs).toBe(verifyWith !== undefined);
    expect(verify('sha256', DATA, { key: publicKey, ...pss }, sign('sha256', DATA, own))).toBe(true);
    expect(verify('sha256', DATA, theirs, plain)).toBe(true);
    expect(verify('sha256', DATA, theirs, sign('sha256', DATA, privateKey))).toBe(false);
    expect(verify('sha256', DATA, theirs, sign('sha256', DATA, { key: privateKey, ...pss, saltLength: 20 }))).toBe(false);
  });
});

describe('signatures of OpenSSL as r || s, and back', () => {
  it('are the same numbers, whatever these are', () => {
    const number = (length: number) =>
      fc.oneof(
        fc.uint8Array({ minLength: length, maxLength: length }),
        fc.nat(300).map((small) => smallNumber(small, length)),
      );
    const halves = fc.constantFrom(32, 48, 66).chain((length) => fc.tuple(number(length), number(length)));
    fc.assert(
      fc.property(halves, ([r, s]) => {
        const raw = Buffer.concat([r, s]);
        const der = Uint8Array.from(derSignature(raw, derRoom(raw.length)));
        expect(Buffer.from(rawSignature(der, r.length)).equals(raw)).toBe(true);
      }),
    );
  });

  it.each(['P-256', 'P-384', 'P-521'] as const)('verify by either way on %s', (curve) => {
    const { privateKey, publicKey } = ecPair(curve);
    const algorithm = ({ 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' } as const)[curve];
    const hash = algorithm.replace('ES', 'sha');
    const signer = nodeCrypto.importSigner({ algorithm, key: privateKey });
    const plain = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
    for (let turn = 0; turn < 200; turn++) {
      const data = Buffer.from(`${turn}`);
      expect(verify(hash, data, plain, signer.sign(data))).toBe(true);
    }
  });
});

describe('octets of base64url', () => {
  it('are what the domain reads, or nothing', () => {
    const texts = fc.oneof(
      fc.uint8Array().map(encodeBase64url),
      fc.string({ unit: fc.constantFrom(...'AQgw_-z09+/= .\n\0') }),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(texts, fc.nat(5), (text, before) => {
        const input = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
        const room = new Uint8Array(input.length + 3);
        const length = decodeOctets(input, before, input.length, room);
        const expected = decodeBase64url(text);
        expect(length).toBe(expected?.length ?? -1);
        if (expected !== undefined) expect([...room.subarray(0, length)]).toEqual([...expected]);
      }),
    );
  });
});

describe('a spread Signer or Verifier', () => {
  it('keeps no fast way past what is put in place of the slow one', () => {
    const calls: string[] = [];
    const audited = {
      ...nodeCrypto,
      importSigner(request: Parameters<typeof nodeCrypto.importSigner>[0]) {
        const signer = nodeCrypto.importSigner(request);
        return { ...signer, sign: (data: Uint8Array) => (calls.push('sign'), signer.sign(data)) };
      },
      importVerifier(request: Parameters<typeof nodeCrypto.importVerifier>[0]) {
        const verifier = nodeCrypto.importVerifier(request);
        return { ...verifier, verify: (data: Uint8Array, mac: Uint8Array) => (calls.push('verify'), verifier.verify(data, mac)) };
      },
    };
    const token = createSigner({ algorithm: 'HS256', key: SECRET, crypto: audited })({ sub: 'ada' });
    const verifying = createVerifier({ algorithms: ['HS256'], key: SECRET, crypto: audited });
    expect([verifying(token), verifying(token)]).toEqual([{ sub: 'ada' }, { sub: 'ada' }]);
    expect(calls).toEqual(['sign', 'verify', 'verify']);
  });
});

describe('a sealed token', () => {
  it('is the same by the fast way and by the plain one, whatever its claims', () => {
    const plain = {
      importSigner: (request: Parameters<typeof nodeCrypto.importSigner>[0]) => ({ ...nodeCrypto.importSigner(request) }),
      importVerifier: nodeCrypto.importVerifier,
    };
    const lengths = [0, 1, 100, 5000, 8000, 8192, 20_000];
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...lengths).map((length) => 'é'.repeat(length)),
    );
    for (const algorithm of ['HS256', 'HS384', 'HS512'] as const) {
      const key = SECRET.repeat(2);
      const [fast, slow] = [createSigner({ algorithm, key }), createSigner({ algorithm, key, crypto: plain })];
      fc.assert(fc.property(texts, (text) => fast({ text }) === slow({ text })));
    }
  });

  it('of one Signer under two headers are two', () => {
    const signer = nodeCrypto.importSigner({ algorithm: 'HS256', key: SECRET });
    const [plain, access] = [
      createSigner({ algorithm: 'HS256', key: signer }),
      createSigner({ algorithm: 'HS256', key: signer, typ: 'at+jwt' }),
    ];
    const verify = createVerifier({ algorithms: ['HS256'], key: SECRET });
    for (const [sign, typ] of [
      [plain, 'JWT'],
      [access, 'at+jwt'],
      [plain, 'JWT'],
    ] as const) {
      expect(verify.try(sign({ sub: 'ada' }))).toMatchObject({ ok: true, header: { typ } });
    }
  });
});

function copyOf(key: KeyObject): KeyObject {
  return key.type === 'private'
    ? createPrivateKey(key.export({ format: 'pem', type: 'pkcs8' }))
    : createPublicKey(key.export({ format: 'pem', type: 'spki' }));
}

function smallNumber(value: number, length: number): Uint8Array {
  const octets = new Uint8Array(length);
  octets[length - 1] = value & 0xff;
  octets[length - 2] = value >> 8;
  return octets;
}
