import { createPublicKey, createSecretKey, generateKeyPairSync, randomBytes, webcrypto, type KeyObject } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/domain/errors.ts';
import { ALGORITHMS } from '../../../src/domain/jose/algorithms.ts';
import { parseKey, type KeyInput } from '../../../src/domain/jose/key-material.ts';
import { rowOf } from '../../adapters/crypto/generate-keys.ts';
import { ecPair, ed25519Pair, rsaPair } from '../../key-pairs.ts';

const rows = (...names: string[]) => names.map(rowOf);
const parse = (key: unknown, ...names: string[]) =>
  parseKey(key as KeyInput, rows(...(names.length > 0 ? names : ['ES256'])), 'signingKey');

function refusal(attempt: () => unknown): ConfigError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const secret = randomBytes(32);
const rsa = rsaPair(2048);
const ec = ecPair('P-256');
const ed = ed25519Pair();
const rsaJwk = rsa.privateKey.export({ format: 'jwk' });
const ecJwk = ec.privateKey.export({ format: 'jwk' });
const edJwk = ed.privateKey.export({ format: 'jwk' });
const octJwk = { kty: 'oct', k: secret.toString('base64url') };

describe('parseKey', () => {
  it('takes text as a secret with HMAC, as its UTF-8 octets', () => {
    expect(parse('caf\u00e9 caf\u00e9 caf\u00e9', 'HS256').secret).toEqual(
      new TextEncoder().encode('caf\u00e9 caf\u00e9 caf\u00e9'),
    );
  });

  it('takes octets as a secret with HMAC, as a copy', () => {
    const octets = Uint8Array.from(secret);
    const key = parse(octets, 'HS256', 'HS512');
    octets.fill(0);
    key.secret?.fill(0);
    expect(key).toMatchObject({ kty: 'oct', isPrivate: true });
    expect(key.secret).toEqual(Uint8Array.from(secret));
  });

  it('takes text and octets as PEM without HMAC', () => {
    const pem = ec.publicKey.export({ format: 'pem', type: 'spki' }).toString();
    expect(parse(pem)).toMatchObject({ kty: 'EC', crv: 'P-256', isPrivate: false });
    expect(parse(Buffer.from(pem)).jwk).toEqual(parse(pem).jwk);
  });

  it('never guesses what text is when the algorithms allow both', () => {
    const error = refusal(() => parse('a secret, or is it?', 'HS256', 'RS256'));
    expect(error).toMatchObject({ code: 'ambiguous_key', option: 'signingKey' });
    expect(refusal(() => parse(secret, 'HS256', 'RS256')).code).toBe('ambiguous_key');
    expect(parse(octJwk, 'HS256', 'RS256').kty).toBe('oct');
  });

  it.each<[string, unknown, object]>([
    ['a secret JWK', octJwk, { kty: 'oct', isPrivate: true }],
    ['an RSA private JWK', rsaJwk, { kty: 'RSA', isPrivate: true, modulusBits: 2048 }],
    ['an RSA public JWK', { kty: 'RSA', n: rsaJwk.n, e: rsaJwk.e }, { kty: 'RSA', isPrivate: false, modulusBits: 2048 }],
    ['an EC private JWK', ecJwk, { kty: 'EC', isPrivate: true, crv: 'P-256' }],
    ['an OKP private JWK', edJwk, { kty: 'OKP', isPrivate: true, crv: 'Ed25519' }],
    ['a secret KeyObject', createSecretKey(secret), { kty: 'oct', isPrivate: true }],
    ['an RSA KeyObject', rsa.privateKey, { kty: 'RSA', isPrivate: true, modulusBits: 2048 }],
    ['an EC KeyObject', ec.publicKey, { kty: 'EC', isPrivate: false, crv: 'P-256' }],
    ['an OKP KeyObject', ed.privateKey, { kty: 'OKP', isPrivate: true, crv: 'Ed25519' }],
  ])('takes %s whatever the algorithms', (_, key, expected) => expect(parse(key, 'HS256', 'RS256')).toMatchObject(expected));

  it('passes a KeyMaterial as it is', () => {
    const key = parse(ecJwk);
    expect(parse(key, 'HS256')).toBe(key);
  });

  it('reads the metadata of a JWK', () => {
    expect(parse({ ...ecJwk, kid: 'k1', alg: 'ES256', use: 'sig', key_ops: ['sign'], x5c: ['...'] })).toMatchObject({
      kid: 'k1',
      alg: 'ES256',
      use: 'sig',
      keyOps: ['sign'],
    });
    expect(Object.keys(parse({ ...ecJwk, ext: true, extra: 1 }).jwk ?? {}).toSorted()).toEqual(['crv', 'd', 'kty', 'x', 'y']);
  });

  it('drops leading zeros of RSA numbers, which some writers prefix', () => {
    const n = Buffer.concat([Buffer.of(0), Buffer.from(rsaJwk.n ?? '', 'base64url')]).toString('base64url');
    expect(parse({ kty: 'RSA', n, e: 'AAEAAQ' })).toMatchObject({ modulusBits: 2048, jwk: { n: rsaJwk.n, e: 'AQAB' } });
  });

  it('does not show secrets or private members when it is logged', () => {
    for (const key of [parse(octJwk), parse(rsaJwk), parse(ecJwk), parse(secret, 'HS256')]) {
      const shown = inspect(key, { showHidden: true, depth: 9, getters: false }) + JSON.stringify(key) + String(key);
      for (const value of [octJwk.k, ecJwk.d, rsaJwk.d, rsaJwk.p, secret.toString('hex').slice(0, 16)])
        expect(shown).not.toContain(value);
    }
    expect(Object.isFrozen(parse(ecJwk))).toBe(true);
  });

  it('asks for another form of a CryptoKey', async () => {
    const key = await webcrypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, true, ['sign']);
    expect(refusal(() => parse(key, 'HS256'))).toMatchObject({
      code: 'invalid_key',
      message: expect.stringContaining('CryptoKey'),
    });
  });

  const zeros = (octets: number) => Buffer.alloc(octets, 1).toString('base64url');
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a number', 1],
    ['a function', () => secret],
    ['an object that is no key', {}],
    ['a list', []],
    ['a JWK Set', { keys: [octJwk] }],
    ['an unknown kty', { kty: 'XX' }],
    ['a kty of the prototype', { kty: '__proto__' }],
    ['a kty that is a list', { kty: ['RSA'] }],
    ['an inherited kty', Object.create({ kty: 'oct', k: octJwk.k })],
    ['a secret without k', { kty: 'oct' }],
    ['an empty secret', { kty: 'oct', k: '' }],
    ['a padded secret', { kty: 'oct', k: `${octJwk.k}=` }],
    ['a secret in base64', { kty: 'oct', k: '++//' }],
    ['a secret that is a number', { kty: 'oct', k: 1 }],
    ['RSA without e', { kty: 'RSA', n: rsaJwk.n }],
    ['RSA with e = 1', { kty: 'RSA', n: rsaJwk.n, e: 'AQ' }],
    ['RSA with e = 0', { kty: 'RSA', n: rsaJwk.n, e: 'AA' }],
    ['RSA with e = 2', { kty: 'RSA', n: rsaJwk.n, e: 'Ag' }],
    ['RSA with e = 65536', { kty: 'RSA', n: rsaJwk.n, e: 'AQAA' }],
    ['RSA with an e of 72 bits', { kty: 'RSA', n: rsaJwk.n, e: zeros(9) }],
    ['RSA with an even n', { kty: 'RSA', n: Buffer.alloc(256, 0xaa).toString('base64url'), e: 'AQAB' }],
    ['RSA with an n of 16392 bits', { kty: 'RSA', n: Buffer.alloc(2049, 0xab).toString('base64url'), e: 'AQAB' }],
    ['RSA with d only', { kty: 'RSA', n: rsaJwk.n, e: rsaJwk.e, d: rsaJwk.d }],
    ['RSA without qi', { ...rsaJwk, qi: undefined }],
    ['RSA with three primes', { ...rsaJwk, oth: [{ r: 'AA', d: 'AA', t: 'AA' }] }],
    ['RSA with a padded n', { kty: 'RSA', n: `${rsaJwk.n}==`, e: 'AQAB' }],
    ['EC without crv', { ...ecJwk, crv: undefined }],
    ['EC on P-192', { ...ecJwk, crv: 'P-192' }],
    ['EC on Ed25519', { ...ecJwk, crv: 'Ed25519' }],
    ['EC without y', { ...ecJwk, y: undefined }],
    ['EC with a short x', { ...ecJwk, x: zeros(31) }],
    ['EC with a long d', { ...ecJwk, d: zeros(33) }],
    ['EC with only d', { kty: 'EC', crv: 'P-256', d: ecJwk.d }],
    ['OKP on X25519', { kty: 'OKP', crv: 'X25519', x: zeros(32) }],
    ['OKP with a short x', { kty: 'OKP', crv: 'Ed25519', x: zeros(31) }],
    ['OKP with only d', { kty: 'OKP', crv: 'Ed25519', d: edJwk.d }],
    ['Ed448 with 32 octets', { kty: 'OKP', crv: 'Ed448', x: zeros(32) }],
    ['AKP without alg', { kty: 'AKP', pub: zeros(1312) }],
    ['AKP with a foreign alg', { kty: 'AKP', alg: 'ES256', pub: zeros(1312) }],
    ['AKP with a short pub', { kty: 'AKP', alg: 'ML-DSA-65', pub: zeros(1312) }],
    ['AKP with an expanded priv', { kty: 'AKP', alg: 'ML-DSA-44', pub: zeros(1312), priv: zeros(2560) }],
    ['AKP with only priv', { kty: 'AKP', alg: 'ML-DSA-44', priv: zeros(32) }],
    ['a kid that is a number', { ...ecJwk, kid: 1 }],
    ['a kid of 257 characters', { ...ecJwk, kid: 'k'.repeat(257) }],
    ['an alg that is a list', { ...ecJwk, alg: ['ES256'] }],
    ['a use that is null', { ...ecJwk, use: null }],
    ['key_ops that are a string', { ...ecJwk, key_ops: 'verify' }],
    ['key_ops with a number', { ...ecJwk, key_ops: ['verify', 1] }],
    ['key_ops with a value twice', { ...ecJwk, key_ops: ['verify', 'verify'] }],
    ['an rsa-pss KeyObject', generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey],
    ['an X25519 KeyObject', generateKeyPairSync('x25519').publicKey],
    ['a KeyObject-like that exports nothing', { type: 'public', export: () => undefined }],
  ])('refuses %s', (_, key) => {
    const error = refusal(() => parse(key, 'HS256', 'RS256'));
    expect(error).toMatchObject({ code: 'invalid_key', option: 'signingKey' });
    for (const value of [octJwk.k, ecJwk.d, rsaJwk.d]) expect(error.message).not.toContain(value);
  });

  it('reads AKP of the right lengths', () => {
    const key = parse({ kty: 'AKP', alg: 'ML-DSA-44', pub: zeros(1312), priv: zeros(32) });
    expect(key).toMatchObject({ kty: 'AKP', isPrivate: true, alg: 'ML-DSA-44' });
  });
});

