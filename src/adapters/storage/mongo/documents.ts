import { encodeId } from '../../../application/encode-id.ts';
import type { NumericDate } from '../../../domain/claims/numeric-date.ts';
import type { FamilyId, Jti, UserId } from '../../../domain/token/token-id.ts';
import type { NewToken } from '../../../ports/rotation-store.ts';
import type { SessionMetadata } from '../../../ports/user-repository.ts';

/**
 * What is on record, as documents of one collection: a fact is a document, and its `_id` says what it is about, so that the unique index on `_id`
 * decides which of several comes true. A fact is never changed or taken back; only how long it is kept, and when a family was last used, are
 * written anew, in documents where losing one such write harms nobody.
 */
export interface Fact {
  readonly _id: string;
  /** Until when it counts. */
  readonly till: NumericDate;
  /** When the server may collect it, by its own clock. */
  readonly expireAt: Date;
}

/** A refresh or sliding token was issued. */
export interface TokenFact extends Fact {
  readonly family: string;
  readonly jti: string;
  readonly iat: NumericDate;
  readonly exp: NumericDate;
  /** By which the tokens of a family are ordered. */
  readonly made: number;
  readonly at: NumericDate;
  /** What is known of the session since then, as JSON: names may be any. */
  readonly metadata: string | null;
}

/** What became of a token: one of a kind, so of a logout and any number of exchanges one comes true. */
export type FateFact = SpentFact | BlacklistedFact;

export interface SpentFact extends Fact {
  readonly fate: 'spent';
  readonly of: string;
  readonly attempt: string;
  readonly spentAt: NumericDate;
  readonly successor: SuccessorFields;
}

export interface SuccessorFields {
  readonly jti: string;
  readonly iat: NumericDate;
  readonly exp: NumericDate;
  readonly till: NumericDate;
  readonly metadata: string | null;
}

export interface BlacklistedFact extends Fact {
  readonly fate: 'blacklisted';
}

/** A family began. */
export interface FamilyFact extends Fact {
  readonly id: string;
  readonly user: string | null;
  readonly epoch: number;
  readonly createdAt: NumericDate;
  readonly endsAt: NumericDate | null;
  readonly made: number;
}

/** A user was revoked. */
export interface RevocationFact extends Fact {
  readonly epoch: number;
  readonly revokedAt: NumericDate;
  /** The family that went on. */
  readonly kept: string | null;
}

/** An access token was issued after this revocation, though perhaps within its second. */
export interface IssuedFact extends Fact {
  readonly since: number;
}

/** A family was used without a new token of it. */
export interface UseFact extends Fact {
  readonly at: NumericDate;
  readonly made: number;
  readonly metadata?: string;
}

/** Kinds of facts: what an `_id` begins with. */
export const idOf = {
  token: (jti: Jti) => `t:${encodeId(jti)}`,
  fate: (jti: Jti) => `x:${encodeId(jti)}`,
  family: (family: FamilyId) => `f:${encodeId(family)}`,
  /** The family was ended. */
  end: (family: FamilyId) => `r:${encodeId(family)}`,
  /** A token of the family was logged out, or will be in a moment: whoever asks whether it still lives must look closer. */
  logout: (family: FamilyId) => `l:${encodeId(family)}`,
  use: (family: FamilyId) => `d:${encodeId(family)}`,
  issued: (jti: Jti) => `i:${encodeId(jti)}`,
  revocation: (user: UserId, epoch: number) => `u:${encodeId(user)}:${epoch}`,
  epoch: (number: number) => `n:${String(number).padStart(16, '0')}`,
} as const;

/** The `_id`s of all revocations of a user: `;` follows `:`, and an encoded id holds neither. */
export function revocationsOf(user: UserId) {
  return { $gt: `u:${encodeId(user)}:`, $lt: `u:${encodeId(user)};` };
}

export const EPOCHS = { $gt: 'n:', $lt: 'n;' };

/** How long a fact is kept. It is collected later than it ends, so that clocks may differ; by the server's own time, whatever `now` is. */
export function kept(till: NumericDate, now: NumericDate): Pick<Fact, 'till' | 'expireAt'> {
  return { till, expireAt: new Date(Date.now() + (Math.max(till - now, 0) + COLLECTED_AFTER_SECONDS) * 1000) };
}

/** Twice as long as was asked, so that it need not be prolonged with every rotation. */
export function keptLong(till: NumericDate, now: NumericDate): Pick<Fact, 'till' | 'expireAt'> {
  return kept(till + Math.max(till - now, 0), now);
}

export function tokenFact(token: NewToken, family: FamilyId, metadata: string | null, now: NumericDate): TokenFact {
  const { jti, iat, exp, retainUntil } = token;
  return {
    _id: idOf.token(jti),
    family: encodeId(family),
    jti: encodeId(jti),
    iat,
    exp,
    made: order(),
    at: now,
    metadata,
    ...kept(retainUntil, now),
  };
}

export function metadataText(metadata: SessionMetadata | undefined): string | null {
  return metadata === undefined ? null : JSON.stringify(metadata);
}

/** Milliseconds with their fractions, so that what one process made is in the order in which it was made. */
export function order(): number {
  return performance.timeOrigin + performance.now();
}

/** By how much a clock may be set back before it meets what was collected. */
export const COLLECTED_AFTER_SECONDS = 1800;
