import type { ConfigError } from '../errors.ts';
import { encodeBase64url } from './base64url.ts';
import { bitsOf, contentOf, oidOf, parseDer, sequenceOf, TAG, unsignedOf, type DerValue } from './der.ts';
import { invalidKey } from './invalid-key.ts';

/** The members of a JWK, before `jwk-members.ts` has looked at their lengths. */
export type RawMembers = Readonly<Record<string, string>>;

/** What a SEQUENCE holds. */
export type Values = readonly DerValue[];

/** How the keys of one algorithm identifier are written. */
interface KeyAlgorithm {
  readonly publicMembers: (bits: Uint8Array, parameters: DerValue | undefined, option: string) => RawMembers;
  readonly privateMembers: (octets: Uint8Array, parameters: DerValue | undefined, option: string) => RawMembers;
}

/** The row of an AlgorithmIdentifier (RFC 5280 section 4.1.1.2), and its parameters. Throws a `ConfigError` where there is none. */
export function keyAlgorithm(
  value: DerValue | undefined,
  option: string,
): { readonly row: KeyAlgorithm; readonly parameters: DerValue | undefined } {
  const [id, parameters] = sequenceOf(value) ?? [];
  const oid = oidOf(id) ?? '';
  const row = KEY_ALGORITHMS.get(oid);
  if (row !== undefined) return { row, parameters };
  throw oid === ID_RSASSA_PSS
    ? invalidKey(option, 'is an id-RSASSA-PSS key: write the same key as rsaEncryption, it serves PS256 too')
    : invalidKey(option, 'is a key for another purpose: use an RSA, EC, Ed25519, Ed448 or ML-DSA key');
}

/** RFC 8017 appendix A.1.1. */
export function rsaPublicKey(values: Values, option: string): RawMembers {
  return { kty: 'RSA', ...integers(['n', 'e'], values, option) };
}

/** RFC 8017 appendix A.1.2: version 0 has two primes. */
export function rsaPrivateKey([version, ...values]: Values, option: string): RawMembers {
  if (unsignedOf(version)?.[0] !== 0) throw unreadable(option);
  return { kty: 'RSA', ...integers(['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'], values, option) };
}

function integers(names: readonly string[], values: Values, option: string): RawMembers {
  if (values.length !== names.length) throw unreadable(option);
  return Object.fromEntries(names.map((name, i) => [name, encodeBase64url(need(unsignedOf(values[i]), option))]));
}

/** RFC 5915 section 3: [0] names the curve and [1] holds the point; PKCS#8 names the curve outside. */
export function ecPrivateKey([version, key, ...rest]: Values, option: string, outer?: DerValue): RawMembers {
  const tagged = (tag: number) => {
    const found = rest.find((value) => value.tag === tag);
    return found && parseDer(found.content);
  };
  const crv = namedCurve(tagged(TAG.explicit0) ?? outer, option);
  const point = tagged(TAG.explicit1);
  if (unsignedOf(version)?.[0] !== 1) throw unreadable(option);
  const d = encodeBase64url(need(contentOf(key, TAG.octetString), option));
  return { kty: 'EC', crv, d, ...(point && coordinates(need(bitsOf(point), option), option)) };
}

function namedCurve(value: DerValue | undefined, option: string): string {
  const crv = CURVES.get(oidOf(value) ?? '');
  if (crv === undefined) {
    throw invalidKey(option, 'is on an unnamed or unknown curve: use P-256, P-384, P-521 or secp256k1');
  }
  return crv;
}

/** SEC 1 section 2.3.3: 04, x, y. */
function coordinates(point: Uint8Array, option: string): { readonly x: string; readonly y: string } {
  if (point[0] !== 0x04) {
    throw invalidKey(option, 'has a compressed point: write it uncompressed, or pass a JWK or a KeyObject');
  }
  const middle = 1 + (point.length - 1) / 2;
  return { x: encodeBase64url(point.subarray(1, middle)), y: encodeBase64url(point.subarray(middle)) };
}

export function need<T>(value: T | undefined, option: string): T {
  if (value === undefined) throw unreadable(option);
  return value;
}

export function unreadable(option: string): ConfigError {
  return invalidKey(option, 'is PEM text that does not hold the key its label promises: export the key again');
}

const RSA: KeyAlgorithm = {
  publicMembers: (bits, _, option) => rsaPublicKey(sequenceOf(parseDer(bits)) ?? [], option),
  privateMembers: (octets, _, option) => rsaPrivateKey(sequenceOf(parseDer(octets)) ?? [], option),
};

const EC: KeyAlgorithm = {
  publicMembers: (bits, curve, option) => ({ kty: 'EC', crv: namedCurve(curve, option), ...coordinates(bits, option) }),
  privateMembers: (octets, curve, option) => ecPrivateKey(sequenceOf(parseDer(octets)) ?? [], option, curve),
};

/** RFC 8410 section 7: the private key is an OCTET STRING in an OCTET STRING. */
const okp = (crv: string): KeyAlgorithm => ({
  publicMembers: (bits) => ({ kty: 'OKP', crv, x: encodeBase64url(bits) }),
  privateMembers: (octets, _, option) => ({
    kty: 'OKP',
    crv,
    d: encodeBase64url(need(contentOf(parseDer(octets), TAG.octetString), option)),
  }),
});

/** RFC 9881 section 6: a private key is its seed, the expanded key, or both; RFC 9964 knows the seed only. */
const mlDsa = (alg: string): KeyAlgorithm => ({
  publicMembers: (bits) => ({ kty: 'AKP', alg, pub: encodeBase64url(bits) }),
  privateMembers: (octets, _, option) => {
    const value = parseDer(octets);
    const seed = contentOf(value, TAG.context0) ?? contentOf(sequenceOf(value)?.[0], TAG.octetString);
    if (seed === undefined) throw invalidKey(option, 'lacks the seed of its ML-DSA key: export it with its seed');
    return { kty: 'AKP', alg, priv: encodeBase64url(seed) };
  },
});

const ID_RSASSA_PSS = '2a864886f70d01010a';

const KEY_ALGORITHMS: ReadonlyMap<string, KeyAlgorithm> = new Map([
  ['2a864886f70d010101', RSA], // rsaEncryption, RFC 8017 appendix A.1
  ['2a8648ce3d0201', EC], // id-ecPublicKey, RFC 5480 section 2.1.1
  ['2b6570', okp('Ed25519')], // RFC 8410 section 3
  ['2b6571', okp('Ed448')],
  ['608648016503040311', mlDsa('ML-DSA-44')], // RFC 9881 section 2
  ['608648016503040312', mlDsa('ML-DSA-65')],
  ['608648016503040313', mlDsa('ML-DSA-87')],
]);

const CURVES: ReadonlyMap<string, string> = new Map([
  ['2a8648ce3d030107', 'P-256'],
  ['2b81040022', 'P-384'],
  ['2b81040023', 'P-521'],
  ['2b8104000a', 'secp256k1'],
]);