describe('a secret', () => {
  const pems = [
    rsa.publicKey.export({ format: 'pem', type: 'spki' }),
    rsa.publicKey.export({ format: 'pem', type: 'pkcs1' }),
    rsa.privateKey.export({ format: 'pem', type: 'pkcs8' }),
    ec.publicKey.export({ format: 'pem', type: 'spki' }),
    ed.publicKey.export({ format: 'pem', type: 'spki' }),
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
  ].map(String);
  const prefixes = ['', ' ', '\n', '\t', '\r\n', '\0', '\uFEFF', '#', 'x', '\u00a0', '-', '{"kty":"oct"}', 'Bag Attributes\n'];

  it.each(prefixes)('is never a PEM text after %j', (prefix) => {
    for (const pem of pems) {
      expect(refusal(() => parse(prefix + pem, 'HS256'))).toMatchObject({ code: 'invalid_key' });
      expect(refusal(() => parse(Buffer.from(prefix + pem), 'HS256', 'HS512'))).toMatchObject({ code: 'invalid_key' });
      expect(refusal(() => parse(createSecretKey(Buffer.from(prefix + pem)), 'HS256', 'RS256'))).toMatchObject({
        code: 'invalid_key',
      });
      const jwk = { kty: 'oct', k: Buffer.from(prefix + pem).toString('base64url') };
      expect(refusal(() => parse(jwk, 'HS256', 'RS256'))).toMatchObject({ code: 'invalid_key' });
    }
  });

  it('is never a PEM text in UTF-16', () => {
    expect(refusal(() => parse(Buffer.from(pems[0] ?? '', 'utf16le'), 'HS256')).code).toBe('invalid_key');
  });

  const publicJwk = rsa.publicKey.export({ format: 'jwk' });
  it.each<[string, string]>([
    ['a JWK', JSON.stringify(publicJwk)],
    ['an indented JWK', ` \n${JSON.stringify(publicJwk, null, 2)}\n`],
    ['a JWK after a byte order mark', `\uFEFF${JSON.stringify(publicJwk)}`],
    ['a JWK Set', JSON.stringify({ keys: [publicJwk] })],
    ['an empty JWK Set', '{"keys":[]}'],
    ['a JWK with an escaped name', '{"\\u006bty":"RSA","n":"AA","e":"AQAB"}'],
    ['a JWK after a foreign character', `#${JSON.stringify(publicJwk)}`],
  ])('is never the text of %s', (_, text) => {
    expect(refusal(() => parse(text, 'HS256'))).toMatchObject({ code: 'invalid_key' });
    expect(refusal(() => parse(Buffer.from(text), 'HS256'))).toMatchObject({ code: 'invalid_key' });
  });

  it.each<[string, Buffer]>([
    ['SPKI of RSA', rsa.publicKey.export({ format: 'der', type: 'spki' })],
    ['PKCS#1 of RSA', rsa.publicKey.export({ format: 'der', type: 'pkcs1' })],
    ['PKCS#1 of a private RSA key', rsa.privateKey.export({ format: 'der', type: 'pkcs1' })],
    ['PKCS#8 of RSA', rsa.privateKey.export({ format: 'der', type: 'pkcs8' })],
    ['SPKI of EC', ec.publicKey.export({ format: 'der', type: 'spki' })],
    ['SEC 1 of EC', ec.privateKey.export({ format: 'der', type: 'sec1' })],
    ['PKCS#8 of EC', ec.privateKey.export({ format: 'der', type: 'pkcs8' })],
    ['SPKI of Ed25519', ed.publicKey.export({ format: 'der', type: 'spki' })],
    ['PKCS#8 of Ed25519', ed.privateKey.export({ format: 'der', type: 'pkcs8' })],
    ['SPKI of X25519', generateKeyPairSync('x25519').publicKey.export({ format: 'der', type: 'spki' })],
  ])('is never %s in DER, nor its base64', (_, der) => {
    expect(refusal(() => parse(der, 'HS256'))).toMatchObject({ code: 'invalid_key' });
    expect(refusal(() => parse(der.toString('base64'), 'HS256'))).toMatchObject({ code: 'invalid_key' });
    expect(refusal(() => parse(der.toString('base64url'), 'HS256'))).toMatchObject({ code: 'invalid_key' });
  });

  it('is never empty', () => {
    for (const empty of ['', new Uint8Array(), createSecretKey(Buffer.alloc(0))]) {
      expect(refusal(() => parse(empty, 'HS256'))).toMatchObject({ code: 'invalid_key' });
    }
  });

  it.each([
    'MIIB-my-secret-begins-like-base64-der',
    '{"not":"a key"}',
    '-----begin-----',
    'kty',
    '0'.repeat(64),
    '{',
    'null',
    'M',
  ])('may be %j', (text) => expect(parse(text, 'HS256').kty).toBe('oct'));

  it('may be any random octets', () => {
    for (let i = 0; i < 2000; i += 1) expect(parse(randomBytes(32 + (i % 64)), 'HS256').kty).toBe('oct');
  });
});

