import type { NumericDate } from '../../../domain/claims/numeric-date.ts';
import { TokenError } from '../../../domain/errors.ts';
import { RETENTION_MARGIN_SECONDS } from '../../../domain/token/retention.ts';
import type { FamilyId, Jti, UserId } from '../../../domain/token/token-id.ts';
import type { NewToken, TokenRef } from '../../../ports/rotation-store.ts';
import type { SessionMetadata } from '../../../ports/user-repository.ts';
import { Blacklist } from './blacklist.ts';
import { ExpiryQueue } from './expiry-queue.ts';
import { JtiMap, type JtiMapEntry } from './jti-map.ts';

export interface TokenRecord extends JtiMapEntry<TokenRecord> {
  readonly token: NewToken;
  /** On record as long as any of its tokens is. */
  readonly family: FamilyRecord;
  state: 'live' | 'spent' | 'blacklisted';
  /** For what it was spent, by whom and when; kept when it is blacklisted besides. Flat: a store keeps very many. */
  successor: Jti | undefined;
  attempt: string;
  spentAt: NumericDate;
}

export interface FamilyRecord {
  readonly id: FamilyId;
  readonly user: UserId | undefined;
  readonly createdAt: NumericDate;
  /** When it ends, whatever is refreshed. */
  readonly endsAt: NumericDate | undefined;
  epoch: number;
  lastUsedAt: NumericDate;
  retainUntil: NumericDate;
  /** The token issued last. */
  newest: NewToken | undefined;
  /** How many of its tokens can still be used; none once it was logged out. */
  live: number;
  metadata: SessionMetadata;
  revoked: boolean;
}

export interface UserRecord {
  /** Families issued under an older epoch are dead; 0 for a user who was never revoked. */
  epoch: number;
  /** When the user was last revoked, for tokens that have no record. */
  revokedAt: NumericDate;
  retainUntil: NumericDate;
  /** In the order they began. */
  readonly families: Set<FamilyId>;
  /** Access tokens issued after the revocation but within its second. */
  readonly issuedSince: Set<Jti>;
}

export interface FamilyStart {
  readonly user: UserId | undefined;
  readonly now: NumericDate;
  readonly endsAt: NumericDate | undefined;
  readonly epoch: number;
  readonly metadata: SessionMetadata | undefined;
  readonly retainUntil: NumericDate;
}

/** What a memory store has on record: bounded, and forgotten by the clock. It decides nothing. */
export class MemoryRecords {
  readonly tokens = new JtiMap<TokenRecord>();
  readonly families = new Map<FamilyId, FamilyRecord>();
  readonly users = new Map<UserId, UserRecord>();
  /** Tokens that were blacklisted without a record of their own: 26 bytes each, where a record takes ten times as much. */
  readonly #blacklist = new Blacklist();
  readonly #expiringTokens = new ExpiryQueue<TokenRecord>();
  readonly #expiringFamilies = new ExpiryQueue<FamilyId>();
  readonly #expiringUsers = new ExpiryQueue<UserId>();
  readonly #maxRecords: number;
  #purgedUntil: NumericDate = 0;
  /** Calls since the blacklist was last looked through. */
  #calls = 0;

  constructor(maxRecords: number) {
    this.#maxRecords = maxRecords;
  }

