import { encodeBase64url } from './base64url.ts';
import type { JsonObject } from './json-object.ts';
import { invalidKey } from './invalid-key.ts';
import { JwkReader } from './jwk-reader.ts';

/** What the members of one key type say (RFC 7518 section 6): everything of a KeyMaterial but its metadata. */
export interface KeyMembers {
  readonly kty: KeyType;
  readonly isPrivate: boolean;
  /** The secret of an `oct` key. */
  readonly secret?: Uint8Array;
  /** The members of any other key, `kty` among them, canonical: what thumbprints are made of and backends import. */
  readonly jwk?: Readonly<Record<string, string>>;
  readonly crv?: string;
  readonly modulusBits?: number;
}

export type KeyType = 'oct' | 'RSA' | 'EC' | 'OKP' | 'AKP';

/**
 * Reads the members of a JWK by the table of its `kty`: strict base64url, exact lengths, public and private members complete. With
 * `partial` a private key may lack its public half, as PKCS#8 may. Throws a `ConfigError` otherwise; other members are not copied.
 */
export function parseKeyMembers(jwk: JsonObject, option: string, partial = false): KeyMembers {
  const reader = new JwkReader(jwk, option, partial);
  const parse = KEY_TYPES.get(reader.text('kty') ?? '');
  if (parse === undefined) throw invalidKey(option, 'must be a JWK whose kty is oct, RSA, EC, OKP or AKP');
  return parse(reader);
}

/** Tells a `kty` this library knows. */
export function isKeyType(kty: unknown): kty is KeyType {
  return typeof kty === 'string' && KEY_TYPES.has(kty);
}

function oct(members: JwkReader): KeyMembers {
  return { kty: 'oct', isPrivate: true, secret: members.need('k') };
}

/** RFC 7518 section 6.3. */
function rsa(members: JwkReader): KeyMembers {
  const { option } = members;
  if (members.has('oth')) throw invalidKey(option, 'is an RSA key with more than two primes (oth): use one with two');
  const n = withoutZeros(members.need('n'));
  const e = withoutZeros(members.need('e'));
  const modulusBits = n.length * 8 - Math.clz32(n[0] ?? 0) + 24;
  if (modulusBits > 16_384 || !isOdd(n))
    throw invalidKey(option, 'has an RSA modulus (n) that is even or longer than 16384 bits');
  if (!isOdd(e) || e.length > 8 || (e.length === 1 && (e[0] ?? 0) < 3)) {
    throw invalidKey(option, 'has an RSA exponent (e) that is even, below 3 or longer than 64 bits: 65537 is the usual one');
  }
  const isPrivate = members.has('d');
  const numbers = isPrivate
    ? ['d', 'p', 'q', 'dp', 'dq', 'qi'].map((name) => [name, withoutZeros(members.need(name))] as const)
    : [];
  return { kty: 'RSA', isPrivate, jwk: encode({ kty: 'RSA' }, [['n', n], ['e', e], ...numbers]), modulusBits };
}

/** RFC 7518 section 6.2: coordinates and d have the full length of the curve, zeros included. */
function ec(members: JwkReader): KeyMembers {
  const { crv, isPrivate, octets } = curveKey(members, EC_LENGTHS, ['x', 'y']);
  return { kty: 'EC', isPrivate, jwk: encode({ kty: 'EC', crv }, octets), crv };
}

/** RFC 8037 section 2. */
function okp(members: JwkReader): KeyMembers {
  const { crv, isPrivate, octets } = curveKey(members, OKP_LENGTHS, ['x']);
  return { kty: 'OKP', isPrivate, jwk: encode({ kty: 'OKP', crv }, octets), crv };
}

function curveKey(members: JwkReader, lengths: ReadonlyMap<string, number>, publicNames: readonly string[]) {
  const crv = members.text('crv') ?? '';
  const length = lengths.get(crv);
  if (length === undefined) throw invalidKey(members.option, `must have a crv of ${[...lengths.keys()].join(', ')}`);
  const isPrivate = members.has('d');
  const names = members.mayOmit(publicNames, isPrivate) ? ['d'] : isPrivate ? [...publicNames, 'd'] : publicNames;
  return { crv, isPrivate, octets: names.map((name) => [name, members.need(name, length)] as const) };
}

/** RFC 9964 section 3: the algorithm is part of the key, and `priv` is the seed. */
function akp(members: JwkReader): KeyMembers {
  const alg = members.text('alg') ?? '';
  const length = AKP_LENGTHS.get(alg);
  if (length === undefined) throw invalidKey(members.option, `must have an alg of ${[...AKP_LENGTHS.keys()].join(', ')}`);
  const isPrivate = members.has('priv');
  const pub = members.mayOmit(['pub'], isPrivate) ? [] : [['pub', members.need('pub', length)] as const];
  const priv = isPrivate ? [['priv', members.need('priv', 32)] as const] : [];
  return { kty: 'AKP', isPrivate, jwk: encode({ kty: 'AKP', alg }, [...pub, ...priv]) };
}

function encode(
  start: Record<string, string>,
  octets: readonly (readonly [string, Uint8Array])[],
): Readonly<Record<string, string>> {
  return Object.freeze({ ...start, ...Object.fromEntries(octets.map(([name, value]) => [name, encodeBase64url(value)])) });
}

/** RFC 7518 section 2 (Base64urlUInt): the fewest octets, but some writers prefix a zero. */
function withoutZeros(octets: Uint8Array): Uint8Array {
  const first = octets.findIndex((octet) => octet !== 0);
  return first === -1 ? octets.subarray(octets.length - 1) : octets.subarray(first);
}

function isOdd(octets: Uint8Array): boolean {
  return (octets.at(-1) ?? 0) % 2 === 1;
}

const KEY_TYPES: ReadonlyMap<string, (members: JwkReader) => KeyMembers> = new Map([
  ['oct', oct],
  ['RSA', rsa],
  ['EC', ec],
  ['OKP', okp],
  ['AKP', akp],
]);

/** In octets: a coordinate (RFC 7518 section 6.2.1.2), a key (RFC 8032), a public key (FIPS 204 table 2). */
const EC_LENGTHS: ReadonlyMap<string, number> = new Map([
  ['P-256', 32],
  ['P-384', 48],
  ['P-521', 66],
  ['secp256k1', 32],
]);
const OKP_LENGTHS: ReadonlyMap<string, number> = new Map([
  ['Ed25519', 32],
  ['Ed448', 57],
]);
const AKP_LENGTHS: ReadonlyMap<string, number> = new Map([
  ['ML-DSA-44', 1312],
  ['ML-DSA-65', 1952],
  ['ML-DSA-87', 2592],
]);
