import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/domain/errors.ts';
import { parseKey, type KeyInput } from '../../../src/domain/jose/key-material.ts';
import { hasPublicMembers, publicJwk, publicMaterial, samePublicKey } from '../../../src/domain/jose/public-key.ts';
import { thumbprintInput } from '../../../src/domain/jose/thumbprint.ts';
import { rowOf } from '../../adapters/crypto/generate-keys.ts';
import { ecPair, ed25519Pair, ed448Pair, rsaPair } from '../../key-pairs.ts';

const parse = (key: KeyInput) => parseKey(key, [rowOf('RS256')], 'key');
const thumbprint = (key: KeyInput) =>
  createHash('sha256')
    .update(thumbprintInput(parse(key)))
    .digest('base64url');

const secret = { kty: 'oct', k: randomBytes(32).toString('base64url') };
const ed = ed25519Pair().privateKey;
const pairs = [rsaPair(2048), ecPair('P-384'), ed448Pair()];

describe('the public half of a key', () => {
  it.each(pairs.map((pair) => [pair.publicKey.asymmetricKeyType, pair] as const))('has no private member: %s', (_, pair) => {
    const key = parse({ ...pair.privateKey.export({ format: 'jwk' }), kid: 'k', key_ops: ['sign'], use: 'sig' });
    const half = publicMaterial(key);
    expect(half).toMatchObject({
      kty: key.kty,
      isPrivate: false,
      kid: 'k',
      use: 'sig',
      keyOps: ['verify'],
      modulusBits: key.modulusBits,
    });
    expect(half.jwk).toEqual(pair.publicKey.export({ format: 'jwk' }));
    expect(publicJwk(key)).toEqual({ ...pair.publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig' });
    expect(publicMaterial(half)).toBe(half);
    expect(samePublicKey(key, half)).toBe(true);
    expect(samePublicKey(key, parse(pairs.find((other) => other !== pair)?.publicKey ?? secret))).toBe(false);
  });

  it('keeps the alg that belongs to an AKP key', () => {
    const octets = Buffer.alloc(1312, 1).toString('base64url');
    const key = parse({ kty: 'AKP', alg: 'ML-DSA-44', pub: octets, priv: randomBytes(32).toString('base64url') });
    expect(publicJwk(key)).toEqual({ kty: 'AKP', alg: 'ML-DSA-44', pub: octets, use: 'sig' });
    expect(thumbprintInput(key)).toBe(`{"alg":"ML-DSA-44","kty":"AKP","pub":"${octets}"}`);
  });

  it('does not exist for a secret', () => {
    expect(publicJwk(parse(secret))).toBeUndefined();
    expect(() => publicMaterial(parse(secret))).toThrow(ConfigError);
    expect(samePublicKey(parse(secret), parse({ ...secret, kid: 'x' }))).toBe(true);
    expect(samePublicKey(parse(secret), parse({ kty: 'oct', k: randomBytes(32).toString('base64url') }))).toBe(false);
  });

  it('may be missing from PEM, and is not invented', () => {
    const key = parse(String(ed.export({ format: 'pem', type: 'pkcs8' })));
    expect(hasPublicMembers(key)).toBe(false);
    expect(publicJwk(key)).toBeUndefined();
    expect(() => publicMaterial(key)).toThrow(ConfigError);
    expect(() => thumbprintInput(key)).toThrow(ConfigError);
  });
});

describe('a thumbprint', () => {
  it('is that of RFC 7638 section 3.1', () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W' +
      '-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08q' +
      'NLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
    expect(thumbprint({ kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' })).toBe(
      'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
    );
  });

  it('is that of RFC 8037 appendix A.3', () => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
    expect(thumbprintInput(parse(jwk))).toBe('{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}');
    expect(thumbprint(jwk)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
    expect(thumbprint({ ...jwk, d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A' })).toBe(
      'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
    );
  });

  it('sorts the members of every key type', () => {
    expect(thumbprintInput(parse(secret))).toBe(`{"k":"${secret.k}","kty":"oct"}`);
    const jwk = { y: 'AQAB'.padEnd(43, 'A'), x: 'AAAA'.padEnd(43, 'A'), crv: 'P-256', kty: 'EC' };
    expect(thumbprintInput(parse(jwk))).toBe(`{"crv":"P-256","kty":"EC","x":"${jwk.x}","y":"${jwk.y}"}`); // zeros in front are kept
  });
});
