import { TokenError } from '../domain/errors.ts';
import { parseFamilyId } from '../domain/token/token-id.ts';
import type { Clock } from '../ports/clock.ts';
import type { CallContext } from '../ports/user-repository.ts';
import type { Announce } from './announce.ts';
import type { FamilyEnder } from './family-ender.ts';

export interface RevokeFamilyDeps {
  readonly endFamily: FamilyEnder;
  readonly announce: Announce;
  readonly clock: Clock;
}

/** Builds the RevokeFamily use-case: ends a session by the id `sessions` lists. Ending one twice is no error. */
export function createRevokeFamily({ endFamily, announce, clock }: RevokeFamilyDeps) {
  return async function revokeFamily(familyId: string, context: CallContext = {}): Promise<void> {
    const family = parseFamilyId(familyId);
    if (family === undefined) throw new TokenError('claim_invalid');
    await endFamily(family, undefined, clock(), context);
    announce('revoked', { scope: 'family', user: undefined, family, context });
  };
}
