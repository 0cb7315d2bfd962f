import type { NumericDate } from '../domain/claims/numeric-date.ts';
import { retainUntil } from '../domain/token/retention.ts';
import type { FamilyId, UserId } from '../domain/token/token-id.ts';
import type { CallContext } from '../ports/user-repository.ts';
import type { TokenConfig } from './config.ts';
import { unexpectedOutcome, type StoreCall } from './store-call.ts';

/** Ends a family, and has that remembered for as long as any token of it could live. */
export type FamilyEnder = (
  family: FamilyId,
  user: UserId | undefined,
  now: NumericDate,
  context: CallContext,
) => Promise<'revoked' | 'already'>;

export function createFamilyEnder(ask: StoreCall, longestLife: number, leewaySeconds: number): FamilyEnder {
  return async function endFamily(family, user, now, context) {
    const request = { family, user, now, retainUntil: retainUntil(now + longestLife, leewaySeconds) };
    const outcome = await ask('revokeFamily', context, (store, options) => store.revokeFamily(request, options));
    if (outcome !== 'revoked' && outcome !== 'already') throw unexpectedOutcome(outcome);
    return outcome;
  };
}

/** The longest any token of this service can be of use. */
export function longestLifeOf(config: TokenConfig): number {
  const { accessTokenLifetime, refreshTokenLifetime, slidingTokenLifetime, slidingTokenRefreshLifetime } = config;
  return Math.max(accessTokenLifetime, refreshTokenLifetime, slidingTokenLifetime, slidingTokenRefreshLifetime);
}
