import { ConfigError } from '../errors.ts';
import { encodeBase64url } from './base64url.ts';
import { bitsOf, contentOf, oidOf, parseDer, sequenceOf, TAG, unsignedOf, type DerValue } from './der.ts';
import type { PemBlock } from './pem.ts';

/** The members of a JWK, before `jwk-members.ts` has looked at their lengths. */
export type RawMembers = Readonly<Record<string, string>>;

/**
 * Translates a PEM block into the members of a JWK: SPKI and PKCS#8 (RFC 5280, RFC 5958), PKCS#1 (RFC 8017), SEC 1 (RFC 5915) and
 * certificates. A private key of a curve or of ML-DSA may come without its public half. Throws a `ConfigError` for anything else.
 */
export function parseKeyBlock({ label, der }: PemBlock, option: string): RawMembers {
  const read = LABELS.get(label);
  if (read === undefined) {
    throw new ConfigError(
      'invalid_key',
      option,
      `${option} is a PEM block of an unknown kind: write it as PUBLIC KEY or PRIVATE KEY.`,
    );
  }
  return read(sequenceOf(parseDer(der)) ?? [], option);
}

/** Tells DER that holds a key or a certificate, of any algorithm, from octets that may be a secret. */
export function isKeyDer(bytes: Uint8Array): boolean {
  const values = sequenceOf(parseDer(bytes)) ?? [];
  const shape = values.map(({ tag }) => tag.toString(16).padStart(2, '0')).join('');
  return KEY_SHAPES.some((start) => shape.startsWith(start));
}

type Values = readonly DerValue[];

function subjectPublicKeyInfo([algorithm, key, ...rest]: Values, option: string): RawMembers {
  const { row, parameters } = keyAlgorithm(algorithm, option);
  if (rest.length > 0) throw unreadable(option);
  return row.publicMembers(need(bitsOf(key), option), parameters, option);
}

function privateKeyInfo([version, algorithm, key]: Values, option: string): RawMembers {
  const { row, parameters } = keyAlgorithm(algorithm, option);
  need(unsignedOf(version), option);
  return row.privateMembers(need(contentOf(key, TAG.octetString), option), parameters, option);
}

/** RFC 5280 section 4.1: the version is optional, and the subject's key is the seventh (sixth) member of what is signed. */
function certificate([signed]: Values, option: string): RawMembers {
  const values = sequenceOf(signed) ?? [];
  const key = values[values[0]?.tag === TAG.explicit0 ? 6 : 5];
  return subjectPublicKeyInfo(sequenceOf(key) ?? [], option);
}

/** RFC 8017 appendix A.1.1. */
function rsaPublicKey(values: Values, option: string): RawMembers {
  return { kty: 'RSA', ...integers(['n', 'e'], values, option) };
}

/** RFC 8017 appendix A.1.2: version 0 has two primes. */
function rsaPrivateKey([version, ...values]: Values, option: string): RawMembers {
  if (unsignedOf(version)?.[0] !== 0) throw unreadable(option);
  return { kty: 'RSA', ...integers(['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'], values, option) };
}

function integers(names: readonly string[], values: Values, option: string): RawMembers {
  if (values.length !== names.length) throw unreadable(option);
  return Object.fromEntries(names.map((name, i) => [name, encodeBase64url(need(unsignedOf(values[i]), option))]));
}

/** RFC 5915 section 3: [0] names the curve and [1] holds the point; PKCS#8 names the curve outside. */
function ecPrivateKey([version, key, ...rest]: Values, option: string, outer?: DerValue): RawMembers {
  const tagged = (tag: number) =>
    parseDer(
      contentOf(
        rest.find((value) => value.tag === tag),
        tag,
      ) ?? new Uint8Array(),
    );
  const crv = namedCurve(tagged(TAG.explicit0) ?? outer, option);
  const point = tagged(TAG.explicit1);
  if (unsignedOf(version)?.[0] !== 1) throw unreadable(option);
  const d = encodeBase64url(need(contentOf(key, TAG.octetString), option));
  return { kty: 'EC', crv, d, ...(point && coordinates(need(bitsOf(point), option), option)) };
}

function namedCurve(value: DerValue | undefined, option: string): string {
  const crv = CURVES.get(oidOf(value) ?? '');
  if (crv === undefined) {
    throw new ConfigError(
      'invalid_key',
      option,
      `${option} is on an unnamed or unknown curve: use P-256, P-384, P-521 or secp256k1.`,
    );
  }
  return crv;
}

/** SEC 1 section 2.3.3: 04, x, y. */
function coordinates(point: Uint8Array, option: string): { readonly x: string; readonly y: string } {
  if (point[0] !== 0x04) {
    throw new ConfigError(
      'invalid_key',
      option,
      `${option} has a compressed point: write it uncompressed, or pass a JWK or a KeyObject.`,
    );
  }
  const middle = 1 + (point.length - 1) / 2;
  return { x: encodeBase64url(point.subarray(1, middle)), y: encodeBase64url(point.subarray(middle)) };
}

interface KeyAlgorithm {
  readonly publicMembers: (bits: Uint8Array, parameters: DerValue | undefined, option: string) => RawMembers;
  readonly privateMembers: (octets: Uint8Array, parameters: DerValue | undefined, option: string) => RawMembers;
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
    if (seed === undefined)
      throw new ConfigError('invalid_key', option, `${option} lacks the seed of its ML-DSA key: export it with its seed.`);
    return { kty: 'AKP', alg, priv: encodeBase64url(seed) };
  },
});

function keyAlgorithm(
  value: DerValue | undefined,
  option: string,
): { readonly row: KeyAlgorithm; readonly parameters: DerValue | undefined } {
  const [id, parameters] = sequenceOf(value) ?? [];
  const oid = oidOf(id) ?? '';
  const row = KEY_ALGORITHMS.get(oid);
  if (row !== undefined) return { row, parameters };
  throw oid === ID_RSASSA_PSS
    ? new ConfigError(
        'invalid_key',
        option,
        `${option} is an id-RSASSA-PSS key: write the same key as rsaEncryption, it serves PS256 too.`,
      )
    : new ConfigError(
        'invalid_key',
        option,
        `${option} is a key for another purpose: use an RSA, EC, Ed25519, Ed448 or ML-DSA key.`,
      );
}

function need<T>(value: T | undefined, option: string): T {
  if (value === undefined) throw unreadable(option);
  return value;
}

function unreadable(option: string): ConfigError {
  return new ConfigError(
    'invalid_key',
    option,
    `${option} is PEM text that does not hold the key its label promises: export the key again.`,
  );
}

const LABELS: ReadonlyMap<string, (values: Values, option: string) => RawMembers> = new Map([
  ['PUBLIC KEY', subjectPublicKeyInfo],
  ['PRIVATE KEY', privateKeyInfo],
  ['RSA PUBLIC KEY', rsaPublicKey],
  ['RSA PRIVATE KEY', rsaPrivateKey],
  ['EC PRIVATE KEY', (values, option) => ecPrivateKey(values, option)],
  ['CERTIFICATE', certificate],
  ['X509 CERTIFICATE', certificate],
]);

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

/** The first tags inside SPKI, PKCS#8, PKCS#1, SEC 1 and a certificate: what octets chosen at random do not have. */
const KEY_SHAPES = ['3003', '023004', '0202', '0204', '303003'];
