import { isJsonObject } from './json-object.ts';

/** A JSON Web Key (RFC 7517) as somebody wrote it: any plain object, or a `JsonWebKey` of the platform. Nothing about it is checked yet. */
export type Jwk = Readonly<Record<string, unknown>> | { readonly kty?: unknown };

/** A JWK Set (RFC 7517 section 5). */
export interface JwkSet {
  readonly keys: readonly Jwk[];
}

/** Tells a JWK Set by its `keys`, a list of objects. */
export function isJwkSet(value: unknown): value is JwkSet {
  return isJsonObject(value) && Object.hasOwn(value, 'keys') && Array.isArray(value['keys']) && value['keys'].every(isJsonObject);
}
