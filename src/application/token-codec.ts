import { createClaimsPolicy } from '../domain/claims/claims-policy.ts';
import type { ClaimsSet } from '../domain/claims/claims-set.ts';
import type { NumericDate } from '../domain/claims/numeric-date.ts';
import { ConfigError, errorOf, TokenError } from '../domain/errors.ts';
import type { Verified } from '../domain/token/verified.ts';
import type { CallOptions, Signer } from '../ports/crypto-provider.ts';
import type { KeySource } from '../ports/key-source.ts';
import { createClaimsReader } from './jwt-payload.ts';
import { createJwsVerifier } from './jws-verifier.ts';
import type { TokenConfig } from './config.ts';
import { claimsJson, createSeal, SIGNER_DEADLINE_SECONDS, type Seal } from './create-signer.ts';
import { within } from './deadline.ts';
import { hasGone, SignalOf } from './late-signal.ts';
import { chain, type MaybePromise } from './maybe-promise.ts';
import type { VerifierImporter } from './remembered-imports.ts';
import type { SignerSource } from './service-keys.ts';
import { createVerifiedTokenCache } from './verified-token-cache.ts';

/** The two steps every use-case shares. */
export interface TokenCodec {
  /** Signs and encodes. A failing signer is `signer_unavailable`. */
  seal(claims: ClaimsSet, caller: CallOptions): MaybePromise<string>;
  /**
   * Verifies and checks. `tolerant` says of which (already verified) claims a past `exp` is not yet the end, as for a sliding token.
   */
  open(token: string, now: NumericDate, caller: CallOptions, tolerant?: (claims: ClaimsSet) => boolean): MaybePromise<Verified>;
  readonly leewaySeconds: number;
}

export interface TokenCodecDeps {
  readonly config: TokenConfig;
  /** Undefined for a service that only verifies. */
  readonly signer: SignerSource | undefined;
  readonly sources: readonly KeySource[];
  readonly importer: VerifierImporter;
}

/** Throws `ConfigError` for an issuer, audience or leeway that cannot be meant. */
export function createTokenCodec({ config, signer, sources, importer }: TokenCodecDeps): TokenCodec {
  const { issuer, audience, leeway, maxTokenBytes, algorithm, jsonEncoder } = config;
  const policy = createClaimsPolicy({ issuer, audience, leeway }, 'dropped');
  const verifyJws = createJwsVerifier({ algorithms: [algorithm.name], sources, importer, maxTokenBytes });
  const readClaims = createClaimsReader(policy, importer);
  const cache = createVerifiedTokenCache(config.verifiedTokenCache, sources);
  // Simple JWT writes both last, over whatever a token carried
  const written =
    audience === undefined && issuer === undefined
      ? undefined
      : { ...(audience !== undefined && { aud: audience }), ...(issuer !== undefined && { iss: issuer }) };

  let last: { readonly signer: Signer; readonly seal: Seal } | undefined;
  function sealBy(ready: Signer): Seal {
    if (last?.signer !== ready) last = { signer: ready, seal: createSeal(ready, 'JWT', ready.kid, importer) };
    return last.seal;
  }

  function fitting(token: string): string {
    if (token.length <= maxTokenBytes) return token;
    throw new ConfigError(
      'invalid_option',
      'maxTokenBytes',
      'the claims make a token longer than maxTokenBytes, which nobody here would take',
    );
  }

  return {
    leewaySeconds: policy.leewaySeconds,
    seal(claims, caller) {
      if (signer === undefined) throw new ConfigError('missing_option', 'signingKey', 'signingKey is needed to make tokens');
      const json = claimsJson(claims, jsonEncoder, written);
      const deadline = { seconds: SIGNER_DEADLINE_SECONDS, caller, code: 'signer_unavailable' } as const;
      const token = within(deadline, (options) => chain(signer(options), (ready) => sealBy(ready)(json, options)));
      return chain(token, fitting);
    },
    open(token, now, caller, tolerant) {
      if (hasGone(caller)) throw new TokenError('aborted', { cause: caller.signal?.reason });
      const known = cache?.find(token, now);
      if (known !== undefined) {
        const refusal = policy.recheck(known.claims, now, tolerant?.(known.claims) === true ? 'tolerated' : 'enforced');
        if (refusal !== undefined) throw errorOf(refusal);
        return known.claims as Verified;
      }
      const generation = cache?.generation ?? 0;
      const outcome = verifyJws(
        token,
        (segment, header, signed) => readClaims(segment, header, signed, now, tolerant),
        new SignalOf(caller),
      );
      return chain(outcome, (verified) => {
        if (!verified.ok) throw errorOf(verified);
        return (cache?.keep(token, verified, now, generation) ?? verified).claims as Verified;
      });
    },
  };
}