  /** Whether a record that was to be kept until then may be gone: of such a token nobody knows any more whether it was revoked. */
  mayHaveForgotten(retainUntil: NumericDate): boolean {
    return retainUntil <= Math.max(this.#purgedUntil, this.#blacklist.purgedUntil);
  }

  addToken(token: NewToken, family: FamilyRecord): TokenRecord {
    const record: TokenRecord = {
      token,
      family,
      state: 'live',
      successor: undefined,
      attempt: '',
      spentAt: 0,
      key: 0,
      next: undefined,
    };
    this.tokens.set(record);
    this.#expiringTokens.push(token.retainUntil, record);
    family.live++;
    family.newest = token;
    this.retainFamily(family, token.retainUntil);
    return record;
  }

  /** Blacklists a token that has no record, and needs none: it names its family itself. */
  blacklist({ jti, family: familyId, retainUntil }: TokenRef, now: NumericDate): void {
    this.#blacklist.add(jti, retainUntil, now);
    const family = familyId === undefined ? undefined : this.families.get(familyId);
    if (family !== undefined) this.retainFamily(family, retainUntil);
  }

  isBlacklisted(jti: Jti): boolean {
    return this.#blacklist.size > 0 && this.#blacklist.has(jti);
  }

  /** Ends a live token's use. */
  retire(record: TokenRecord, state: 'spent' | 'blacklisted'): void {
    if (record.state === 'live') record.family.live--;
    record.state = state;
  }

  addFamily(id: FamilyId, { user, now, endsAt, epoch, metadata = {}, retainUntil }: FamilyStart): FamilyRecord {
    const times = { createdAt: now, lastUsedAt: now, retainUntil };
    const record: FamilyRecord = { id, user, ...times, endsAt, epoch, newest: undefined, live: 0, metadata, revoked: false };
    this.families.set(id, record);
    this.#expiringFamilies.push(retainUntil, id);
    if (user !== undefined) this.user(user).families.add(id);
    return record;
  }

  /** It is looked at when it was to go at first, and then queued anew. */
  retainFamily(family: FamilyRecord, until: NumericDate): void {
    family.retainUntil = Math.max(family.retainUntil, until);
  }

  user(id: UserId): UserRecord {
    let user = this.users.get(id);
    if (user === undefined) {
      user = { epoch: 0, revokedAt: 0, retainUntil: 0, families: new Set(), issuedSince: new Set() };
      this.users.set(id, user);
    }
    return user;
  }

  retainUser(id: UserId, user: UserRecord, until: NumericDate): void {
    if (until <= user.retainUntil) return;
    user.retainUntil = until;
    this.#expiringUsers.push(until, id);
  }

  /** Throws `store_full` when this many new tokens and families would pass the bound. A live record never gives way. */
  makeRoom(records: number, now: NumericDate): void {
    const free = () => this.#maxRecords - this.tokens.size - this.families.size - this.#blacklist.size;
    if (free() >= records) return;
    this.purge(now + RETENTION_MARGIN_SECONDS); // a record past its expiry but within its margin gives way
    if (free() < records) throw new TokenError('store_full');
  }

  /** Purges as a store goes: the blacklist only when the calls since the last time pay for a look through all of it. */
  purgeSome(time: NumericDate): void {
    this.#calls++;
    if (this.#calls * 16 < this.#blacklist.size) this.#purgeRecords(time);
    else this.purge(time);
  }

  /** Forgets what was to be kept until `time` at most; answers how many tokens and families went. */
  purge(time: NumericDate): number {
    this.#calls = 0;
    return this.#blacklist.purge(time) + this.#purgeRecords(time);
  }

  #purgeRecords(time: NumericDate): number {
    const soonest = Math.min(this.#expiringTokens.soonest, this.#expiringFamilies.soonest, this.#expiringUsers.soonest);
    if (soonest > time) return 0;
    const tokens = this.#drain(this.#expiringTokens, time, (record) => this.#forgetToken(record));
    const families = this.#drain(this.#expiringFamilies, time, (id) => this.#forgetFamily(id, time));
    this.#drain(this.#expiringUsers, time, (id) => this.#forgetUser(id, time));
    return tokens + families;
  }

  #drain<T>(queue: ExpiryQueue<T>, time: NumericDate, forget: (item: T) => boolean): number {
    let count = 0;
    for (let due = queue.takeDue(time); due !== undefined; due = queue.takeDue(time)) {
      this.#purgedUntil = Math.max(this.#purgedUntil, time);
      if (forget(due)) count += 1;
    }
    return count;
  }

  #forgetToken(record: TokenRecord): boolean {
    this.retire(record, 'spent');
    return this.tokens.delete(record);
  }

  #forgetFamily(id: FamilyId, time: NumericDate): boolean {
    const family = this.families.get(id);
    if (family === undefined) return false;
    if (family.retainUntil > time) {
      this.#expiringFamilies.push(family.retainUntil, id);
      return false;
    }
    this.families.delete(id);
    if (family.user !== undefined) {
      this.users.get(family.user)?.families.delete(id);
      this.#forgetUser(family.user, time);
    }
    return true;
  }

  #forgetUser(id: UserId, time: NumericDate): boolean {
    const user = this.users.get(id);
    return user !== undefined && user.families.size === 0 && user.retainUntil <= time && this.users.delete(id);
  }
}
