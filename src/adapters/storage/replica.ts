import { chain, type MaybePromise } from '../../application/maybe-promise.ts';
import type { NumericDate } from '../../domain/claims/numeric-date.ts';
import { TokenError } from '../../domain/errors.ts';
import type { TokenStatus } from '../../domain/family/token-family.ts';
import type { FamilyId, UserId } from '../../domain/token/token-id.ts';
import type { CallOptions } from '../../ports/crypto-provider.ts';
import type { FeedBatch, Revocation, RevocationFeed } from '../../ports/revocation-feed.ts';
import type {
  BlacklistOutcome,
  BlacklistRequest,
  RevokeFamilyRequest,
  RevokeUserOutcome,
  RevokeUserRequest,
  StatusQuery,
} from '../../ports/revocation-store.ts';
import type { NewSession, RecordOutcome, RotateOutcome, RotateRequest } from '../../ports/rotation-store.ts';
import type { Session } from '../../ports/session-store.ts';
import type { TokenStore } from '../../ports/token-store.ts';
import type { ReplicaDiagnostics } from './replica/events.ts';
import { Follower } from './replica/follower.ts';
import { IdKey } from './replica/id-key.ts';
import { LocalCopy } from './replica/local-copy.ts';
import { assertParts, settingsOf, type ReplicaSettings, type ReplicaStoreOptions } from './replica/options.ts';
import { RecentIds } from './replica/recent-ids.ts';

export type { FeedBatch, FeedEntry, FeedReader, ReadOptions, Revocation, RevocationFeed } from '../../ports/revocation-feed.ts';
export type { ReplicaDiagnostics, ReplicaEvents } from './replica/events.ts';
export { memoryFeed, type MemoryFeedOptions } from './replica/memory-feed.ts';
export type { ReplicaStoreOptions } from './replica/options.ts';

export interface ReplicaStore extends TokenStore, AsyncDisposable {
  /** Resolves when the copy is complete for the first time. Before that a check follows `beyond`. */
  ready(): Promise<void>;
  diagnostics(): ReplicaDiagnostics;
}

/**
 * A store with a local copy of its revocations, which answers most checks of access tokens at once, without asking it. The copy is a filter: a token
 * that nothing in it may have ended is `active`; about any other the store decides, as about all else. Every host that revokes wraps its store in
 * one, over the same feed: a revocation is published before it is applied, so a copy is behind by `maxStalenessSeconds` at the most, or does not answer.
 * Disposing ends the reading; store and feed stay whoever's they are.
 */
export function replicaStore(store: TokenStore, feed: RevocationFeed, options: ReplicaStoreOptions = {}): ReplicaStore {
  assertParts(store, feed);
  return new Replica(store, feed, settingsOf(options));
}

class Replica implements ReplicaStore {
  readonly expiresNatively: boolean;
  readonly #store: TokenStore;
  readonly #feed: RevocationFeed;
  readonly #settings: ReplicaSettings;
  readonly #copy: LocalCopy;
  readonly #follower: Follower;
  /** Families that the store has said are on record, and of which nothing was revoked since: for them the copy need not be looked at. */
  #known: RecentIds;
  /** Families that refused rotations were of: a client that comes back and back fills no feed. */
  #published: RecentIds;
  readonly #counts = { local: 0, asked: 0, refused: 0 };

  constructor(store: TokenStore, feed: RevocationFeed, settings: ReplicaSettings) {
    this.expiresNatively = store.expiresNatively === true;
    this.#store = store;
    this.#feed = feed;
    this.#settings = settings;
    this.#copy = new LocalCopy(feed.retentionSeconds);
    this.#known = this.#newKnown();
    this.#published = this.#newPublished();
    this.#follower = new Follower(feed.follow(), settings, (batch) => this.#take(batch));
  }

