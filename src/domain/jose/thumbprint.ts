import { ConfigError } from '../errors.ts';
import { encodeBase64url } from './base64url.ts';
import type { KeyType } from './jwk-members.ts';
import type { KeyMaterial } from './key-material.ts';

/**
 * The text whose SHA-256 is the thumbprint of a key (RFC 7638 section 3): its required public members, sorted, without whitespace. For a
 * secret it contains the secret. Throws a `ConfigError` for a private key that lacks its public members.
 */
export function thumbprintInput(key: KeyMaterial): string {
  const members: Readonly<Record<string, string>> = key.jwk ?? { kty: 'oct', k: encodeBase64url(key.secret ?? new Uint8Array()) };
  const required = REQUIRED[key.kty].map((name) => {
    const value = members[name];
    if (value === undefined)
      throw new ConfigError('invalid_key', 'key', 'key has no public half in hand: pass a JWK with both halves.');
    return [name, value] as const;
  });
  return JSON.stringify(Object.fromEntries(required));
}

/** RFC 7638 section 3.2, RFC 8037 appendix A.3, RFC 9964 section 6; in lexicographic order. */
const REQUIRED: Readonly<Record<KeyType, readonly string[]>> = {
  oct: ['k', 'kty'],
  RSA: ['e', 'kty', 'n'],
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  AKP: ['alg', 'kty', 'pub'],
};
