import type { ClaimsSet } from '../domain/claims/claims-set.ts';

/**
 * A user known only by its token (Simple JWT's TokenUser): nothing was looked up. Read other claims from `claims`; a claim that is
 * not there is not silently null here.
 */
export interface TokenUser {
  readonly id: string;
  readonly pk: string;
  readonly username: string;
  readonly isActive: true;
  readonly isStaff: boolean;
  readonly isSuperuser: boolean;
  readonly isAuthenticated: true;
  readonly isAnonymous: false;
  readonly claims: ClaimsSet;
}

/** The default `tokenUser` factory. `id` is the user claim as a string. */
export function createTokenUser(id: string, claims: ClaimsSet): TokenUser {
  return Object.freeze({
    id,
    pk: id,
    username: stringClaim(claims, 'username'),
    isActive: true,
    isStaff: claimIsTrue(claims, 'is_staff'),
    isSuperuser: claimIsTrue(claims, 'is_superuser'),
    isAuthenticated: true,
    isAnonymous: false,
    claims,
  });
}

function stringClaim(claims: ClaimsSet, name: string): string {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  return typeof value === 'string' ? value : '';
}

function claimIsTrue(claims: ClaimsSet, name: string): boolean {
  return Object.hasOwn(claims, name) && claims[name] === true;
}
