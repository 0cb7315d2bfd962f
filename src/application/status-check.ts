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

export interface StaleAnswersDeps {
  readonly check: StatusCheck;
  /** A check that asks a store which fails no second time: for a token with an answer at hand. */
  readonly checkOnce: StatusCheck;
  readonly maxStalenessSeconds: number;
  /** Seconds that have passed since some moment: a clock that nobody sets. */
  readonly elapsedSeconds: () => number;
}

/**
 * A check that, while the store fails, gives the last answer known for this very token, if it was asked for no longer than `maxStalenessSeconds`
 * ago, by either clock: one that is set back makes no answer younger. An unknown token still fails. Remembers a bounded number of tokens.
 */
export function withStaleAnswers({ check, checkOnce, maxStalenessSeconds, elapsedSeconds }: StaleAnswersDeps): StaleAnswers {
  let answers = new Map<Jti, Answer>();

  async function checkOrStale(...[token, rules, now, context]: Parameters<StatusCheck>): Promise<TokenStatus> {
    const asked = answers; // an answer asked for before a revocation goes where nobody looks any more
    const at = elapsedSeconds();
    try {
      const ask = freshAnswer(token.jti, now) === undefined ? check : checkOnce;
      const status = await ask(token, rules, now, context);
      remember(asked, token.jti, { status, at, now });
      return status;
    } catch (error) {
      const known = error instanceof TokenError && error.code === 'store_unavailable' ? freshAnswer(token.jti, now) : undefined;
      if (known === undefined) throw error;
      return known.status;
    }
  }

  function freshAnswer(jti: Jti, now: NumericDate): Answer | undefined {
    const known = answers.get(jti);
    if (known === undefined) return undefined;
    const age = Math.max(elapsedSeconds() - known.at, Math.abs(now - known.now));
    return age <= maxStalenessSeconds ? known : undefined;
  }

  return {
    check: checkOrStale,
    forget() {
      answers = new Map();
    },
  };
}

interface Answer {
  readonly status: TokenStatus;
  /** When it was asked for, by the clock that nobody sets and by that of the service. */
  readonly at: number;
  readonly now: NumericDate;
}

function remember(answers: Map<Jti, Answer>, jti: Jti, answer: Answer): void {
  if ((answers.get(jti)?.at ?? -Infinity) > answer.at) return; // overtaken by one that was asked for later
  answers.delete(jti); // to the end: the oldest go first
  answers.set(jti, answer);
  for (const oldest of answers.keys()) {
    if (answers.size <= MOST_ANSWERS) break;
    answers.delete(oldest);
  }
}

export interface StaleAnswers {
  readonly check: StatusCheck;
  /** Called when something was revoked here: what was known before is then known to be old. */
  forget(): void;
}

const MOST_ANSWERS = 10_000;
