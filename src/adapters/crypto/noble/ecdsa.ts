import type { ECDSA } from '@noble/curves/abstract/weierstrass.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { decodeBase64url, encodeBase64url } from '../../../domain/jose/base64url.ts';
import type { Curve } from './curve.ts';

/**
 * ECDSA (RFC 7518 section 3.4, RFC 8812 section 3.2), each curve with the hash that noble and JWA both pair it with: the signature is r and s side by
 * side, not DER. Of two values of s the lower one is written, as some verifiers of secp256k1 want it; both are taken, since JOSE asks for neither.
 */
const ecdsa = (curve: ECDSA): Curve => ({
  isSecret: (secret) => curve.utils.isValidSecretKey(secret),
  isPoint: (point) => curve.utils.isValidPublicKey(point, false),
  pointOf: (secret) => curve.getPublicKey(secret, false),
  sign: (data, secret) => curve.sign(data, secret, { lowS: true }),
  verify: (signature, data, point) => curve.verify(signature, data, point, { lowS: false }),
  pointIn: ({ x = '', y = '' }) => Uint8Array.of(UNCOMPRESSED, ...(decodeBase64url(x) ?? []), ...(decodeBase64url(y) ?? [])),
  membersOf(point) {
    const middle = (point.length + 1) / 2;
    return { x: encodeBase64url(point.subarray(1, middle)), y: encodeBase64url(point.subarray(middle)) };
  },
});

/** SEC 1 section 2.3.3: 04, x, y. */
const UNCOMPRESSED = 0x04;

export const EC_CURVES: readonly (readonly [name: string, Curve])[] = [
  ['P-256', ecdsa(p256)],
  ['P-384', ecdsa(p384)],
  ['P-521', ecdsa(p521)],
  ['secp256k1', ecdsa(secp256k1)],
];
