import { ConfigError, TokenError } from '../../domain/errors.ts';
import type { NumericDate } from '../../domain/claims/numeric-date.ts';
import {
  decideBlacklist,
  decideRotation,
  decideStatus,
  type TokenFacts,
  type TokenStatus,
} from '../../domain/family/token-family.ts';
import { RETENTION_MARGIN_SECONDS } from '../../domain/token/retention.ts';
import type { FamilyId, Jti, UserId } from '../../domain/token/token-id.ts';
import type {
  BlacklistOutcome,
  BlacklistRequest,
  RevokeFamilyRequest,
  RevokeUserOutcome,
  RevokeUserRequest,
  StatusQuery,
} from '../../ports/revocation-store.ts';
import type {
  NewAccessToken,
  NewSession,
  NewToken,
  RecordOutcome,
  RotateOutcome,
  RotateRequest,
  TokenRef,
} from '../../ports/rotation-store.ts';
import type { Session } from '../../ports/session-store.ts';
import type { TokenStore } from '../../ports/token-store.ts';
import type { SessionMetadata } from '../../ports/user-repository.ts';
import { ExpiryQueue } from './memory-expiry-queue.ts';

export interface MemoryStoreOptions {
  /** Most tokens and families on record (default 1,000,000). At the bound new records are refused with `store_full`; no live record is ever evicted. */
  readonly maxRecords?: number;
}

/**
 * Token storage in this process: atomic because each method runs to its end, lost on restart, shared with no other process. Expires by the
 * clock it is given and purges as it goes.
 */
export function memoryStore({ maxRecords = 1_000_000 }: MemoryStoreOptions = {}): TokenStore {
  if (!Number.isSafeInteger(maxRecords) || maxRecords < 1) {
    throw new ConfigError('invalid_option', 'maxRecords', 'maxRecords must be a whole number of at least 1');
  }
  return new MemoryStore(maxRecords);
}

interface TokenRecord {
  readonly token: NewToken;
  readonly family: FamilyId | undefined;
  blacklisted: boolean;
  spent: { readonly at: NumericDate; readonly attempt: string; readonly successor: Jti } | undefined;
}

interface FamilyRecord {
  readonly user: UserId | undefined;
  readonly createdAt: NumericDate;
  epoch: number;
  lastUsedAt: NumericDate;
  retainUntil: NumericDate;
  /** The newest token: the one that is live while none is spent for another. */
  current: NewToken | undefined;
  metadata: SessionMetadata;
  revoked: boolean;
}

interface UserRecord {
  /** Families issued under an older epoch are dead. */
  epoch: number;
  /** When the user was last revoked, for tokens that have no record. */
  revokedAt: NumericDate;
  retainUntil: NumericDate;
  readonly families: Set<FamilyId>;
  /** Access tokens issued after the revocation but within its second. */
  readonly issuedSince: Map<Jti, NumericDate>;
}

type Expiring = { readonly jti: Jti } | { readonly family: FamilyId } | { readonly user: UserId };

class MemoryStore implements TokenStore {
  readonly expiresNatively = true;
  readonly #tokens = new Map<Jti, TokenRecord>();
  readonly #families = new Map<FamilyId, FamilyRecord>();
  readonly #users = new Map<UserId, UserRecord>();
  readonly #expiries = new ExpiryQueue<Expiring>();
  readonly #maxRecords: number;
  #epoch = 0;
  /** Records up to this time may be gone, so a token that old and unknown may have been revoked: a clock set back revives nothing. */
  #purgedUntil: NumericDate = 0;

  constructor(maxRecords: number) {
    this.#maxRecords = maxRecords;
  }

  epoch(): number {
    return this.#epoch;
  }

