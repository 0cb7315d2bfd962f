import { ConfigError } from '../errors.ts';
import { ALGORITHMS, type Algorithm, type AlgorithmRow } from './algorithms.ts';
import { parseKey, type KeyInput, type KeyMaterial } from './key-material.ts';
import { assertUsable, type KeyPurpose } from './key-use.ts';

/** A key and the algorithm it was found usable for. */
export interface Bound {
  readonly key: KeyMaterial;
  readonly row: AlgorithmRow & { readonly name: Algorithm };
  /** The option that the key came from, for a `ConfigError`. */
  readonly option: string;
}

/** What every backend asks of a key before it imports it. Throws `ConfigError` for an unknown algorithm, and for a key that does not fit it. */
export function bindKey(
  { algorithm, key: input }: { readonly algorithm: Algorithm; readonly key: KeyInput },
  purpose: KeyPurpose,
): Bound {
  const row = ALGORITHMS.get(algorithm);
  if (row === undefined) {
    const names = [...ALGORITHMS.keys()].join(', ');
    throw new ConfigError('unsupported_algorithm', 'algorithm', `algorithm must be one of ${names}.`);
  }
  const key = parseKey(input, [row], 'key');
  assertUsable(key, row, purpose, 'key');
  return { key, row, option: 'key' };
}

/** What a backend says of members that it can make no key of. */
export function noKey(option: string, cause?: unknown): ConfigError {
  return new ConfigError('invalid_key', option, `${option} has members that do not make a key: export the key again.`, cause);
}

/** A JWK is written by hand often enough: what its private half signs, its public half must verify. */
export function halvesDiffer(option: string): ConfigError {
  return new ConfigError('invalid_key', option, `${option} has a private and a public half of different keys: export it again.`);
}

/** Signed once when a key is imported, to see that its halves belong together. */
export const PROBE = new TextEncoder().encode('simplejwt');
