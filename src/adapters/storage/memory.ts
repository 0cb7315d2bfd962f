import { refusedRotation } from '../../application/refused-rotation.ts';
import type { NumericDate } from '../../domain/claims/numeric-date.ts';
import { ownOptions } from '../../application/option-names.ts';
import { ConfigError } from '../../domain/errors.ts';
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
import { MemoryRecords, type FamilyRecord, type TokenRecord, type UserRecord } from './memory/records.ts';

export { revocationList, type RevocationList, type RevocationListOptions } from './memory/revocation-list.ts';

export interface MemoryStoreOptions {
  /** Most tokens and families on record (1,000,000). At the bound new records are refused with `store_full`; no live record is ever evicted. */
  readonly maxRecords?: number;
}

/**
 * Token storage in this process: atomic because each method runs to its end, lost on restart, shared with no other process. Expires by the
 * clock it is given and purges as it goes.
 */
export function memoryStore(options: MemoryStoreOptions = {}): TokenStore {
  const { maxRecords = 1_000_000 } = ownOptions(options, ['maxRecords']);
  if (!Number.isSafeInteger(maxRecords) || maxRecords < 1) {
    throw new ConfigError('invalid_option', 'maxRecords', 'maxRecords must be a whole number of at least 1');
  }
  return new MemoryStore(new MemoryRecords(maxRecords));
}

class MemoryStore implements TokenStore {
  readonly expiresNatively = true;
  readonly #records: MemoryRecords;
  #epoch = 0;

  constructor(records: MemoryRecords) {
    this.#records = records;
  }

  epoch(): number {
    return this.#epoch;
  }

