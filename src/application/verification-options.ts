import { ConfigError } from '../domain/errors.ts';
import { ALGORITHMS, type Algorithm, type AlgorithmRow } from '../domain/jose/algorithms.ts';
import type { JwkSet } from '../domain/jose/jwk.ts';
import type { KeyInput } from '../domain/jose/key-material.ts';
import type { Verifier } from '../ports/crypto-provider.ts';
import type { KeyHint, KeySource, VerificationKeys } from '../ports/key-source.ts';
import type { ErrorStyle } from './stack-traces.ts';

/** One key, or where keys come from. */
export type VerificationKeyOption = KeyInput | JwkSet | Verifier | KeySource;

export interface VerificationOptions {
  /** The algorithms accepted; never empty. */
  readonly algorithms: readonly Algorithm[];
  /** One key, a list of keys (secret bytes, PEM, JWK, JWK Set, KeyObject, Verifier), or a KeySource. */
  readonly key: VerificationKeyOption | readonly (KeyInput | JwkSet | Verifier)[];
  /** Longest token looked at, in bytes (default 8192). */
  readonly maxTokenBytes?: number;
  /** Whether refusals carry stack traces: `'brief'` ones (the default) do not, and cost a third. */
  readonly errors?: ErrorStyle;
}

export const DEFAULT_MAX_TOKEN_BYTES = 8192;

/** The names of these options, and of the one that composition adds. */
export const VERIFICATION_OPTIONS = ['algorithms', 'key', 'maxTokenBytes', 'errors', 'crypto'] as const satisfies readonly (
  | keyof VerificationOptions
  | 'crypto'
)[];

/** Rows of the table for a list of names; a name the table lacks, or an empty list, is a `ConfigError`. */
export function parseAlgorithms(algorithms: unknown): readonly (AlgorithmRow & { readonly name: Algorithm })[] {
  if (!Array.isArray(algorithms) || algorithms.length === 0) {
    throw new ConfigError('missing_option', 'algorithms', "algorithms must list what you accept, such as ['ES256']");
  }
  return algorithms.map((name) => parseAlgorithm(name, 'algorithms'));
}

export function parseAlgorithm(name: unknown, option: string): AlgorithmRow & { readonly name: Algorithm } {
  const row = typeof name === 'string' ? ALGORITHMS.get(name) : undefined;
  if (row === undefined) {
    throw new ConfigError('unsupported_algorithm', option, `${option} must name one of ${[...ALGORITHMS.keys()].join(', ')}`);
  }
  return row;
}

export function parseMaxTokenBytes(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 64 || value > 1_048_576) {
    throw new ConfigError('invalid_option', 'maxTokenBytes', 'maxTokenBytes must be a whole number from 64 to 1048576');
  }
  return value;
}

export function isKeySource(value: unknown): value is KeySource {
  return typeof value === 'object' && value !== null && 'candidates' in value && typeof value.candidates === 'function';
}

/** The Verifiers among keys in hand that serve a header. A kid selects among those that have one, and is ignored where none has. */
export function servingOf(verifiers: readonly Verifier[]): (hint: KeyHint) => VerificationKeys {
  const named = verifiers.some(({ kid }) => kid !== undefined);
  return (hint) =>
    verifiers.filter(({ algorithm, kid }) => algorithm === hint.alg && (hint.kid === undefined || !named || kid === hint.kid));
}
