import type { NumericDate } from '../domain/claims/numeric-date.ts';
import type { StatusRules, TokenStatus } from '../domain/family/token-family.ts';
import type { FamilyId, UserId } from '../domain/token/token-id.ts';
import type { CallOptions } from './crypto-provider.ts';
import type { TokenRef } from './rotation-store.ts';

export interface StatusQuery extends StatusRules {
  readonly token: TokenRef;
  readonly now: NumericDate;
}

export interface BlacklistRequest {
  readonly token: TokenRef;
  readonly now: NumericDate;
  /** Inside this window an unused successor is logged out with its predecessor. */
  readonly graceSeconds: number;
}

export type BlacklistOutcome = 'blacklisted' | 'revoked' | 'family_revoked';

export interface RevokeFamilyRequest {
  readonly family: FamilyId;
  readonly user: UserId | undefined;
  readonly now: NumericDate;
  /** Until when any token of the family may live. */
  readonly retainUntil: NumericDate;
}

export interface RevokeUserRequest {
  readonly user: UserId;
  readonly now: NumericDate;
  /** Until when any token of the user may live. */
  readonly retainUntil: NumericDate;
  /** A token whose session stays, with the family to record it under where the store knows none. It must be active, or nothing is revoked. */
  readonly keep?:
    | { readonly token: TokenRef; readonly family: FamilyId; readonly mustBeRecorded: 'token' | undefined }
    | undefined;
}

/**
 * Revokes, and tells what was revoked. Once a revocation has been answered, no check that begins afterwards says `active`, whatever refresh
 * or login was in flight: every record carries the epoch it was issued under, and a revocation of the user raises the epoch.
 * Expired records never count, whenever they are collected. What throws or rejects may be sent again, as in `RotationStore`.
 */
export interface RevocationStore {
  /** The epoch now: a number that every `revokeUser` raises. A login reads it before it checks credentials. */
  epoch(options: CallOptions): number | Promise<number>;
  status(query: StatusQuery, options: CallOptions): TokenStatus | Promise<TokenStatus>;
  /** Logs one token out. Of concurrent calls for one token exactly one answers `blacklisted`. */
  blacklist(request: BlacklistRequest, options: CallOptions): BlacklistOutcome | Promise<BlacklistOutcome>;
  revokeFamily(request: RevokeFamilyRequest, options: CallOptions): 'revoked' | 'already' | Promise<'revoked' | 'already'>;
  /** `revoked`, or what the token to keep turned out to be. */
  revokeUser(request: RevokeUserRequest, options: CallOptions): RevokeUserOutcome | Promise<RevokeUserOutcome>;
}

export type RevokeUserOutcome =
  | { readonly outcome: 'revoked' }
  | { readonly outcome: 'kept_token_refused'; readonly status: TokenStatus };