  record({ user, family, token, access, epoch, metadata, now }: NewSession): RecordOutcome {
    this.#purge(now);
    if (epoch < (this.#users.get(user)?.epoch ?? 0)) return 'revoked';
    this.#makeRoom(2, now);
    this.#addFamily(family, { user, now, epoch, metadata, retainUntil: token.retainUntil });
    this.#addToken(token, family);
    this.#noteAccess(user, access, now);
    return 'recorded';
  }

  rotate(request: RotateRequest): RotateOutcome {
    const { token: ref, now, attempt } = request;
    this.#purge(now);
    const record = this.#tokens.get(ref.jti);
    const family = record?.family ?? ref.family ?? request.family;
    const decision = decideRotation(this.#facts(ref, attempt), request);
    switch (decision) {
      case 'rotate':
        return this.#spend(request, family);
      case 'replay': {
        const child = record?.spent === undefined ? undefined : this.#tokens.get(record.spent.successor);
        this.#noteAccess(ref.user, request.access, now);
        return { outcome: record?.spent?.attempt === attempt ? 'rotated' : 'replayed', family, successor: child?.token };
      }
      case 'late_retry':
      case 'ancestor':
        if (request.endFamilyOnReuse) this.#endFamily(family, ref.user, now, ref.retainUntil);
        return { outcome: 'reused', kind: decision, family, familyEnded: request.endFamilyOnReuse };
      case 'revoked':
        if (request.endFamilyOnReuse && (record?.family ?? ref.family) !== undefined) {
          this.#endFamily(family, ref.user, now, ref.retainUntil);
        }
        return { outcome: decision };
      case 'family_revoked':
      case 'unknown':
        return { outcome: decision };
    }
  }

  status(query: StatusQuery): TokenStatus {
    this.#purge(query.now);
    return decideStatus(this.#facts(query.token), query);
  }

  blacklist({ token: ref, now, graceSeconds }: BlacklistRequest): BlacklistOutcome {
    this.#purge(now);
    const decision = decideBlacklist(this.#facts(ref), { now, graceSeconds });
    const record = this.#tokens.get(ref.jti);
    switch (decision) {
      case 'blacklist':
        if (record === undefined) this.#makeRoom(1, now);
        (record ?? this.#addToken(tokenOf(ref, now), ref.family)).blacklisted = true;
        return 'blacklisted';
      case 'blacklist_successor': {
        const child = record?.spent === undefined ? undefined : this.#tokens.get(record.spent.successor);
        if (child !== undefined) child.blacklisted = true;
        return 'blacklisted';
      }
      case 'revoked':
      case 'family_revoked':
        return decision;
    }
  }

  revokeFamily({ family, user, now, retainUntil }: RevokeFamilyRequest): 'revoked' | 'already' {
    this.#purge(now);
    return this.#endFamily(family, user, now, retainUntil) ? 'revoked' : 'already';
  }

  revokeUser({ user: id, keep, now, retainUntil }: RevokeUserRequest): RevokeUserOutcome {
    this.#purge(now);
    if (keep !== undefined) {
      const status = decideStatus(this.#facts(keep.token), keep);
      if (status !== 'active') return { outcome: 'kept_token_refused', status };
      if (!this.#tokens.has(keep.token.jti)) this.#makeRoom(2, now);
    }
    const user = this.#user(id);
    user.epoch = ++this.#epoch;
    user.revokedAt = now;
    user.issuedSince.clear();
    if (retainUntil > user.retainUntil) {
      user.retainUntil = retainUntil;
      this.#expiries.push(retainUntil, { user: id });
    }
    if (keep !== undefined) this.#keepSession(keep.token, keep.family, now);
    return { outcome: 'revoked' };
  }

  *sessions(id: UserId, now: NumericDate): Iterable<Session> {
    this.#purge(now);
    const user = this.#users.get(id);
    if (user === undefined) return;
    for (const family of [...user.families].toReversed()) {
      const record = this.#families.get(family);
      const { current } = record ?? {};
      if (record === undefined || current === undefined || current.exp <= now) continue;
      if (record.revoked || record.epoch < user.epoch || this.#tokens.get(current.jti)?.blacklisted === true) continue;
      const { createdAt, lastUsedAt, metadata } = record;
      yield { id: family, createdAt, lastUsedAt, expiresAt: current.exp, metadata };
    }
  }

  flushExpired(now: NumericDate): number {
    return this.#purge(now + RETENTION_MARGIN_SECONDS);
  }

  /** What is on record about a token: the left side of the decision table. */
  #facts({ jti, user, family, iat, retainUntil }: TokenRef, attempt?: string): TokenFacts {
    const record = this.#tokens.get(jti);
    const familyId = record?.family ?? family;
    const familyRecord = familyId === undefined ? undefined : this.#families.get(familyId);
    const userRecord = user === undefined ? undefined : this.#users.get(user);
    const userRevoked =
      familyRecord === undefined || familyRecord.user !== user
        ? this.#unrecordedRevoked(userRecord, jti, iat)
        : familyRecord.epoch < (userRecord?.epoch ?? 0);
    const forgotten = record === undefined && familyRecord === undefined && retainUntil <= this.#purgedUntil;
    return {
      token: record === undefined ? (forgotten ? 'blacklisted' : 'unrecorded') : stateOf(record),
      family: familyRecord === undefined ? 'unrecorded' : this.#familyState(familyRecord),
      userRevoked,
      spent: record?.spent && {
        at: record.spent.at,
        sameAttempt: record.spent.attempt === attempt,
        successor: this.#successorState(record.spent.successor),
      },
    };
  }

  /** A token without a record has only its `iat` to tell it from a revocation; in doubt it is revoked. */
  #unrecordedRevoked(user: UserRecord | undefined, jti: Jti, iat: NumericDate | undefined): boolean {
    if (user === undefined || user.epoch === 0) return false;
    return (iat === undefined || iat <= user.revokedAt) && !user.issuedSince.has(jti);
  }

  #familyState(record: FamilyRecord): 'live' | 'ended' | 'revoked' {
    if (record.revoked) return 'revoked';
    const current = record.current === undefined ? undefined : this.#tokens.get(record.current.jti);
    return current?.blacklisted === true ? 'ended' : 'live';
  }

  #successorState(jti: Jti): 'live' | 'spent' | 'blacklisted' {
    const record = this.#tokens.get(jti);
    const state = record === undefined ? 'spent' : stateOf(record);
    return state;
  }

  #spend({ token: ref, successor, spends, attempt, access, now, metadata }: RotateRequest, familyId: FamilyId): RotateOutcome {
    const known = this.#tokens.get(ref.jti);
    const knownFamily = this.#families.get(familyId);
    this.#makeRoom(Number(known === undefined) + Number(knownFamily === undefined) + Number(successor !== undefined), now);
    const family =
      knownFamily ??
      this.#addFamily(familyId, { user: ref.user, now, epoch: this.#epoch, metadata, retainUntil: ref.retainUntil });
    const record = known ?? this.#addToken(tokenOf(ref, now), familyId);
    family.lastUsedAt = now;
    if (metadata !== undefined) family.metadata = metadata;
    if (successor !== undefined) {
      this.#addToken(successor, familyId);
      if (spends) record.spent = { at: now, attempt, successor: successor.jti };
    }
    this.#noteAccess(ref.user, access, now);
    return { outcome: 'rotated', family: familyId, successor };
  }

  #keepSession(ref: TokenRef, fallback: FamilyId, now: NumericDate): void {
    const known = this.#tokens.get(ref.jti);
    const familyId = known?.family ?? ref.family ?? fallback;
    const family =
      this.#families.get(familyId) ??
      this.#addFamily(familyId, { user: ref.user, now, epoch: this.#epoch, metadata: undefined, retainUntil: ref.retainUntil });
    if (known === undefined) this.#addToken(tokenOf(ref, now), familyId);
    family.epoch = this.#epoch;
  }

  /** Answers whether this call ended it. A family never seen is remembered as ended. */
  #endFamily(id: FamilyId, user: UserId | undefined, now: NumericDate, retainUntil: NumericDate): boolean {
    let family = this.#families.get(id);
    if (family === undefined) {
      this.#makeRoom(1, now);
      family = this.#addFamily(id, { user, now, epoch: this.#epoch, metadata: undefined, retainUntil });
    }
    if (family.revoked) return false;
    family.revoked = true;
    this.#retainFamily(id, family, retainUntil);
    return true;
  }

  #addToken(token: NewToken, familyId: FamilyId | undefined): TokenRecord {
    const record: TokenRecord = { token, family: familyId, blacklisted: false, spent: undefined };
    this.#tokens.set(token.jti, record);
    this.#expiries.push(token.retainUntil, { jti: token.jti });
    const family = familyId === undefined ? undefined : this.#families.get(familyId);
    if (familyId !== undefined && family !== undefined) {
      family.current = token;
      this.#retainFamily(familyId, family, token.retainUntil);
    }
    return record;
  }

