import { ConfigError } from '../domain/errors.ts';
import { ALGORITHMS, type Algorithm, type AlgorithmRow } from '../domain/jose/algorithms.ts';
import type { JwkSet } from '../domain/jose/jwk.ts';
import type { KeyInput, KeyMaterial } from '../domain/jose/key-material.ts';
import { parseKeys } from '../domain/jose/key-list.ts';
import { createKeySet } from '../domain/jose/key-set.ts';
import { isUsable } from '../domain/jose/key-use.ts';
import type { Verifier } from '../ports/crypto-provider.ts';
import type { KeyHint, KeySource } from '../ports/key-source.ts';
import { isVerifier, type JwsVerifierDeps } from './jws-verifier.ts';
import { rememberImports, type VerifierImporter } from './remembered-imports.ts';
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

/** Reads the options every verifier shares. Imports keys in hand at once, so that a key the backend cannot use is refused here. */
export function parseVerification(
  { algorithms, key, maxTokenBytes = DEFAULT_MAX_TOKEN_BYTES }: VerificationOptions,
  provider: VerifierImporter,
): JwsVerifierDeps & { readonly synchronous: boolean } {
  const rows = parseAlgorithms(algorithms);
  const importer = rememberImports(provider);
  const inHand = isKeySource(key) ? undefined : keysInHand(key, rows, importer, 'key');
  const source = inHand ?? (key as KeySource);
  return {
    algorithms: rows.map(({ name }) => name),
    sources: [source],
    importer,
    maxTokenBytes: parseMaxTokenBytes(maxTokenBytes),
    synchronous: inHand?.synchronous === true, // what is asked for keys is typed to answer later, and so it does
  };
}

/** Rows of the table for a list of names; a name the table lacks, or an empty list, is a `ConfigError`. */
function parseAlgorithms(algorithms: unknown): readonly (AlgorithmRow & { readonly name: Algorithm })[] {
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

/** A source over keys in hand. Synchronous when every one of them can be used at once. */
export function keysInHand(
  keys: unknown,
  rows: readonly (AlgorithmRow & { readonly name: Algorithm })[],
  importer: VerifierImporter,
  option: string,
): KeySource & { readonly keys: readonly KeyMaterial[]; ready(): Promise<unknown> } {
  const list: readonly unknown[] = Array.isArray(keys) ? keys : [keys];
  const verifiers = list.filter(isVerifier);
  const inputs = list.filter((key) => !isVerifier(key)) as readonly (KeyInput | JwkSet)[];
  if (list.length === 0 || inputs.some((key) => key === undefined || key === null)) {
    throw new ConfigError(
      'missing_option',
      option,
      `${option} must be a key: secret bytes, PEM text, a JWK, a JWK Set or a KeyObject`,
    );
  }
  const materials = inputs.length === 0 ? [] : parseKeys(inputs, rows, option);
  const set = materials.length === 0 ? undefined : createKeySet(materials, rows, option, 'in-hand');
  const kids = new Set(verifiers.map(({ kid }) => kid).filter((kid) => kid !== undefined));
  const imports = materials.flatMap((key) =>
    rows
      .filter((row) => isUsable(key, row, 'verify'))
      .map((row) => importer.importVerifier({ algorithm: row.name, key, kid: key.kid })),
  );
  for (const imported of imports) if (imported instanceof Promise) imported.catch(() => undefined); // told by ready(), and to whoever verifies
  const serving = (hint: KeyHint) =>
    verifiers.filter(
      ({ algorithm, kid }) => algorithm === hint.alg && (hint.kid === undefined || kids.size === 0 || kid === hint.kid),
    );

  return {
    keys: materials,
    fixed: true,
    synchronous: [...verifiers, ...imports].every((verifier) => !(verifier instanceof Promise) && verifier.synchronous === true),
    candidates(hint) {
      const inSet = set?.candidates(hint) ?? [];
      return verifiers.length === 0 ? inSet : [...serving(hint), ...inSet];
    },
    ready: () => Promise.all(imports.map(async (verifier) => verifier)),
  };
}

export function isKeySource(value: unknown): value is KeySource {
  return typeof value === 'object' && value !== null && 'candidates' in value && typeof value.candidates === 'function';
}
