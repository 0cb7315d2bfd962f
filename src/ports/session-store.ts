import type { NumericDate } from '../domain/claims/numeric-date.ts';
import type { FamilyId, UserId } from '../domain/token/token-id.ts';
import type { CallOptions } from './crypto-provider.ts';
import type { SessionMetadata } from './user-repository.ts';

/** A live family: one login on one device. */
export interface Session {
  readonly id: FamilyId;
  readonly createdAt: NumericDate;
  readonly lastUsedAt: NumericDate;
  /** When the session ends unless it is refreshed. */
  readonly expiresAt: NumericDate;
  readonly metadata: SessionMetadata;
}

/** Lists and collects. */
export interface SessionStore {
  /** The user's live families, newest first; families that are revoked, logged out or expired are not among them. */
  sessions(user: UserId, now: NumericDate, options: CallOptions): Iterable<Session> | AsyncIterable<Session>;
  /** Drops records no valid token can need any more; answers how many went. */
  flushExpired(now: NumericDate, options: CallOptions): number | Promise<number>;
}
