import { constants, createHmac, randomBytes, sign, type KeyObject } from 'node:crypto';
import { SECRET } from './keys.ts';

/** Tokens are made here by hand, so that the library never judges its own work. */

export const NOW = 1_700_000_000;
export const ISSUER = 'https://issuer.example/tenant';
export const AUDIENCE = 'https://api.example';
/** In the claims of every token: no message may repeat it. */
export const MARKER = `marker-${randomBytes(9).toString('hex')}`;

/** Text and octets as they are, anything else as JSON. */
export type Part = string | Uint8Array | object;
export type Sign = (signingInput: string) => Uint8Array;

export function encode(part: Part): string {
  const octets = typeof part === 'string' || part instanceof Uint8Array ? part : JSON.stringify(part);
  return Buffer.from(octets).toString('base64url');
}

/** Claims that every verifier of the corpus accepts. */
export function claims(changes: object = {}): object {
  const good = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: `${MARKER}-sub`,
    iat: NOW - 10,
    exp: NOW + 300,
    jti: `${MARKER}-jti`,
    note: MARKER,
  };
  return { ...good, ...changes };
}

/** The same without some. */
export function claimsWithout(...names: readonly string[]): object {
  return Object.fromEntries(Object.entries(claims()).filter(([name]) => !names.includes(name)));
}

/** A token, good unless told otherwise. */
export function token({
  header = { alg: 'HS256', typ: 'JWT' },
  payload = claims(),
  sign: signWith = hs('sha256'),
}: {
  readonly header?: Part;
  readonly payload?: Part;
  readonly sign?: Sign;
} = {}): string {
  return signed(`${encode(header)}.${encode(payload)}`, signWith);
}

/** A signing input, however strange, with the signature over its text. */
export function signed(signingInput: string, signWith: Sign = hs('sha256')): string {
  return `${signingInput}.${encode(signWith(signingInput))}`;
}

export const hs =
  (hash: string, key: string | Uint8Array = SECRET): Sign =>
  (input) =>
    createHmac(hash, key).update(input).digest();

export const rs =
  (hash: string, key: KeyObject): Sign =>
  (input) =>
    sign(hash, Buffer.from(input), key);

export const ps =
  (hash: string, key: KeyObject, saltLength: number): Sign =>
  (input) =>
    sign(hash, Buffer.from(input), { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });

export const es =
  (hash: string, key: KeyObject): Sign =>
  (input) =>
    sign(hash, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });

export const ed =
  (key: KeyObject): Sign =>
  (input) =>
    sign(null, Buffer.from(input), key);

/** A signature that covers nothing. */
export const raw =
  (signature: Uint8Array): Sign =>
  () =>
    signature;

/** Changes what another signer made. */
export const altered =
  (signWith: Sign, change: (signature: Buffer) => Uint8Array): Sign =>
  (input) =>
    change(Buffer.from(signWith(input)));
