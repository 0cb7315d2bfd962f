import { createVerifierWith, type VerifierOptions, type VerifyFor } from './application/create-verifier.ts';
import { parseGivenVerifiers } from './application/given-verifiers.ts';
import type { KeyImporter, Verifier } from './ports/crypto-provider.ts';
import type { KeySource } from './ports/key-source.ts';
import { systemClock } from './adapters/system-clock.ts';

export { ConfigError, TokenError, type Refusal, type TokenErrorCode } from './domain/errors.ts';
export type { AsyncVerify, SyncVerify } from './application/create-verifier.ts';
export type { VerifiedToken } from './application/jwt-payload.ts';
export type { ClaimsSet } from './domain/claims/claims-set.ts';
export type { Algorithm } from './domain/jose/algorithms.ts';
export type { CallOptions, SyncVerifier, Verifier } from './ports/crypto-provider.ts';
export type { KeyHint, KeySource } from './ports/key-source.ts';

export interface SmallVerifierOptions extends Omit<VerifierOptions, 'key' | 'verifiedTokenCache'> {
  /** Keys that a provider has imported: a Verifier, a list of them, or a source of them. */
  readonly key: Verifier | readonly Verifier[] | KeySource;
}

/**
 * As `createVerifier` of `simplejwt/jws`, for bundles that must be small: it reads no keys and keeps no cache. Where `crypto` is given, its
 * faster ways are taken and the keys of a KeySource imported. Throws `ConfigError` for options that cannot be meant.
 */
export function createVerifier<const O extends SmallVerifierOptions>(
  options: O & { readonly crypto?: KeyImporter },
): VerifyFor<O, KeyImporter> {
  const parts = { parse: (own: VerifierOptions) => parseGivenVerifiers(own, options.crypto) };
  return createVerifierWith(options, parts, options.clock ?? systemClock) as VerifyFor<O, KeyImporter>;
}
