import { claimOf, type ClaimsSet } from '../domain/claims/claims-set.ts';
import type { NumericDate } from '../domain/claims/numeric-date.ts';
import { TokenError } from '../domain/errors.ts';
import { slidingWindowClosed } from '../domain/token/sliding.ts';
import type { TokenType } from '../domain/token/token-type.ts';
import type { TokenRef } from '../ports/rotation-store.ts';
import type { CallContext } from '../ports/user-repository.ts';
import type { Admit } from './admission.ts';
import type { TokenConfig } from './config.ts';
import { chain, recover, type MaybePromise } from './maybe-promise.ts';
import type { TokenCodec } from './token-codec.ts';
import { missing, type ReadToken, type TokenReader } from './token-reader.ts';

/** A token somebody presents to exchange or end it. */
export interface PresentedTokens {
  /** Verifies and reads a token as one of these types. What it lacks is in `refusal`: a store that knows it revoked is heard first. */
  present(
    token: string,
    types: readonly [TokenType, ...TokenType[]],
    now: NumericDate,
    context: CallContext,
  ): MaybePromise<ReadToken>;
  /**
   * Runs what would use the token. When anything about token or user refuses, the store is asked first: Simple JWT says "blacklisted" before it
   * says anything else, and this way a token that is good costs no second question.
   */
  use<T>(token: ReadToken, now: NumericDate, context: CallContext, action: (ref: TokenRef) => MaybePromise<T>): MaybePromise<T>;
  /** The `refresh_exp` of a sliding token that may still be renewed; throws when it may not. */
  assertRenewable(token: ReadToken, now: NumericDate): NumericDate;
  /** What a refresh or sliding token must be to count. */
  readonly rules: { readonly mustBeRecorded: 'token' | undefined };
}

export interface PresentedTokensDeps {
  readonly config: TokenConfig;
  readonly codec: TokenCodec;
  readonly read: TokenReader;
  readonly admit: Admit;
}

export function createPresentedTokens({ config, codec, read, admit }: PresentedTokensDeps): PresentedTokens {
  const { names, requireOutstanding } = config;
  const rules = { mustBeRecorded: requireOutstanding ? ('token' as const) : undefined };

  return {
    rules,
    present(token, types, now, context) {
      const typeOf = (claims: ClaimsSet) => types.find(({ name }) => name === claimOf(claims, names.tokenType));
      const tolerant = types.some(({ renewable }) => renewable)
        ? (verified: ClaimsSet) => typeOf(verified)?.renewable === true
        : undefined;
      const opened = codec.open(token, now, context, tolerant);
      return chain(opened, (claims) => read(claims, typeOf(claims) ?? types[0], now));
    },
    assertRenewable({ refreshExp }, now) {
      const claim = names.refreshExp;
      if (refreshExp === undefined) throw missing(`Token has no '${claim}' claim`, claim);
      if (slidingWindowClosed(refreshExp, now, codec.leewaySeconds)) {
        throw new TokenError('expired', { detail: `Token '${claim}' claim has expired`, claim });
      }
      return refreshExp;
    },
    use(token, now, context, action) {
      const { ref, refusal, familyExpired } = token;
      return recover(
        () => {
          if (familyExpired) throw new TokenError('family_expired');
          if (refusal !== undefined || ref === undefined) throw refusal ?? missing('Token has no id', names.jti);
          return action(ref);
        },
        (error) => hearStore(error, token, now, context),
      );
    },
  };

  async function hearStore(error: unknown, token: ReadToken, now: NumericDate, context: CallContext): Promise<never> {
    // past its exp, the store may have forgotten the token, and would call it revoked to be safe
    const expired = error instanceof TokenError && error.code === 'expired' && token.expired;
    const asks = error instanceof TokenError && error.status === 401 && !SETTLED.has(error.code) && !expired;
    if (asks) await admit(token, rules, now, context);
    throw error;
  }
}

/** Refusals the store has been heard on already. */
const SETTLED: ReadonlySet<string> = new Set(['revoked', 'family_revoked', 'unknown_token', 'reused', 'password_changed']);
