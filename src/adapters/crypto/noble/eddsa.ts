import type { EdDSA } from '@noble/curves/abstract/edwards.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { ed448 } from '@noble/curves/ed448.js';
import { decodeBase64url, encodeBase64url } from '../../../domain/jose/base64url.ts';
import type { Curve } from './curve.ts';

/** EdDSA (RFC 8037 section 3.1, RFC 9864 section 2.2), as strict as RFC 8032: noble's default, ZIP 215, takes more spellings of a point. */
const eddsa = (curve: EdDSA): Curve => ({
  isSecret: (secret) => curve.utils.isValidSecretKey(secret),
  isPoint: (point) => curve.utils.isValidPublicKey(point, false),
  pointOf: (secret) => curve.getPublicKey(secret),
  sign: (data, secret) => curve.sign(data, secret),
  verify: (signature, data, point) => curve.verify(signature, data, point, { zip215: false }),
  pointIn: ({ x = '' }) => decodeBase64url(x) ?? new Uint8Array(),
  membersOf: (point) => ({ x: encodeBase64url(point) }),
});

export const EDWARDS_CURVES: readonly (readonly [name: string, Curve])[] = [
  ['Ed25519', eddsa(ed25519)],
  ['Ed448', eddsa(ed448)],
];
