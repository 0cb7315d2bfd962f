import { decodeBase64url } from '../../../domain/jose/base64url.ts';
import { parseKey, type KeyMaterial } from '../../../domain/jose/key-material.ts';
import { hasPublicMembers, samePublicKey } from '../../../domain/jose/public-key.ts';
import { halvesDiffer, noKey } from '../../../domain/jose/usable-key.ts';
import type { Curve } from './curve.ts';
import { EC_CURVES } from './ecdsa.ts';
import { EDWARDS_CURVES } from './eddsa.ts';
import type { Family } from './family.ts';

/** The schemes over curves, which noble calls in one way. */
export const onCurve: Family = {
  signer({ key, option }) {
    const { curve, secret } = secretOf(key, option);
    if (hasPublicMembers(key) && !samePublicKey(key, computedHalf(key, option))) throw halvesDiffer(option);
    return (data) => curve.sign(data, secret);
  },
  verifier({ key, option }) {
    const { curve, point } = pointOf(key, option);
    return (data, signature) => curve.verify(signature, data, point);
  },
};

/** The public half of a private key on a curve, which PEM may leave out. Throws a `ConfigError` where the private number is none. */
export function computedHalf(key: KeyMaterial, option: string): KeyMaterial {
  const { curve, secret } = secretOf(key, option);
  const { kty, crv } = key;
  return parseKey({ kty, crv, ...curve.membersOf(curve.pointOf(secret)) }, [], option);
}

function secretOf(key: KeyMaterial, option: string): { readonly curve: Curve; readonly secret: Uint8Array } {
  const curve = curveOf(key, option);
  const secret = decodeBase64url(key.jwk?.['d'] ?? '') ?? new Uint8Array();
  if (!curve.isSecret(secret)) throw noKey(option);
  return { curve, secret };
}

function pointOf(key: KeyMaterial, option: string): { readonly curve: Curve; readonly point: Uint8Array } {
  const curve = curveOf(key, option);
  const { jwk = {} } = hasPublicMembers(key) ? key : computedHalf(key, option);
  const point = curve.pointIn(jwk);
  if (!curve.isPoint(point)) throw noKey(option);
  return { curve, point };
}

function curveOf({ crv = '' }: KeyMaterial, option: string): Curve {
  const curve = CURVES.get(crv);
  if (curve === undefined) throw noKey(option); // never: bindKey saw a curve of the JWA table
  return curve;
}

const CURVES: ReadonlyMap<string, Curve> = new Map([...EC_CURVES, ...EDWARDS_CURVES]);