  status(query: StatusQuery, options: CallOptions): MaybePromise<TokenStatus> {
    const { token, now, mustBeRecorded } = query;
    if (token.onRecord) return this.#store.status(query, options);
    if (!this.#follower.fresh) return this.#beyond(query, options);
    if (!this.#copy.covers(token.iat, now) || this.#copy.mayHold(token)) return this.#ask(query, options);
    const family = token.family === undefined ? undefined : FAMILY.set(token.family);
    if (mustBeRecorded === undefined) {
      return family !== undefined && this.#copy.mayHoldFamily(family) ? this.#ask(query, options) : this.#local();
    }
    if (mustBeRecorded === 'token' || family === undefined) return this.#ask(query, options);
    return this.#known.has(family, this.#follower.seconds) ? this.#local() : this.#meet(family.id, query, options);
  }

  blacklist(request: BlacklistRequest, options: CallOptions): MaybePromise<BlacklistOutcome> {
    const { jti, family, onRecord } = request.token;
    // about a token that is on record only the store is asked; but a session that is logged out may end its access tokens
    const revocations: Revocation[] = onRecord ? [] : [{ kind: 'token', id: jti }];
    if (family !== undefined) revocations.push({ kind: 'family', id: family });
    return chain(this.#publish(revocations, options), () => this.#store.blacklist(request, options));
  }

  revokeFamily(request: RevokeFamilyRequest, options: CallOptions): MaybePromise<'revoked' | 'already'> {
    const published = this.#publish([{ kind: 'family', id: request.family }], options);
    return chain(published, () => this.#store.revokeFamily(request, options));
  }

  revokeUser(request: RevokeUserRequest, options: CallOptions): MaybePromise<RevokeUserOutcome> {
    const published = this.#publish([{ kind: 'user', id: request.user }], options);
    return chain(published, () => this.#store.revokeUser(request, options));
  }

  rotate(request: RotateRequest, options: CallOptions): MaybePromise<RotateOutcome> {
    return chain(this.#store.rotate(request, options), (outcome) => {
      const family = endedBy(outcome, request);
      const now = this.#settings.clocks.steady();
      const published = this.#published; // what went into a history that is lost meanwhile is not remembered
      if (family === undefined || published.has(FAMILY.set(family), now)) return outcome;
      return chain(this.#publish([{ kind: 'family', id: family }], options), () => {
        published.add(FAMILY.set(family), now);
        return outcome;
      });
    });
  }

  record(session: NewSession, options: CallOptions): MaybePromise<RecordOutcome> {
    return this.#store.record(session, options);
  }

  epoch(options: CallOptions): MaybePromise<number> {
    return this.#store.epoch(options);
  }

  sessions(user: UserId, now: NumericDate, options: CallOptions): Iterable<Session> | AsyncIterable<Session> {
    return this.#store.sessions(user, now, options);
  }

  flushExpired(now: NumericDate, options: CallOptions): MaybePromise<number> {
    return this.#store.flushExpired(now, options);
  }

  ready(): Promise<void> {
    return this.#follower.complete();
  }

  diagnostics(): ReplicaDiagnostics {
    const { ageSeconds, closed, position, failures, losses } = this.#follower;
    const state = ageSeconds === undefined ? 'starting' : ageSeconds <= this.#settings.maxStalenessSeconds ? 'fresh' : 'stale';
    return {
      state: closed ? 'closed' : state,
      ageSeconds,
      entries: this.#copy.size,
      knownFamilies: this.#known.size,
      position,
      ...this.#counts,
      failures,
      losses,
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#follower.close();
  }

  #take(batch: FeedBatch): void {
    if (batch.lost) {
      this.#known = this.#newKnown();
      this.#published = this.#newPublished();
    }
    this.#copy.take(batch);
    this.#forget(batch.entries);
  }

  #local(): TokenStatus {
    this.#counts.local++;
    return 'active';
  }

  #ask(query: StatusQuery, options: CallOptions): MaybePromise<TokenStatus> {
    this.#counts.asked++;
    return this.#store.status(query, options);
  }

  #beyond(query: StatusQuery, options: CallOptions): MaybePromise<TokenStatus> {
    if (this.#settings.beyond === 'ask') return this.#ask(query, options);
    this.#counts.refused++;
    throw new TokenError('store_unavailable', { cause: new Error('the local copy of the revocations is too old') });
  }

  /** Asks about the first token of a family, and remembers that the family is on record, unless it may have been revoked. */
  #meet(family: string, query: StatusQuery, options: CallOptions): MaybePromise<TokenStatus> {
    const known = this.#known; // what was asked before the feed lost its history goes where nobody looks
    return chain(this.#ask(query, options), (status) => {
      if (status === 'active' && !this.#copy.mayHoldFamily(FAMILY.set(family))) known.add(FAMILY, this.#follower.seconds);
      return status;
    });
  }

  #publish(revocations: readonly Revocation[], options: CallOptions): MaybePromise<void> {
    if (revocations.length === 0) return undefined;
    return chain(this.#feed.publish(revocations, options), () => {
      for (const revocation of revocations) this.#copy.add(revocation);
      this.#forget(revocations);
    });
  }

  #forget(revocations: readonly Revocation[]): void {
    for (const { kind, id } of revocations) if (kind === 'family') this.#known.delete(FAMILY.set(id));
  }

  #newKnown(): RecentIds {
    return new RecentIds(KNOWN_SECONDS, this.#settings.maxKnownFamilies, this.#settings.clocks.steady());
  }

  /** For a quarter of the entries' life at most, so that what stands in the feed outlasts any token that it may be needed for. */
  #newPublished(): RecentIds {
    return new RecentIds(this.#feed.retentionSeconds / 8, MOST_PUBLISHED, this.#settings.clocks.steady());
  }
}

/** The family that a rotation has ended, or an earlier try of it may have: one that ended its family and died is answered as any other now. */
function endedBy(outcome: RotateOutcome, { token }: RotateRequest): FamilyId | undefined {
  switch (outcome.outcome) {
    case 'rotated':
    case 'replayed':
    case 'unknown':
      return undefined;
    case 'reused':
      return outcome.familyEnded ? outcome.family : undefined;
    case 'revoked':
      return outcome.endedFamily ?? token.family;
    case 'family_revoked':
      return token.family;
  }
}

/** The family at hand, so that a check allocates nothing. */
const FAMILY = new IdKey();

/** After that a family is met anew: so the store is asked whether it has ended of itself meanwhile. */
const KNOWN_SECONDS = 600;
const MOST_PUBLISHED = 100_000;
