import { nodeCrypto } from './adapters/crypto/node/provider.ts';
import type { SignerOptions, SignFor } from './application/create-signer.ts';
import type { VerifierOptions, VerifyFor } from './application/create-verifier.ts';
import type { VerificationOptions } from './application/verification-options.ts';
import type { VerifyCompactFor } from './application/verify-compact.ts';
import * as core from './jws-core.ts';
import type { KeyImporter } from './ports/crypto-provider.ts';

export { ConfigError, TokenError, type Refusal, type TokenErrorCode } from './domain/errors.ts';
export type * from './jws-types.ts';

/**
 * Builds a JWT verifier bound to algorithms and keys (RFC 7519 section 7.2, RFC 8725). `verify(token)` answers the claims or throws
 * `TokenError`; `verify.try(token)` never throws. Synchronous when provider and keys are; otherwise its type says Promise. Throws
 * `ConfigError` for options that cannot be meant.
 */
export function createVerifier<const O extends VerifierOptions, I extends KeyImporter = typeof nodeCrypto>(
  options: O & { readonly crypto?: I },
): VerifyFor<O, I> {
  return core.createVerifier<O, I>(withNode(options));
}

/** Builds a function that signs claims into a compact JWS with one key. Throws `ConfigError` when key and algorithm do not fit. */
export function createSigner<const O extends SignerOptions, I extends KeyImporter = typeof nodeCrypto>(
  options: O & { readonly crypto?: I },
): SignFor<O, I> {
  return core.createSigner<O, I>(withNode(options));
}

/** Checks any JWS in compact serialization, not only a JWT: its header and payload bytes, or a `TokenError`. */
export function verifyCompact<const O extends VerificationOptions, I extends KeyImporter = typeof nodeCrypto>(
  token: string,
  options: O & { readonly crypto?: I },
): VerifyCompactFor<O, I> {
  return core.verifyCompact<O, I>(token, withNode(options));
}

function withNode<O, I extends KeyImporter>(options: O & { readonly crypto?: I }): O & { readonly crypto: I } {
  return { crypto: nodeCrypto as KeyImporter as I, ...options };
}