describe('a KeyObject', () => {
  it('is never exported as JWK, which can hang on Node 20 when the pair was just generated', () => {
    const asked: unknown[] = [];
    const watched = (key: KeyObject) => ({ type: key.type, export: (options?: unknown) => (asked.push(options), pem(key)) });
    const pem = ({ type }: KeyObject) => (type === 'private' ? ec.privateKey.export(PKCS8) : ec.publicKey.export(SPKI));
    expect([parse(watched(ec.privateKey)).isPrivate, parse(watched(ec.publicKey)).isPrivate]).toEqual([true, false]);
    expect(asked).toEqual([PKCS8, SPKI]);
  });
});

describe('the type KeyInput', () => {
  it('has room for what node:crypto and users have', () => {
    const inputs: KeyInput[] = [
      ec.publicKey,
      createSecretKey(secret),
      createPublicKey(rsa.privateKey),
      ecJwk,
      { kty: 'oct', k: 'AA', custom: 1 },
      'text',
      Buffer.from('bytes'),
      parse(ecJwk),
    ];
    expect(inputs).toHaveLength(8);
    expect(ALGORITHMS.has('none')).toBe(false);
  });
});

const PKCS8 = { format: 'pem', type: 'pkcs8' } as const;
const SPKI = { format: 'pem', type: 'spki' } as const;
