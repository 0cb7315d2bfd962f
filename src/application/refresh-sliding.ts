import type { NumericDate } from '../domain/claims/numeric-date.ts';
import { TOKEN_TYPES } from '../domain/token/token-type.ts';
import type { TokenRef } from '../ports/rotation-store.ts';
import type { CallContext } from '../ports/user-repository.ts';
import { TokenError } from '../domain/errors.ts';
import { refusalOf } from './admission.ts';
import type { RefreshDeps } from './refresh.ts';
import type { ReadToken } from './token-reader.ts';
import type { SlidingTokenAnswer } from './token-service.ts';
import { unexpectedOutcome } from './store-call.ts';

/**
 * Builds the RefreshSliding use-case: the same token, by `jti`, with a later `exp`, until its `refresh_exp`. Since the identifier stays, a
 * revocation in flight ends the renewed token too.
 */
export function createRefreshSliding({ codec, presented, holder, minting, rotate, announce, clock }: RefreshDeps) {
  async function renew(token: ReadToken, ref: TokenRef, now: NumericDate, context: CallContext): Promise<SlidingTokenAnswer> {
    const user = await holder.of(token, ref, now, context);
    const refreshExp = presented.assertRenewable(token, now);
    const renewed = await minting.renewalOf(token.claims, ref.jti, refreshExp, user, now, context);
    const sealed = await codec.seal(renewed.claims, context);
    const used = { token: ref, successor: undefined, access: undefined, spends: false };
    const outcome = await rotate(used, now, context);
    switch (outcome.outcome) {
      case 'rotated':
      case 'replayed':
        announce('refreshed', { user: token.user, family: outcome.family, context });
        return { token: sealed };
      case 'reused':
        throw new TokenError('reused');
      case 'revoked':
      case 'family_revoked':
      case 'unknown':
        throw refusalOf(outcome.outcome);
      default:
        throw unexpectedOutcome(outcome);
    }
  }

  return async function refreshSliding(slidingToken: string, context: CallContext = {}): Promise<SlidingTokenAnswer> {
    const now = clock();
    const token = await presented.present(slidingToken, [TOKEN_TYPES.sliding], now, context);
    return presented.use(token, now, context, (ref) => renew(token, ref, now, context));
  };
}
