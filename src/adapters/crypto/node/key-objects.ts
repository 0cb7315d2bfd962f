import { createECDH, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { hasPublicMembers } from '../../../domain/jose/public-key.ts';
import type { KeyMaterial } from '../../../domain/jose/key-material.ts';
import { noKey } from '../../../domain/jose/usable-key.ts';

/** The KeyObject that verifies, also for a private key. Throws a `ConfigError` for members that are no key, such as a point off its curve. */
export function publicKeyObject(key: KeyMaterial, option: string): KeyObject {
  if (!hasPublicMembers(key)) return createPublicKey(privateKeyObject(key, option));
  return imported(option, () => {
    const raw = rawKey(key);
    if (raw === undefined) return createPublicKey({ key: { ...key.jwk }, format: 'jwk' });
    return createPublicKey({ key: subjectPublicKeyInfo(raw, octets(key, 'x', 'pub')), format: 'der', type: 'spki' });
  });
}

/** The KeyObject that signs. Throws a `ConfigError` for members that are no key. */
export function privateKeyObject(key: KeyMaterial, option: string): KeyObject {
  return imported(option, () => {
    const raw = rawKey(key);
    if (raw !== undefined) return importSeed(raw, octets(key, 'd', 'priv'));
    const point = key.kty === 'EC' && !hasPublicMembers(key) ? pointOf(key) : {};
    return createPrivateKey({ key: { ...key.jwk, ...point }, format: 'jwk' });
  });
}

/** Whether this runtime signs with the curve or the parameter set of this name. Tried once: Node 22 reads ML-DSA keys but cannot use them. */
export function canSignWith(name: string): boolean {
  const known = tried.get(name) ?? trySigning(name);
  tried.set(name, known);
  return known;
}

function trySigning(name: string): boolean {
  const raw = RAW_KEYS.get(name);
  if (raw === undefined) return false;
  try {
    return sign(null, Buffer.alloc(1), importSeed(raw, Buffer.alloc(raw.seedLength))).length > 0;
  } catch {
    return false; // OpenSSL has many ways to say that it does not know an algorithm
  }
}

function imported(option: string, create: () => KeyObject): KeyObject {
  try {
    return create();
  } catch (cause) {
    throw noKey(option, cause);
  }
}

/** The public point of an EC key that came without it (RFC 5915 section 3 makes it optional). */
function pointOf({ crv = '', jwk }: KeyMaterial): { readonly x: string; readonly y: string } {
  const ecdh = createECDH(OPENSSL_CURVES.get(crv) ?? '');
  ecdh.setPrivateKey(Buffer.from(jwk?.['d'] ?? '', 'base64url'));
  const point = ecdh.getPublicKey().subarray(1);
  const middle = point.length / 2;
  return { x: point.subarray(0, middle).toString('base64url'), y: point.subarray(middle).toString('base64url') };
}

/** A kind of key whose private half is a string of octets. As DER, since Node's JWK import wants a public half it does not need. */
interface RawKey {
  readonly oid: string;
  /** The tag around the seed: an OCTET STRING (RFC 8410 section 7) or [0] (RFC 9881 section 6). */
  readonly seedTag: number;
  readonly seedLength: number;
}

function rawKey({ crv, jwk }: KeyMaterial): RawKey | undefined {
  return RAW_KEYS.get(crv ?? jwk?.['alg'] ?? '');
}

function octets({ jwk }: KeyMaterial, ...names: readonly string[]): Buffer {
  return Buffer.from(names.map((name) => jwk?.[name]).find((value) => value !== undefined) ?? '', 'base64url');
}

function importSeed({ oid, seedTag }: RawKey, seed: Buffer): KeyObject {
  const algorithm = der(0x30, der(0x06, Buffer.from(oid, 'hex')));
  const key = der(0x30, der(0x02, Buffer.of(0)), algorithm, der(0x04, der(seedTag, seed)));
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

function subjectPublicKeyInfo({ oid }: RawKey, key: Buffer): Buffer {
  return der(0x30, der(0x30, der(0x06, Buffer.from(oid, 'hex'))), der(0x03, Buffer.of(0), key));
}

/** One DER value of less than 64 KiB (X.690 section 8.1.3). */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}

const tried = new Map<string, boolean>();

const RAW_KEYS: ReadonlyMap<string, RawKey> = new Map([
  ['Ed25519', { oid: '2b6570', seedTag: 0x04, seedLength: 32 }],
  ['Ed448', { oid: '2b6571', seedTag: 0x04, seedLength: 57 }],
  ['ML-DSA-44', { oid: '608648016503040311', seedTag: 0x80, seedLength: 32 }],
  ['ML-DSA-65', { oid: '608648016503040312', seedTag: 0x80, seedLength: 32 }],
  ['ML-DSA-87', { oid: '608648016503040313', seedTag: 0x80, seedLength: 32 }],
]);

/** OpenSSL's names of the curves of RFC 7518 section 6.2.1.1 and RFC 8812 section 3.1. */
export const OPENSSL_CURVES: ReadonlyMap<string, string> = new Map([
  ['P-256', 'prime256v1'],
  ['P-384', 'secp384r1'],
  ['P-521', 'secp521r1'],
  ['secp256k1', 'secp256k1'],
]);
