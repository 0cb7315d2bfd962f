import { createSignerWith, type SignerOptions, type SignFor } from './application/create-signer.ts';
import { createVerifierWith, type VerifierOptions, type VerifierParts, type VerifyFor } from './application/create-verifier.ts';
import { createVerifiedTokenCache, parseVerifiedTokenCache } from './application/verified-token-cache.ts';
import { parseVerification } from './application/verification-keys.ts';
import type { VerificationOptions } from './application/verification-options.ts';
import { verifyCompactWith, type VerifyCompactFor } from './application/verify-compact.ts';
import { ConfigError } from './domain/errors.ts';
import { systemClock } from './adapters/system-clock.ts';
import type { KeyImporter } from './ports/crypto-provider.ts';

export { ConfigError, TokenError, type Refusal, type TokenErrorCode } from './domain/errors.ts';
export type * from './jws-types.ts';

/** As `simplejwt/jws` on Node, with the crypto provider to use. */
export function createVerifier<const O extends VerifierOptions, I extends KeyImporter>(
  options: O & { readonly crypto: I },
): VerifyFor<O, I> {
  const importer = importerOf(options);
  const parts: VerifierParts = {
    parse: (own) => parseVerification(own, importer),
    createCache: (option, sources) => createVerifiedTokenCache(parseVerifiedTokenCache(option), sources),
  };
  return createVerifierWith(options, parts, options.clock ?? systemClock) as VerifyFor<O, I>;
}

export function createSigner<const O extends SignerOptions, I extends KeyImporter>(
  options: O & { readonly crypto: I },
): SignFor<O, I> {
  return createSignerWith(options, importerOf(options)) as SignFor<O, I>;
}

export function verifyCompact<const O extends VerificationOptions, I extends KeyImporter>(
  token: string,
  options: O & { readonly crypto: I },
): VerifyCompactFor<O, I> {
  return verifyCompactWith(token, options, importerOf(options)) as VerifyCompactFor<O, I>;
}

function importerOf({ crypto }: { readonly crypto?: KeyImporter }): KeyImporter {
  if (crypto === undefined)
    throw new ConfigError('missing_option', 'crypto', 'crypto is required on this runtime: pass a provider such as webCrypto');
  return crypto;
}
