import { createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/domain/errors.ts';
import { parseKey } from '../../../src/domain/jose/key-material.ts';
import { mlDsaPem, rowOf } from '../../adapters/crypto/generate-keys.ts';
import { CERTIFICATE, CERTIFIED_KEY, COMPRESSED_POINT, EXPLICIT_PARAMETERS, WITH_EC_PARAMETERS } from './pem-fixtures.ts';
import { ecPair, ed25519Pair, ed448Pair, rsaPair } from '../../key-pairs.ts';

const parse = (pem: string | Uint8Array) => parseKey(pem, [rowOf('ES256'), rowOf('RS256')], 'verifyingKey');

function refusal(pem: string | Uint8Array): ConfigError {
  try {
    parse(pem);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const pairs: Readonly<Record<string, { readonly privateKey: KeyObject; readonly publicKey: KeyObject }>> = {
  rsa: rsaPair(2048),
  'P-256': ecPair('P-256'),
  'P-384': ecPair('P-384'),
  'P-521': ecPair('P-521'),
  secp256k1: ecPair('secp256k1'),
  Ed25519: ed25519Pair(),
  Ed448: ed448Pair(),
};
const { rsa, 'P-256': ec, Ed25519: ed } = pairs;
if (rsa === undefined || ec === undefined || ed === undefined) throw new Error('unreachable');
const spki = String(ec.publicKey.export({ format: 'pem', type: 'spki' }));
const pkcs8 = String(ec.privateKey.export({ format: 'pem', type: 'pkcs8' }));

const armour = (label: string, der: Uint8Array) =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64')}\n-----END ${label}-----\n`;
const derOf = (pem: string) => Buffer.from(pem.replaceAll(/-----.*-----|\s/g, ''), 'base64');

describe('a key in PEM', () => {
  it.each(Object.keys(pairs))('is read as node:crypto reads it: %s', (name) => {
    const { privateKey, publicKey } = pairs[name] ?? ec;
    expect(parse(String(publicKey.export({ format: 'pem', type: 'spki' }))).jwk).toEqual(publicKey.export({ format: 'jwk' }));
    const key = parse(String(privateKey.export({ format: 'pem', type: 'pkcs8' })));
    expect(key.isPrivate).toBe(true);
    expect(privateKey.export({ format: 'jwk' })).toMatchObject(key.jwk ?? {});
  });

  it('is read in the older forms too', () => {
    expect(parse(String(rsa.publicKey.export({ format: 'pem', type: 'pkcs1' }))).jwk).toEqual(
      rsa.publicKey.export({ format: 'jwk' }),
    );
    expect(parse(String(rsa.privateKey.export({ format: 'pem', type: 'pkcs1' }))).jwk).toEqual(
      rsa.privateKey.export({ format: 'jwk' }),
    );
    expect(parse(String(ec.privateKey.export({ format: 'pem', type: 'sec1' }))).jwk).toEqual(
      ec.privateKey.export({ format: 'jwk' }),
    );
  });

  it('may be an Ed25519 or ML-DSA private key without its public half', () => {
    expect(Object.keys(parse(String(ed.privateKey.export({ format: 'pem', type: 'pkcs8' }))).jwk ?? {})).toEqual([
      'kty',
      'crv',
      'd',
    ]);
    const seed = randomBytes(32);
    expect(parse(mlDsaPem('ML-DSA-65', seed))).toMatchObject({
      kty: 'AKP',
      isPrivate: true,
      jwk: { kty: 'AKP', alg: 'ML-DSA-65', priv: seed.toString('base64url') },
    });
  });

  it('may be an EC private key without its public half', () => {
    const d = Buffer.from(String(ec.privateKey.export({ format: 'jwk' }).d), 'base64url');
    const sec1 = Buffer.concat([Buffer.from('30310201010420', 'hex'), d, Buffer.from('a00a06082a8648ce3d030107', 'hex')]);
    expect(parse(armour('EC PRIVATE KEY', sec1)).jwk).toEqual({ kty: 'EC', crv: 'P-256', d: d.toString('base64url') });
  });

  it('reads the both form of ML-DSA, and wants the seed', () => {
    const seed = randomBytes(32);
    const header = Buffer.from('020100300b0609608648016503040311', 'hex');
    const wrap = (key: Buffer) => {
      const octets = tlv(0x04, key);
      return armour('PRIVATE KEY', tlv(0x30, Buffer.concat([header, octets])));
    };
    const expanded = tlv(0x04, randomBytes(2560));
    expect(parse(wrap(tlv(0x30, Buffer.concat([tlv(0x04, seed), expanded])))).jwk?.['priv']).toBe(seed.toString('base64url'));
    expect(refusal(wrap(expanded)).message).toContain('seed');
    expect(parse(armour('PUBLIC KEY', tlv(0x30, Buffer.concat([header.subarray(3), tlv(0x03, Buffer.alloc(1313))])))).kty).toBe(
      'AKP',
    );
  });

  it('may come as OpenSSL writes it, its parameters first', () => {
    expect(parse(WITH_EC_PARAMETERS)).toMatchObject({ kty: 'EC', crv: 'P-256', isPrivate: true });
  });

  it.each<[string, string]>([
    ['text before it', `Bag Attributes\n    friendlyName: key\n${spki}`],
    ['text after it', `${spki}\nthat was it`],
    ['CR and LF', spki.replaceAll('\n', '\r\n')],
    ['no line breaks', spki.replaceAll(/(?<=-)\n|(?<!-)\n/g, '')],
    ['trailing spaces', spki.replaceAll('\n', '  \n')],
    ['EC PARAMETERS before it', `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${spki}`],
  ])('may have %s', (_, pem) => expect(parse(pem).jwk).toEqual(ec.publicKey.export({ format: 'jwk' })));

  const wrongs: [string, string | Uint8Array][] = [
    ['no PEM', 'a secret'],
    ['nothing', ''],
    ['DER', ec.publicKey.export({ format: 'der', type: 'spki' })],
    ['a block without an end', spki.slice(0, 100)],
    ['a block with another end', spki.replace('END PUBLIC', 'END PRIVATE')],
    ['an unknown label', spki.replaceAll('PUBLIC KEY', 'WHATEVER')],
    ['a wrong label', spki.replaceAll('PUBLIC KEY', 'PRIVATE KEY')],
    ['an OpenSSH key', armour('OPENSSH PRIVATE KEY', randomBytes(80))],
    ['a body that is not base64', spki.replace('M', '*')],
    ['a body in base64url', `-----BEGIN PUBLIC KEY-----\n${derOf(spki).toString('base64url')}_-\n-----END PUBLIC KEY-----`],
    ['two keys', spki + pkcs8],
    ['one octet too many', armour('PUBLIC KEY', Buffer.concat([derOf(spki), Buffer.of(0)]))],
    ['one octet too few', armour('PUBLIC KEY', derOf(spki).subarray(0, -1))],
    ['a body of nothing', armour('PUBLIC KEY', Buffer.alloc(0))],
    ['a body of noise', armour('PUBLIC KEY', randomBytes(64))],
    [
      'rsa-pss',
      String(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey.export({ format: 'pem', type: 'spki' })),
    ],
    ['X25519', String(generateKeyPairSync('x25519').publicKey.export({ format: 'pem', type: 'spki' }))],
    ['P-224', String(ecPair('secp224r1').publicKey.export({ format: 'pem', type: 'spki' }))],
    ['explicit parameters', EXPLICIT_PARAMETERS],
    ['a compressed point', COMPRESSED_POINT],
    ['line breaks as two characters', spki.replaceAll('\n', '\\n')],
    ['PKCS#8 encryption', String(ec.privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' }))],
    [
      'the older encryption',
      String(ec.privateKey.export({ format: 'pem', type: 'sec1', cipher: 'aes-256-cbc', passphrase: 'x' })),
    ],
  ];
  it.each(wrongs)('is refused: %s', (_, pem) =>
    expect(refusal(pem)).toMatchObject({ code: 'invalid_key', option: 'verifyingKey' }),
  );

  it.each<[string, string, string]>([
    ['an encrypted key', 'PKCS#8 encryption', 'decrypt'],
    ['an older encrypted key', 'the older encryption', 'decrypt'],
    ['two-character line breaks', 'line breaks as two characters', 'replaceAll'],
    ['rsa-pss', 'rsa-pss', 'rsaEncryption'],
  ])('is refused with a remedy: %s', (_, name, remedy) => {
    expect(refusal(wrongs.find(([title]) => title === name)?.[1] ?? '').message).toContain(remedy);
  });

  it('is refused without showing what was in it', () => {
    const body = derOf(pkcs8).toString('base64');
    expect(refusal(pkcs8.replace('BEGIN PRIVATE', 'BEGIN PUBLIC').replace('END PRIVATE', 'END PUBLIC')).message).not.toContain(
      body.slice(0, 20),
    );
  });

  it('survives any damaged octet without another error', () => {
    const der = derOf(String(rsa.privateKey.export({ format: 'pem', type: 'pkcs8' })));
    for (let i = 0; i < 120; i += 1) {
      const damaged = Buffer.from(der);
      damaged[i] = (damaged[i] ?? 0) ^ 0x81;
      try {
        parse(armour('PRIVATE KEY', damaged));
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
      }
    }
  });

  it.each<[string, string]>([
    ['many beginnings', '-----BEGIN '.repeat(200_000)],
    ['many dashes', '-'.repeat(2_000_000)],
    ['a long label', `-----BEGIN ${'A'.repeat(2_000_000)}-----`],
    ['many small blocks', '-----BEGIN A-----\n-----END A-----\n'.repeat(50_000)],
    ['a long body', `-----BEGIN PUBLIC KEY-----${' \n'.repeat(1_000_000)}-----END PUBLIC KEY-----`],
    ['nested DER', armour('PUBLIC KEY', nested(60_000))],
  ])('costs linear time: %s', (_, text) => {
    const start = performance.now();
    refusal(text);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('a certificate', () => {
  const jwk = createPublicKey(CERTIFIED_KEY).export({ format: 'jwk' });

  it('gives its public key', () => {
    expect(parse(CERTIFICATE)).toMatchObject({ kty: 'EC', isPrivate: false, jwk });
  });

  it('gives the first of a chain, but not beside another key', () => {
    const other = armour('CERTIFICATE', Buffer.from('3003020100', 'hex'));
    expect(parse(CERTIFICATE + other).jwk).toEqual(jwk);
    expect(refusal(other + CERTIFICATE).code).toBe('invalid_key');
    expect(refusal(CERTIFICATE + pkcs8).code).toBe('invalid_key');
  });

  it('is no secret', () => {
    const secrets = [CERTIFICATE, derOf(CERTIFICATE), derOf(CERTIFICATE).toString('base64')];
    for (const secret of secrets) expect(() => parseKey(secret, [rowOf('HS256')], 'signingKey')).toThrow(ConfigError);
  });
});

function tlv(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  return Buffer.concat([Buffer.of(tag, ...sizeOf(length)), content]);
}

function sizeOf(length: number): readonly number[] {
  if (length < 0x80) return [length];
  if (length < 0x100) return [0x81, length];
  return length < 0x1_0000 ? [0x82, length >> 8, length & 0xff] : [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff];
}

/** SEQUENCEs in SEQUENCEs. */
function nested(levels: number): Buffer {
  const headers: Buffer[] = [];
  let length = 0;
  for (let i = 0; i < levels; i += 1) {
    headers.unshift(Buffer.of(0x30, ...sizeOf(length)));
    length += headers[0]?.length ?? 0;
  }
  return Buffer.concat(headers);
}
