import type { NumericDate } from '../../../domain/claims/numeric-date.ts';
import { JtiTable } from '../../../domain/token/jti-table.ts';
import { RETENTION_MARGIN_SECONDS } from '../../../domain/token/retention.ts';
import type { FeedBatch, Revocation } from '../../../ports/revocation-feed.ts';
import type { TokenRef } from '../../../ports/rotation-store.ts';
import { IdKey } from './id-key.ts';

/**
 * The revocations of a feed, as a filter: what is in it was revoked or may have been, and what is not was not. An id is 64 bits and a time, 26 bytes where
 * there are a million: two ids that are taken for one cost a question. Each stays as long as the feed keeps it, counted by the feed's clock.
 */
export class LocalCopy {
  readonly #retentionSeconds: number;
  #tables = newTables();
  #since: NumericDate = Infinity;
  #now: NumericDate = 0;
  /** Entries and reads since the tables were last looked through. */
  #work = 0;

  constructor(retentionSeconds: number) {
    this.#retentionSeconds = retentionSeconds;
  }

  get size(): number {
    const { token, family, user } = this.#tables;
    return token.size + family.size + user.size;
  }

  take({ entries, lost, since, now }: FeedBatch): void {
    if (lost) this.#tables = newTables();
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
   * Whether the copy tells all about a token of this age. It knows nothing of what came before the feed's history began. A token is older than what was
   * revoked of it, so the feed still has that of a token half as old as its entries become; an older one is left to the store, as is one that does not
   * say how old it is. So clocks may differ by the other half.
   */
  covers(iat: NumericDate | undefined, now: NumericDate): boolean {
    return iat !== undefined && iat > this.#since + RETENTION_MARGIN_SECONDS && iat > now - this.#retentionSeconds / 2;
  }

  /** Whether the token itself or its user may have been revoked. */
  mayHold({ jti, user }: TokenRef): boolean {
    const { token: tokens, user: users } = this.#tables;
    if (user !== undefined && users.size > 0 && users.has(KEY.set(user).bits)) return true;
    return tokens.size > 0 && tokens.has(KEY.set(jti).bits);
  }

  mayHoldFamily({ bits }: IdKey): boolean {
    return this.#tables.family.has(bits);
  }

  #put({ kind, id }: Revocation, at: NumericDate): void {
    const table = this.#tables[kind];
    if (table.full) table.purge(this.#now);
    table.add(KEY.set(id).bits, at + this.#retentionSeconds, this.#now);
  }

  #purge(): void {
    this.#work = 0;
    for (const table of Object.values(this.#tables)) table.purge(this.#now);
  }
}

function newTables(): Readonly<Record<Revocation['kind'], JtiTable>> {
  return { token: new JtiTable(), family: new JtiTable(), user: new JtiTable() };
}

/** The id at hand. */
const KEY = new IdKey();
