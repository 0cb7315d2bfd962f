import { invalidKey } from './invalid-key.ts';
import type { JsonObject } from './json-object.ts';
import { MAX_KID_LENGTH } from './jws-header.ts';

/** What RFC 7517 section 4 lets a key say about itself. */
export interface KeyMetadata {
  readonly kid?: string | undefined;
  readonly alg?: string | undefined;
  readonly use?: string | undefined;
  readonly keyOps?: readonly string[] | undefined;
}

/** Reads it strictly; members that are absent stay undefined. Throws a `ConfigError`. */
export function parseKeyMetadata(jwk: JsonObject, option: string): KeyMetadata {
  const member = (name: string) => (Object.hasOwn(jwk, name) ? jwk[name] : undefined);
  const [kid, alg, use, keyOps] = [member('kid'), member('alg'), member('use'), member('key_ops')];
  if (!isOptionalText(kid, MAX_KID_LENGTH))
    throw invalidKey(option, `must be a JWK with kid as a string of at most ${MAX_KID_LENGTH} characters`);
  if (!isOptionalText(alg, 64)) throw invalidKey(option, 'must be a JWK with alg as a string');
  if (!isOptionalText(use, 64)) throw invalidKey(option, 'must be a JWK with use as a string');
  if (keyOps !== undefined && !isUniqueTexts(keyOps))
    throw invalidKey(option, 'must be a JWK with key_ops as a list of different strings');
  return { kid, alg, use, keyOps };
}

function isOptionalText(value: unknown, maxLength: number): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value.length <= maxLength);
}

/** RFC 7517 section 4.3: the values are strings, and none occurs twice. */
function isUniqueTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') && new Set(value).size === value.length;
}