  record({ user, family, token, access, endsAt, epoch, metadata, now }: NewSession): RecordOutcome {
    this.#records.purgeSome(now);
    if (epoch < (this.#records.users.get(user)?.epoch ?? 0)) return 'revoked';
    // sent twice, or its family was ended while it was in flight: what is on record stays as it is
    if (this.#records.families.get(family)?.revoked === true) return 'revoked';
    if (this.#records.tokens.get(token.jti) !== undefined) return 'recorded';
    this.#records.makeRoom(2, now);
    const record = this.#records.addFamily(family, { user, now, endsAt, epoch, metadata, retainUntil: token.retainUntil });
    this.#records.addToken(token, record);
    this.#noteAccess(user, record, access, now);
    return 'recorded';
  }

  rotate(request: RotateRequest): RotateOutcome {
    const { token: ref, now, attempt, retainUntil } = request;
    this.#records.purgeSome(now);
    const record = this.#records.tokens.get(ref.jti);
    const known = record?.family.id ?? ref.family;
    const family = known ?? request.family;
    const decision = decideRotation(this.#facts(ref, record, attempt), request);
    if (decision === 'rotate') return this.#exchange(request, family, record);
    if (decision === 'replay') {
      this.#noteAccess(ref.user, record?.family, request.access, now);
      return {
        outcome: record?.attempt === attempt ? 'rotated' : 'replayed',
        family,
        successor: this.#childOf(record)?.token,
      };
    }
    const { ends, outcome } = refusedRotation(decision, known, request);
    return outcome(ends !== undefined && this.#endFamily(ends, ref.user, now, retainUntil));
  }

  status(query: StatusQuery): TokenStatus {
    this.#records.purgeSome(query.now);
    return decideStatus(this.#facts(query.token), query);
  }

  blacklist({ token: ref, now, graceSeconds }: BlacklistRequest): BlacklistOutcome {
    this.#records.purgeSome(now);
    const record = this.#records.tokens.get(ref.jti);
    const decision = decideBlacklist(this.#facts(ref), { now, graceSeconds });
    switch (decision) {
      case 'blacklist':
        this.#blacklist(record, ref, now);
        return 'blacklisted';
      case 'blacklist_successor':
        this.#blacklist(this.#childOf(record), ref, now);
        return 'blacklisted';
      case 'revoked':
      case 'family_revoked':
        return decision;
    }
  }

  revokeFamily({ family, user, now, retainUntil }: RevokeFamilyRequest): 'revoked' | 'already' {
    this.#records.purgeSome(now);
    return this.#endFamily(family, user, now, retainUntil) ? 'revoked' : 'already';
  }

  revokeUser({ user: id, keep, now, retainUntil }: RevokeUserRequest): RevokeUserOutcome {
    this.#records.purgeSome(now);
    let kept: TokenRecord | undefined;
    if (keep !== undefined) {
      const status = decideStatus(this.#facts(keep.token), keep);
      if (status !== 'active') return { outcome: 'kept_token_refused', status };
      kept = this.#records.tokens.get(keep.token.jti);
      if (kept === undefined) this.#records.makeRoom(2, now);
    }
    const user = this.#records.user(id);
    user.epoch = ++this.#epoch;
    user.revokedAt = now;
    user.issuedSince.clear();
    this.#records.retainUser(id, user, retainUntil);
    if (keep !== undefined) (kept ?? this.#onRecord(keep.token, keep.family, now)).family.epoch = this.#epoch;
    return { outcome: 'revoked' };
  }

  *sessions(id: UserId, now: NumericDate): Iterable<Session> {
    this.#records.purgeSome(now);
    const user = this.#records.users.get(id);
    if (user === undefined) return;
    for (const family of [...user.families].toReversed()) {
      const record = this.#records.families.get(family);
      if (record?.newest === undefined || familyState(record) !== 'live' || record.epoch < user.epoch) continue;
      const { createdAt, lastUsedAt, metadata, newest, endsAt = newest.exp } = record;
      const expiresAt = Math.min(newest.exp, endsAt);
      if (expiresAt > now) yield { id: family, createdAt, lastUsedAt, expiresAt, metadata };
    }
  }

  flushExpired(now: NumericDate): number {
    return this.#records.purge(now);
  }

  /** What is on record about a token: the left side of the decision table. */
  #facts(
    { jti, user: userId, family, iat, onRecord, retainUntil }: TokenRef,
    record: TokenRecord | undefined = this.#records.tokens.get(jti),
    attempt?: string,
  ): TokenFacts {
    const familyRecord = record?.family ?? (family === undefined ? undefined : this.#records.families.get(family));
    const user = userId === undefined ? undefined : this.#records.users.get(userId);
    const recorded = familyRecord !== undefined && familyRecord.user === userId;
    const forgotten = onRecord && this.#records.mayHaveForgotten(retainUntil);
    return {
      token: record?.state ?? (forgotten || this.#records.isBlacklisted(jti) ? 'blacklisted' : 'unrecorded'),
      family: familyRecord === undefined ? 'unrecorded' : familyState(familyRecord),
      userRevoked: recorded ? familyRecord.epoch < (user?.epoch ?? 0) : unrecordedRevoked(user, jti, iat),
      spent:
        record?.successor === undefined
          ? undefined
          : {
              at: record.spentAt,
              sameAttempt: record.attempt === attempt,
              successor: this.#childOf(record)?.state ?? 'spent',
            },
    };
  }

  #childOf(record: TokenRecord | undefined): TokenRecord | undefined {
    return record?.successor && this.#records.tokens.get(record.successor);
  }

  #exchange(
    { token: ref, successor, spends, attempt, access, now, metadata }: RotateRequest,
    familyId: FamilyId,
    record: TokenRecord | undefined,
  ): RotateOutcome {
    const missing = record === undefined ? 1 + Number(!this.#records.families.has(familyId)) : 0;
    this.#records.makeRoom(missing + Number(successor !== undefined), now);
    const token = record ?? this.#onRecord(ref, familyId, now);
    const { family } = token;
    family.lastUsedAt = now;
    if (metadata !== undefined) family.metadata = metadata;
    // what spends nothing may be sent twice
    if (successor !== undefined && (spends || this.#records.tokens.get(successor.jti) === undefined)) {
      this.#records.addToken(successor, family);
      if (spends) {
        this.#records.retire(token, 'spent');
        token.successor = successor.jti;
        token.attempt = attempt;
        token.spentAt = now;
      }
    }
    this.#noteAccess(ref.user, family, access, now);
    return { outcome: 'rotated', family: family.id, successor };
  }

  /** Records a token that is met for the first time: minted elsewhere, or before this store began. */
  #onRecord(ref: TokenRef, fallback: FamilyId, now: NumericDate): TokenRecord {
    const id = ref.family ?? fallback;
    const family = this.#records.families.get(id) ?? this.#firstMet(id, ref.user, now, ref.retainUntil);
    return this.#records.addToken(tokenOf(ref, now), family);
  }

  #firstMet(id: FamilyId, user: UserId | undefined, now: NumericDate, retainUntil: NumericDate): FamilyRecord {
    const start = { user, now, endsAt: undefined, epoch: this.#epoch, metadata: undefined, retainUntil };
    return this.#records.addFamily(id, start);
  }

  #blacklist(record: TokenRecord | undefined, ref: TokenRef, now: NumericDate): void {
    if (record !== undefined) return this.#records.retire(record, 'blacklisted');
    this.#records.makeRoom(1, now);
    this.#records.blacklist(ref, now);
  }

  /** Answers whether this call ended it. A family never seen is remembered as ended. */
  #endFamily(id: FamilyId, user: UserId | undefined, now: NumericDate, retainUntil: NumericDate): boolean {
    let family = this.#records.families.get(id);
    if (family === undefined) {
      this.#records.makeRoom(1, now);
      family = this.#firstMet(id, user, now, retainUntil);
    }
    if (family.revoked) return false;
    family.revoked = true;
    this.#records.retainFamily(family, retainUntil);
    return true;
  }

  /** An access token may outlive the refresh tokens of its family, and then still answers for it. */
  #noteAccess(
    id: UserId | undefined,
    family: FamilyRecord | undefined,
    access: NewAccessToken | undefined,
    now: NumericDate,
  ): void {
    if (access === undefined) return;
    if (family !== undefined) this.#records.retainFamily(family, access.retainUntil);
    const user = id === undefined ? undefined : this.#records.users.get(id);
    if (user !== undefined && user.epoch > 0 && now <= user.revokedAt) user.issuedSince.add(access.jti);
  }
}

function familyState({ revoked, live }: FamilyRecord): 'live' | 'ended' | 'revoked' {
  if (revoked) return 'revoked';
  return live > 0 ? 'live' : 'ended';
}

/** A token without a record has only its `iat` to tell it from a revocation; in doubt it is revoked. */
function unrecordedRevoked(user: UserRecord | undefined, jti: Jti, iat: NumericDate | undefined): boolean {
  if (user === undefined || user.epoch === 0) return false;
  return (iat === undefined || iat <= user.revokedAt) && !user.issuedSince.has(jti);
}

function tokenOf({ jti, iat, retainUntil }: TokenRef, now: NumericDate): NewToken {
  return { jti, iat: iat ?? now, exp: retainUntil - RETENTION_MARGIN_SECONDS, retainUntil };
}
