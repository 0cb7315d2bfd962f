import { ConfigError } from '../domain/errors.ts';
import type { Algorithm, AlgorithmRow } from '../domain/jose/algorithms.ts';
import type { JwkSet } from '../domain/jose/jwk.ts';
import type { KeyInput, KeyMaterial } from '../domain/jose/key-material.ts';
import { parseKeys } from '../domain/jose/key-list.ts';
import { createKeySet } from '../domain/jose/key-set.ts';
import { isUsable } from '../domain/jose/key-use.ts';
import type { KeySource } from '../ports/key-source.ts';
import { isVerifier, type JwsVerifierDeps } from './jws-verifier.ts';
import { rememberImports, type VerifierImporter } from './remembered-imports.ts';
import {
  DEFAULT_MAX_TOKEN_BYTES,
  isKeySource,
  parseAlgorithms,
  parseMaxTokenBytes,
  servingOf,
  type VerificationOptions,
} from './verification-options.ts';

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
  const imports = materials.flatMap((key) =>
    rows
      .filter((row) => isUsable(key, row, 'verify'))
      .map((row) => importer.importVerifier({ algorithm: row.name, key, kid: key.kid })),
  );
  for (const imported of imports) if (imported instanceof Promise) imported.catch(() => undefined); // told by ready(), and to whoever verifies
  const serving = servingOf(verifiers);

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
