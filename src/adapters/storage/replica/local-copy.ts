import type { NumericDate } from '../../../domain/claims/numeric-date.ts';
import { Blacklist } from '../../../domain/token/blacklist.ts';
import { RETENTION_MARGIN_SECONDS } from '../../../domain/token/retention.ts';
import type { FeedBatch, Revocation } from '../../../ports/revocation-feed.ts';
import type { TokenRef } from '../../../ports/rotation-store.ts';

/**
 * The revocations of a feed, as a filter: what is in it was revoked or may have been, and what is not was not. Each entry stays as long as the feed
 * keeps it, counted by the feed's clock.
 */
export class LocalCopy {
  readonly #retentionSeconds: number;
  #sets = newSets();
  #since: NumericDate = Infinity;
  #now: NumericDate = 0;
  /** Entries and reads since the sets were last looked through. */
  #work = 0;

  constructor(retentionSeconds: number) {
    this.#retentionSeconds = retentionSeconds;
  }

  get size(): number {
    const { token, family, user } = this.#sets;
    return token.size + family.size + user.size;
  }

  take({ entries, lost, since, now }: FeedBatch): void {
    if (lost) this.#sets = newSets();
    this.#since = since;
    this.#now = now;
    for (const entry of entries) this.#put(entry, entry.at);
    this.#work += 1 + entries.length;
    if (this.#work * 4 >= this.size) this.#purge();
  }

  /** Adds what this host has just published, before it comes back with the feed. */
  add(revocation: Revocation): void {
    if (this.#since < Infinity) this.#put(revocation, this.#now);
  }

  /**
   * Whether the copy shows that nothing ended this token. It knows nothing of what came before the feed's history began. A token is older than what
   * was revoked of it, so the feed still has that of a token half as old as its entries become; an older one is left to the store, as is one that does
   * not say how old it is. So clocks may differ by the other half.
   */
  clears({ jti, family, user, iat }: TokenRef, now: NumericDate): boolean {
    if (iat === undefined || iat <= this.#since + RETENTION_MARGIN_SECONDS || iat <= now - this.#retentionSeconds / 2)
      return false;
    const { token: tokens, family: families, user: users } = this.#sets;
    if (family !== undefined && families.size > 0 && families.has(family)) return false;
    if (tokens.size > 0 && tokens.has(jti)) return false;
    return user === undefined || users.size === 0 || !users.has(user);
  }

  #put({ kind, id }: Revocation, at: NumericDate): void {
    this.#sets[kind].add(id, at + this.#retentionSeconds, this.#now);
  }

  #purge(): void {
    this.#work = 0;
    for (const set of Object.values(this.#sets)) set.purge(this.#now);
  }
}

function newSets(): Readonly<Record<Revocation['kind'], Blacklist>> {
  return { token: new Blacklist(), family: new Blacklist(), user: new Blacklist() };
}
