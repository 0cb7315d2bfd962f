import { ALGORITHMS } from '../domain/jose/algorithms.ts';
import { encodeBase64url } from '../domain/jose/base64url.ts';
import { parseKey, type KeyInput } from '../domain/jose/key-material.ts';
import { thumbprintInput } from '../domain/jose/thumbprint.ts';
import type { CryptoProvider } from '../ports/crypto-provider.ts';
import { chain, type MaybePromise } from './maybe-promise.ts';

/**
 * The thumbprint of a key (RFC 7638 section 3, with SHA-256) in base64url: the same for a key and its public half, whatever else a JWK says. Throws
 * `ConfigError` for what is no key, and for a private key in PEM that lacks its public half.
 */
export function jwkThumbprint(key: KeyInput, { digest }: Pick<CryptoProvider, 'digest'>): MaybePromise<string> {
  const input = thumbprintInput(parseKey(key, ASYMMETRIC, 'key'));
  return chain(digest('SHA-256', new TextEncoder().encode(input)), encodeBase64url);
}

/** A thumbprint as a URI (RFC 9278 section 3), such as an issuer or subject can be named by. */
export function thumbprintUri(thumbprint: string): string {
  return `urn:ietf:params:oauth:jwk-thumbprint:sha-256:${thumbprint}`;
}

/** Text is PEM: a secret has no thumbprint to be known by. */
const ASYMMETRIC = [...ALGORITHMS.values()].filter(({ kty }) => kty !== 'oct');
