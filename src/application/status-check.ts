import type { NumericDate } from '../domain/claims/numeric-date.ts';
import { TokenError } from '../domain/errors.ts';
import type { StatusRules, TokenStatus } from '../domain/family/token-family.ts';
import type { Jti } from '../domain/token/token-id.ts';
import type { TokenRef } from '../ports/rotation-store.ts';
import type { CallContext } from '../ports/user-repository.ts';
import type { MaybePromise } from './maybe-promise.ts';
import type { StoreCall } from './store-call.ts';

export type StatusCheck = (
  token: TokenRef,
  rules: StatusRules,
  now: NumericDate,
  context: CallContext,
) => MaybePromise<TokenStatus>;

/** Asks the store; when it fails, so does the check. */
export function createStatusCheck(ask: StoreCall): StatusCheck {
  return (token, rules, now, context) =>
    ask('status', context, (store, options) => store.status({ token, now, ...rules }, options));
}

/**
 * A check that, while the store fails, gives the last answer known for this very token, if that is no older than `maxStalenessSeconds`. An
 * unknown token still fails. Remembers a bounded number of tokens.
 */
export function withStaleAnswers(check: StatusCheck, maxStalenessSeconds: number): StaleAnswers {
  let answers = new Map<Jti, { readonly status: TokenStatus; readonly at: NumericDate }>();

  async function checkOrStale(...[token, rules, now, context]: Parameters<StatusCheck>): Promise<TokenStatus> {
    const asked = answers; // an answer asked for before a revocation goes where nobody looks any more
    try {
      const status = await check(token, rules, now, context);
      asked.delete(token.jti); // to the end: the oldest go first
      asked.set(token.jti, { status, at: now });
      for (const oldest of asked.keys()) {
        if (asked.size <= MOST_ANSWERS) break;
        asked.delete(oldest);
      }
      return status;
    } catch (error) {
      const known = error instanceof TokenError && error.code === 'store_unavailable' ? answers.get(token.jti) : undefined;
      if (known === undefined || Math.abs(now - known.at) > maxStalenessSeconds) throw error;
      return known.status;
    }
  }
  return {
    check: checkOrStale,
    forget() {
      answers = new Map();
    },
  };
}

export interface StaleAnswers {
  readonly check: StatusCheck;
  /** Called when something was revoked here: what was known before is then known to be old. */
  forget(): void;
}

const MOST_ANSWERS = 10_000;