  #addFamily(id: FamilyId, { user, now, epoch, metadata = {}, retainUntil }: FamilyStart): FamilyRecord {
    const record: FamilyRecord = {
      user,
      createdAt: now,
      epoch,
      lastUsedAt: now,
      retainUntil,
      current: undefined,
      metadata,
      revoked: false,
    };
    this.#families.set(id, record);
    this.#expiries.push(retainUntil, { family: id });
    if (user !== undefined) this.#user(user).families.add(id);
    return record;
  }

  #retainFamily(id: FamilyId, family: FamilyRecord, until: NumericDate): void {
    if (until <= family.retainUntil) return;
    family.retainUntil = until;
    this.#expiries.push(until, { family: id });
  }

  #user(id: UserId): UserRecord {
    let user = this.#users.get(id);
    if (user === undefined) {
      user = { epoch: 0, revokedAt: 0, retainUntil: 0, families: new Set(), issuedSince: new Map() };
      this.#users.set(id, user);
    }
    return user;
  }

  #noteAccess(id: UserId | undefined, access: NewAccessToken | undefined, now: NumericDate): void {
    const user = id === undefined ? undefined : this.#users.get(id);
    if (user !== undefined && access !== undefined && user.epoch > 0 && now <= user.revokedAt) {
      user.issuedSince.set(access.jti, access.retainUntil);
    }
  }

  #makeRoom(records: number, now: NumericDate): void {
    const free = () => this.#maxRecords - this.#tokens.size - this.#families.size;
    if (free() >= records) return;
    this.flushExpired(now); // a record past its expiry but within its margin gives way first
    if (free() < records) throw new TokenError('store_full');
  }

  /** Forgets what nothing can need after `time`; answers how many tokens and families went. */
  #purge(time: NumericDate): number {
    let count = 0;
    for (let due = this.#expiries.takeDue(time); due !== undefined; due = this.#expiries.takeDue(time)) {
      if ('jti' in due) count += Number(this.#tokens.delete(due.jti));
      else if ('family' in due) count += Number(this.#forgetFamily(due.family, time));
      else this.#forgetUser(due.user, time);
      this.#purgedUntil = Math.max(this.#purgedUntil, time);
    }
    return count;
  }

  #forgetFamily(id: FamilyId, time: NumericDate): boolean {
    const family = this.#families.get(id);
    if (family === undefined || family.retainUntil > time) return false;
    this.#families.delete(id);
    if (family.user !== undefined) {
      this.#users.get(family.user)?.families.delete(id);
      this.#forgetUser(family.user, time);
    }
    return true;
  }

  #forgetUser(id: UserId, time: NumericDate): void {
    const user = this.#users.get(id);
    if (user !== undefined && user.families.size === 0 && user.retainUntil <= time) this.#users.delete(id);
  }
}

interface FamilyStart {
  readonly user: UserId | undefined;
  readonly now: NumericDate;
  readonly epoch: number;
  readonly metadata: SessionMetadata | undefined;
  readonly retainUntil: NumericDate;
}

function stateOf(record: TokenRecord): 'live' | 'spent' | 'blacklisted' {
  if (record.blacklisted) return 'blacklisted';
  return record.spent === undefined ? 'live' : 'spent';
}

/** A token met for the first time: minted elsewhere, or before this store began. */
function tokenOf({ jti, iat, retainUntil }: TokenRef, now: NumericDate): NewToken {
  return { jti, iat: iat ?? now, exp: retainUntil - RETENTION_MARGIN_SECONDS, retainUntil };
}
