import { ConfigError } from '../errors.ts';
import { KeyMaterial } from './key-material.ts';
import { thumbprintInput } from './thumbprint.ts';

/** Whether the public members are there: a private key from PEM or a KeyObject may lack them, and a secret has none. */
export function hasPublicMembers({ jwk = {} }: KeyMaterial): boolean {
  return PUBLIC_PARTS.some((name) => Object.hasOwn(jwk, name));
}

/**
 * The public half of a key, with its kid, alg and use. Throws a `ConfigError` for a secret, which has none, and for a private key from
 * PEM that lacks its public members: a provider's `publicKey` computes them.
 */
export function publicMaterial(key: KeyMaterial): KeyMaterial {
  if (!key.isPrivate) return key;
  const { kty, crv, modulusBits, jwk = {} } = key;
  if (!hasPublicMembers(key)) {
    throw new ConfigError(
      'invalid_key',
      'key',
      'key has no public half in hand: pass the public key besides, or a JWK with both halves.',
    );
  }
  const members = {
    kty,
    isPrivate: false,
    jwk: Object.freeze(Object.fromEntries(Object.entries(jwk).filter(([name]) => !PRIVATE_NAMES.has(name)))),
    ...(crv !== undefined && { crv }),
    ...(modulusBits !== undefined && { modulusBits }),
  };
  const keyOps = key.keyOps?.includes('sign') ? ['verify'] : key.keyOps; // RFC 7517 section 4.3: the ops of the other half
  return new KeyMaterial(members, { kid: key.kid, alg: key.alg, use: key.use, keyOps });
}

/** The JWK to publish (RFC 7517); undefined for a secret and where the public half is not in hand. */
export function publicJwk(key: KeyMaterial): Record<string, unknown> | undefined {
  if (!hasPublicMembers(key)) return undefined;
  const { jwk, kid, alg } = publicMaterial(key);
  return { ...jwk, ...(kid !== undefined && { kid }), ...(alg !== undefined && { alg }), use: 'sig' };
}

/** Whether two keys have one public half (two secrets: are the same). Both need their public members. */
export function samePublicKey(a: KeyMaterial, b: KeyMaterial): boolean {
  return thumbprintInput(a) === thumbprintInput(b);
}

/** The last public member of each key type: where it is, the others are. */
const PUBLIC_PARTS = ['n', 'x', 'pub'];

/** RFC 7518 sections 6.2.2 and 6.3.2, RFC 8037 section 2, RFC 9964 section 3. */
const PRIVATE_NAMES: ReadonlySet<string> = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'priv']);
