import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/domain/errors.ts';
import { parseKey, type KeyInput } from '../../../src/domain/jose/key-material.ts';
import { assertUsable, isUsable, type KeyPurpose } from '../../../src/domain/jose/key-use.ts';
import { rowOf } from '../../adapters/crypto/generate-keys.ts';
import { ecPair, ed25519Pair, ed448Pair, rsaPair } from '../../key-pairs.ts';

const oct = (bytes: number) => ({ kty: 'oct', k: randomBytes(bytes).toString('base64url') });
const pair = (namedCurve: string) => ecPair(namedCurve);
const rsa = (modulusLength: number) => rsaPair(modulusLength).privateKey.export({ format: 'jwk' });
const rsa2048 = rsa(2048);
const rsa2047 = rsa(2047);
const rsa1024 = rsa(1024);
const p256 = pair('P-256').privateKey.export({ format: 'jwk' });
const p256public = { kty: 'EC', crv: 'P-256', x: p256.x, y: p256.y };
const ed25519 = ed25519Pair().privateKey.export({ format: 'jwk' });
const ed448 = ed448Pair().privateKey.export({ format: 'jwk' });
const akp = (alg: string, octets: number) => ({ kty: 'AKP', alg, pub: Buffer.alloc(octets, 1).toString('base64url') });

const problem = (key: unknown, algorithm: string, purpose: KeyPurpose) => {
  const material = parseKey(key as KeyInput, [rowOf(algorithm)], 'key');
  try {
    assertUsable(material, rowOf(algorithm), purpose, 'key');
    expect(isUsable(material, rowOf(algorithm), purpose)).toBe(true);
    return undefined;
  } catch (error) {
    expect(isUsable(material, rowOf(algorithm), purpose)).toBe(false);
    return error instanceof ConfigError ? error.code : error;
  }
};

describe('assertUsable', () => {
  it.each<[string, unknown, string, KeyPurpose]>([
    ['a long enough secret', oct(32), 'HS256', 'sign'],
    ['a longer secret', oct(200), 'HS512', 'verify'],
    ['RSA for PKCS1', rsa2048, 'RS256', 'sign'],
    ['RSA for PSS', rsa2048, 'PS512', 'verify'],
    ['P-256 for ES256', p256, 'ES256', 'sign'],
    ['a public key to verify', p256public, 'ES256', 'verify'],
    ['Ed25519 for EdDSA', ed25519, 'EdDSA', 'sign'],
    ['Ed448 for EdDSA', ed448, 'EdDSA', 'sign'],
    ['Ed25519 for its own name', ed25519, 'Ed25519', 'sign'],
    ['EdDSA in alg for Ed25519', { ...ed25519, alg: 'EdDSA' }, 'Ed25519', 'sign'],
    ['Ed25519 in alg for EdDSA', { ...ed25519, alg: 'Ed25519' }, 'EdDSA', 'sign'],
    ['Ed448 in alg for EdDSA', { ...ed448, alg: 'Ed448' }, 'EdDSA', 'sign'],
    ['its alg', { ...p256, alg: 'ES256' }, 'ES256', 'sign'],
    ['use sig', { ...p256, use: 'sig' }, 'ES256', 'verify'],
    ['key_ops verify', { ...p256public, key_ops: ['verify'] }, 'ES256', 'verify'],
    ['key_ops both', { ...oct(32), key_ops: ['verify', 'sign'] }, 'HS256', 'sign'],
    ['a private key that may sign, to verify', { ...p256, key_ops: ['sign'] }, 'ES256', 'verify'],
    ['ML-DSA', akp('ML-DSA-65', 1952), 'ML-DSA-65', 'verify'],
  ])('lets pass %s', (_, key, algorithm, purpose) => expect(problem(key, algorithm, purpose)).toBeUndefined());

  it.each<[string, unknown, string, KeyPurpose, string]>([
    ['a secret of 31 bytes for HS256', oct(31), 'HS256', 'sign', 'weak_key'],
    ['a secret of 47 bytes for HS384', oct(47), 'HS384', 'verify', 'weak_key'],
    ['a secret of 63 bytes for HS512', oct(63), 'HS512', 'sign', 'weak_key'],
    ['RSA of 1024 bits', rsa1024, 'RS256', 'verify', 'weak_key'],
    ['RSA of 2047 bits', rsa2047, 'PS256', 'sign', 'weak_key'],
    ['RSA for HS256', rsa2048, 'HS256', 'verify', 'key_mismatch'],
    ['EC for RS256', p256, 'RS256', 'verify', 'key_mismatch'],
    ['a secret for RS256', oct(256), 'RS256', 'verify', 'key_mismatch'],
    ['a secret for ES256', oct(64), 'ES256', 'verify', 'key_mismatch'],
    ['Ed25519 for ES256', ed25519, 'ES256', 'verify', 'key_mismatch'],
    ['P-256 for EdDSA', p256, 'EdDSA', 'verify', 'key_mismatch'],
    ['P-384 for ES256', pair('P-384').publicKey, 'ES256', 'verify', 'key_mismatch'],
    ['secp256k1 for ES256', pair('secp256k1').publicKey, 'ES256', 'verify', 'key_mismatch'],
    ['P-256 for ES256K', p256, 'ES256K', 'verify', 'key_mismatch'],
    ['Ed448 for Ed25519', ed448, 'Ed25519', 'verify', 'key_mismatch'],
    ['Ed448 in alg of an Ed25519 key', { ...ed25519, alg: 'Ed448' }, 'Ed25519', 'verify', 'key_mismatch'],
    ['alg RS256 for PS256', { ...rsa2048, alg: 'RS256' }, 'PS256', 'verify', 'key_mismatch'],
    ['alg RS512 for RS256', { ...rsa2048, alg: 'RS512' }, 'RS256', 'verify', 'key_mismatch'],
    ['alg RSA-OAEP for RS256', { ...rsa2048, alg: 'RSA-OAEP' }, 'RS256', 'verify', 'key_mismatch'],
    ['alg HS512 for HS256', { ...oct(64), alg: 'HS512' }, 'HS256', 'verify', 'key_mismatch'],
    ['alg none', { ...oct(64), alg: 'none' }, 'HS256', 'verify', 'key_mismatch'],
    ['use enc', { ...p256, use: 'enc' }, 'ES256', 'verify', 'key_mismatch'],
    ['an unknown use', { ...p256, use: 'SIG' }, 'ES256', 'verify', 'key_mismatch'],
    ['key_ops without verify', { ...p256public, key_ops: ['sign'] }, 'ES256', 'verify', 'key_mismatch'],
    ['key_ops without sign', { ...p256, key_ops: ['verify'] }, 'ES256', 'sign', 'key_mismatch'],
    ['a secret that may only sign', { ...oct(32), key_ops: ['sign'] }, 'HS256', 'verify', 'key_mismatch'],
    ['empty key_ops', { ...p256, key_ops: [] }, 'ES256', 'verify', 'key_mismatch'],
    ['a public key to sign', p256public, 'ES256', 'sign', 'key_mismatch'],
    ['ML-DSA-44 for ML-DSA-65', akp('ML-DSA-44', 1312), 'ML-DSA-65', 'verify', 'key_mismatch'],
    ['ML-DSA for EdDSA', akp('ML-DSA-44', 1312), 'EdDSA', 'verify', 'key_mismatch'],
  ])('refuses %s', (_, key, algorithm, purpose, code) => expect(problem(key, algorithm, purpose)).toBe(code));
});
