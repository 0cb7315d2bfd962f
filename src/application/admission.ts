import type { NumericDate } from '../domain/claims/numeric-date.ts';
import { TokenError } from '../domain/errors.ts';
import type { StatusRules, TokenStatus } from '../domain/family/token-family.ts';
import type { CallContext } from '../ports/user-repository.ts';
import { unexpectedOutcome } from './store-call.ts';
import type { StatusCheck } from './status-check.ts';
import type { ReadToken } from './token-reader.ts';

/** Lets a token in, or throws the first of: revoked, family expired, family revoked, unknown, then what its claims lack (Simple JWT's order). */
export type Admit = (token: ReadToken, rules: StatusRules | undefined, now: NumericDate, context: CallContext) => Promise<void>;

/** Without `rules` the store is not asked. */
export function createAdmission(status: StatusCheck): Admit {
  return async function admit({ ref, familyExpired, refusal }, rules, now, context) {
    const outcome: TokenStatus = rules === undefined || ref === undefined ? 'active' : await status(ref, rules, now, context);
    if (outcome === 'revoked') throw new TokenError('revoked');
    if (familyExpired) throw new TokenError('family_expired');
    if (outcome === 'family_revoked') throw refusalOf(outcome);
    if (refusal !== undefined) throw refusal;
    if (outcome === 'unknown') throw refusalOf(outcome);
    if (outcome !== 'active') throw unexpectedOutcome(outcome);
  };
}

/** The refusal of a token that is not active. */
export function refusalOf(status: Exclude<TokenStatus, 'active'>): TokenError {
  return new TokenError(status === 'unknown' ? 'unknown_token' : status);
}
