import { ALGORITHMS } from '../../domain/jose/algorithms.ts';
import { isJwkSet } from '../../domain/jose/jwk.ts';
import { decodeUtf8, parseJson } from '../../domain/jose/json-object.ts';
import { fetchedKeys } from '../../domain/jose/key-list.ts';
import { createKeySet, type KeySet } from '../../domain/jose/key-set.ts';

/** A published JWK Set (RFC 7517 section 5) as keys to verify with. Throws when the document is not one, or holds nothing usable. */
export function parseJwksDocument(bytes: Uint8Array): KeySet {
  const text = decodeUtf8(bytes);
  const document = text === undefined ? undefined : parseJson(text);
  if (!isJwkSet(document)) throw new Error('the document is not a JWK Set');
  if (document.keys.length > MAX_KEYS) throw new Error(`the JWK Set has more than ${MAX_KEYS} keys`);
  const keys = fetchedKeys(document, ASYMMETRIC);
  if (keys.length === 0) throw new Error('the JWK Set has no usable public key');
  return createKeySet(keys, ASYMMETRIC, 'keys', 'fetched');
}

/** A secret that somebody publishes is no secret. */
const ASYMMETRIC = [...ALGORITHMS.values()].filter(({ kty }) => kty !== 'oct');
const MAX_KEYS = 100;
