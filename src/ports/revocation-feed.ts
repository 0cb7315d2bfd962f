import type { NumericDate } from '../domain/claims/numeric-date.ts';
import type { CallOptions } from './crypto-provider.ts';

/** What was revoked, or may be about to be: a token by its `jti`, a family, or a user. */
export interface Revocation {
  readonly kind: 'token' | 'family' | 'user';
  readonly id: string;
}

/** A revocation as it stands in a feed. */
export interface FeedEntry extends Revocation {
  /** When it was published, by the feed's clock. */
  readonly at: NumericDate;
}

/**
 * A log of revocations that all hosts of a service write and read: each is written before it is applied, so that whoever has read the log knows of
 * every revocation that was ever answered. It decides nothing. An entry may be told twice, and be of a revocation that never came about.
 */
export interface RevocationFeed {
  /** For how long an entry can be read at least. */
  readonly retentionSeconds: number;
  /** Resolves when every read that begins from now on will tell of these. What rejects may have been published or not, and may be sent again. */
  publish(revocations: readonly Revocation[], options: CallOptions): void | Promise<void>;
  /** Begins to read, from the oldest entry there is. */
  follow(): FeedReader;
}

/** Reads one feed from its beginning on. One `read` at a time. */
export interface FeedReader {
  /**
   * The next entries; where there are none yet, it waits for some, for `waitMs` at most. Rejects where the feed cannot be reached or does not answer
   * in time, and may be called again: it then finds its way back, and misses nothing.
   */
  read(options: ReadOptions): Promise<FeedBatch>;
  /** Ends a read that waits, and releases what the reader holds. */
  close(): void | Promise<void>;
}

export interface ReadOptions {
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface FeedBatch {
  readonly entries: readonly FeedEntry[];
  /** Whether everything published before the call began is in this batch, or was in an earlier one of the same history. */
  readonly caughtUp: boolean;
  /** True where the feed's history is not the one that was read before: it was lost, and this batch begins another. */
  readonly lost: boolean;
  /** From when on nothing is missing, by the feed's clock, but for what is older than `retentionSeconds`. */
  readonly since: NumericDate;
  /** The feed's clock now. */
  readonly now: NumericDate;
  /** How far it was read: for people. */
  readonly position: string;
}
