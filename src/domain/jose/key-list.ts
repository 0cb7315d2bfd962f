import { ConfigError } from '../errors.ts';
import type { AlgorithmRow } from './algorithms.ts';
import { isJsonObject, type JsonObject } from './json-object.ts';
import { isJwkSet, type JwkSet } from './jwk.ts';
import { isKeyType } from './jwk-members.ts';
import { parseKey, type KeyInput, type KeyMaterial } from './key-material.ts';
import { isUsable } from './key-use.ts';

/**
 * Reads one key, a JWK Set, or a list of both. Keys of a JWK Set that are for something else are passed over (RFC 7517 section 5), but a
 * set that has nothing to verify with is a `ConfigError`, as is one that mixes secrets with public keys.
 */
export function parseKeys(
  input: KeyInput | JwkSet | readonly (KeyInput | JwkSet)[],
  rows: readonly AlgorithmRow[],
  option: string,
): KeyMaterial[] {
  const inputs = isList(input) ? input : [input];
  return inputs.flatMap((item) => (isJwkSet(item) ? parseJwkSet(item, rows, option) : [parseKey(item, rows, option)]));
}

/** The keys of a JWK Set that somebody else published: what is broken, unfit or secret is passed over, and nothing is thrown. */
export function fetchedKeys({ keys }: JwkSet, rows: readonly AlgorithmRow[]): KeyMaterial[] {
  return keys.flatMap((jwk) => {
    const key = isCandidate(jwk) ? parseFetched(jwk, rows) : undefined;
    return key !== undefined && key.kty !== 'oct' && serves(key, rows) ? [key] : [];
  });
}

function parseJwkSet({ keys }: JwkSet, rows: readonly AlgorithmRow[], option: string): KeyMaterial[] {
  const candidates = keys.filter(isCandidate);
  const secrets = candidates.filter(({ kty }) => kty === 'oct').length;
  if (secrets > 0 && secrets < candidates.length) {
    throw new ConfigError('ambiguous_key', option, `${option} is a JWK Set that mixes secrets with other keys: pass them apart.`);
  }
  const usable = candidates.map((jwk) => parseKey(jwk, rows, option)).filter((key) => serves(key, rows));
  if (usable.length === 0) {
    const names = rows.map(({ name }) => name).join(', ');
    throw new ConfigError(
      'key_mismatch',
      option,
      `${option} is a JWK Set without a key for ${names}: add one, or change the algorithms.`,
    );
  }
  return usable;
}

/** RFC 7517 section 5: keys of an unknown kty, and those for encryption, are for somebody else. */
function isCandidate(jwk: unknown): jwk is JsonObject {
  return isJsonObject(jwk) && isKeyType(jwk['kty']) && jwk['use'] !== 'enc';
}

function serves(key: KeyMaterial, rows: readonly AlgorithmRow[]): boolean {
  return rows.some((row) => isUsable(key, row, 'verify'));
}

function parseFetched(jwk: JsonObject, rows: readonly AlgorithmRow[]): KeyMaterial | undefined {
  try {
    return parseKey(jwk, rows, 'keys');
  } catch (error) {
    if (error instanceof ConfigError) return undefined; // the publisher's mistake, not this configuration's
    throw error;
  }
}

function isList(input: unknown): input is readonly (KeyInput | JwkSet)[] {
  return Array.isArray(input);
}
