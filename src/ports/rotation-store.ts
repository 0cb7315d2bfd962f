import type { NumericDate } from '../domain/claims/numeric-date.ts';
import type { ReuseKind } from '../domain/family/token-family.ts';
import type { FamilyId, Jti, UserId } from '../domain/token/token-id.ts';
import type { CallOptions } from './crypto-provider.ts';
import type { SessionMetadata } from './user-repository.ts';

/** A token as a store knows it: never the token itself, so that a dump of a store holds nothing that can be presented. */
export interface TokenRef {
  readonly jti: Jti;
  readonly user: UserId | undefined;
  /** The family the token names, if it names one. */
  readonly family: FamilyId | undefined;
  readonly iat: NumericDate | undefined;
  /** Whether tokens of its type are put on record when they are issued: refresh and sliding tokens are, access tokens are not. */
  readonly onRecord: boolean;
  /** Until when the store must remember what it knows of the token: its expiry, leeway and a margin, rounded up. */
  readonly retainUntil: NumericDate;
}

/** A refresh or sliding token about to be issued. */
export interface NewToken {
  readonly jti: Jti;
  readonly iat: NumericDate;
  /** When it can no longer be exchanged: `exp`, or the `refresh_exp` of a sliding token. */
  readonly exp: NumericDate;
  readonly retainUntil: NumericDate;
}

/**
 * An access token about to be issued. What is known of its family must be kept as long as it may live; its `jti` only where its `iat` cannot tell it
 * from those a revocation of the same second ended.
 */
export type NewAccessToken = Pick<NewToken, 'jti' | 'retainUntil'>;

export interface NewSession {
  readonly user: UserId;
  readonly family: FamilyId;
  readonly token: NewToken;
  readonly access: NewAccessToken | undefined;
  /** When the family ends, whatever is refreshed; undefined where it may live for ever. */
  readonly endsAt: NumericDate | undefined;
  /** The epoch read before the credentials were checked. */
  readonly epoch: number;
  readonly metadata: SessionMetadata | undefined;
  readonly now: NumericDate;
}

/** `revoked`: the user was logged out everywhere while this login was in flight; nothing was recorded. */
export type RecordOutcome = 'recorded' | 'revoked';

export interface RotateRequest {
  readonly token: TokenRef;
  /** The token to issue in its place or beside it; undefined for a use that issues no refresh token. */
  readonly successor: NewToken | undefined;
  /** Whether the token is spent by this. When it is not, it stays good beside its successor. */
  readonly spends: boolean;
  /** The family to record under where the store knows none. */
  readonly family: FamilyId;
  readonly access: NewAccessToken | undefined;
  /** Unique to this attempt. The same attempt sent twice gets its own outcome again. */
  readonly attempt: string;
  readonly now: NumericDate;
  /** Until when any token of the family may live: for how long its end must be remembered. */
  readonly retainUntil: NumericDate;
  readonly graceSeconds: number;
  readonly mustBeRecorded: 'token' | undefined;
  /** Whether reuse, or the return of a blacklisted token, ends the family in the same step. */
  readonly endFamilyOnReuse: boolean;
  readonly metadata: SessionMetadata | undefined;
}

export type RotateOutcome =
  | { readonly outcome: 'rotated' | 'replayed'; readonly family: FamilyId; readonly successor: NewToken | undefined }
  | { readonly outcome: 'reused'; readonly kind: ReuseKind; readonly family: FamilyId; readonly familyEnded: boolean }
  /** `endedFamily`: the family this call ended, because a blacklisted token came back. */
  | { readonly outcome: 'revoked'; readonly endedFamily?: FamilyId }
  | { readonly outcome: 'family_revoked' | 'unknown' };

/**
 * Issues and exchanges refresh tokens. Each method is one atomic decision (`domain/family/token-family.ts` is its table): of any number of
 * concurrent `rotate` calls that spend one token exactly one distinct successor ever exists. A method that throws or rejects has an unknown
 * outcome; the same call may then be sent again, and does what it is to do once. The service does so until its deadline, unless what was thrown is a
 * `TokenError` (or `ConfigError`): that is final, so a store throws it only for what another try would not mend. A store at its bound throws
 * `TokenError('store_full')`.
 */
export interface RotationStore {
  /** Starts a recorded session, unless the user's revocation is newer than `epoch`. */
  record(session: NewSession, options: CallOptions): RecordOutcome | Promise<RecordOutcome>;
  rotate(request: RotateRequest, options: CallOptions): RotateOutcome | Promise<RotateOutcome>;
}
