import { bitsOf, contentOf, parseDer, sequenceOf, TAG, unsignedOf } from './der.ts';
import {
  ecPrivateKey,
  keyAlgorithm,
  need,
  rsaPrivateKey,
  rsaPublicKey,
  unreadable,
  type RawMembers,
  type Values,
} from './asn1-key-types.ts';
import { invalidKey } from './invalid-key.ts';
import type { PemBlock } from './pem.ts';

/**
 * Translates a PEM block into the members of a JWK: SPKI and PKCS#8 (RFC 5280, RFC 5958), PKCS#1 (RFC 8017), SEC 1 (RFC 5915) and
 * certificates. A private key of a curve or of ML-DSA may come without its public half. Throws a `ConfigError` for anything else.
 */
export function parseKeyBlock({ label, der }: PemBlock, option: string): RawMembers {
  const read = LABELS.get(label);
  if (read === undefined) {
    throw invalidKey(option, 'is a PEM block of an unknown kind: write it as PUBLIC KEY or PRIVATE KEY');
  }
  return read(sequenceOf(parseDer(der)) ?? [], option);
}

/** Tells DER that holds a key or a certificate, of any algorithm, from octets that may be a secret. */
export function isKeyDer(bytes: Uint8Array): boolean {
  const values = sequenceOf(parseDer(bytes)) ?? [];
  const shape = values.map(({ tag }) => tag.toString(16).padStart(2, '0')).join('');
  return KEY_SHAPES.some((start) => shape.startsWith(start));
}

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

const LABELS: ReadonlyMap<string, (values: Values, option: string) => RawMembers> = new Map([
  ['PUBLIC KEY', subjectPublicKeyInfo],
  ['PRIVATE KEY', privateKeyInfo],
  ['RSA PUBLIC KEY', rsaPublicKey],
  ['RSA PRIVATE KEY', rsaPrivateKey],
  ['EC PRIVATE KEY', (values, option) => ecPrivateKey(values, option)],
  ['CERTIFICATE', certificate],
  ['X509 CERTIFICATE', certificate],
]);

/** The first tags inside SPKI, PKCS#8, PKCS#1, SEC 1 and a certificate: what octets chosen at random do not have. */
const KEY_SHAPES = ['3003', '023004', '0202', '0204', '303003'];
