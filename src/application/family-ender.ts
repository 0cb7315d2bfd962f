import type { NumericDate } from '../domain/claims/numeric-date.ts';
import { retainUntil } from '../domain/token/retention.ts';
import type { FamilyId, UserId } from '../domain/token/token-id.ts';
import type { CallContext } from '../ports/user-repository.ts';
import type { TokenConfig } from './config.ts';
import { chain } from './maybe-promise.ts';
import { unexpectedOutcome, type StoreCall } from './store-call.ts';

/**
 * Ends a family, and has that remembered for as long as any token of it could live. An end that is found when the call is made again counts as its
 * own: the family is dead for good either way, and whoever logs out must not be told that somebody else did.
 */
export type FamilyEnder = (
  family: FamilyId,
  user: UserId | undefined,
  now: NumericDate,
  context: CallContext,
) => Promise<'revoked' | 'already'>;

export function createFamilyEnder(ask: StoreCall, longestLife: number, leewaySeconds: number): FamilyEnder {
  return async function endFamily(family, user, now, context) {
    const request = { family, user, now, retainUntil: retainUntil(now + longestLife, leewaySeconds) };
    const outcome = await ask('revokeFamily', context, (store, options, again) =>
      chain(store.revokeFamily(request, options), (found) => (again && found === 'already' ? 'revoked' : found)),
    );
    if (outcome !== 'revoked' && outcome !== 'already') throw unexpectedOutcome(outcome);
    return outcome;
  };
}

/** The longest any token of this service can be of use. */
export function longestLifeOf(config: TokenConfig): number {
  const { accessTokenLifetime, refreshTokenLifetime, slidingTokenLifetime, slidingTokenRefreshLifetime } = config;
  return Math.max(accessTokenLifetime, refreshTokenLifetime, slidingTokenLifetime, slidingTokenRefreshLifetime);
}
