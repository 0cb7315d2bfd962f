import { ConfigError } from '../domain/errors.ts';
import type { KeySource } from '../ports/key-source.ts';
import { isVerifier, type JwsVerifierDeps } from './jws-verifier.ts';
import type { VerifierImporter } from './remembered-imports.ts';
import {
  DEFAULT_MAX_TOKEN_BYTES,
  isKeySource,
  parseAlgorithms,
  parseMaxTokenBytes,
  servingOf,
  type VerificationOptions,
} from './verification-options.ts';

/** Reads the options every verifier shares, where keys were imported before: what reads keys is most of a small bundle. */
export function parseGivenVerifiers(
  { algorithms, key, maxTokenBytes = DEFAULT_MAX_TOKEN_BYTES }: VerificationOptions,
  importer: VerifierImporter = NO_IMPORTER,
): JwsVerifierDeps & { readonly synchronous: boolean } {
  const source = isKeySource(key) ? key : givenVerifiers(key);
  return {
    algorithms: parseAlgorithms(algorithms).map(({ name }) => name),
    sources: [source],
    importer,
    maxTokenBytes: parseMaxTokenBytes(maxTokenBytes),
    synchronous: source.fixed === true && source.synchronous === true,
  };
}

function givenVerifiers(key: unknown): KeySource {
  const list: readonly unknown[] = Array.isArray(key) ? key : [key];
  const verifiers = list.filter(isVerifier);
  if (list.length === 0 || verifiers.length !== list.length) throw notImported();
  return {
    fixed: true,
    synchronous: verifiers.every(({ synchronous }) => synchronous === true),
    candidates: servingOf(verifiers),
  };
}

const NO_IMPORTER: VerifierImporter = {
  importVerifier() {
    throw notImported();
  },
};

function notImported(): ConfigError {
  return new ConfigError(
    'invalid_key',
    'key',
    'key must be a Verifier, a list of them or a KeySource of them, such as webCrypto.importVerifier({ algorithm, key }) answers',
  );
}
