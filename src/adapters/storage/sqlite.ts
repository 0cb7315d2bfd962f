import { refusedRotation } from '../../application/refused-rotation.ts';
import type { NumericDate } from '../../domain/claims/numeric-date.ts';
import {
  decideBlacklist,
  decideRotation,
  decideStatus,
  type TokenFacts,
  type TokenStatus,
} from '../../domain/family/token-family.ts';
import { RETENTION_MARGIN_SECONDS } from '../../domain/token/retention.ts';
import type { FamilyId, UserId } from '../../domain/token/token-id.ts';
import type { CallOptions } from '../../ports/crypto-provider.ts';
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
import type { SqliteDatabase } from './sqlite/database.ts';
import { createPurge, type Purge } from './sqlite/expiry.ts';
import { createLookUp, type Found, type FoundUser, type LookUp } from './sqlite/look-up.ts';
import { createRecords, type SqliteRecords } from './sqlite/records.ts';
import { openFile } from './sqlite/file.ts';
import { busyTimeoutOf, type SqliteStoreOptions } from './sqlite/options.ts';
import { createSessionList } from './sqlite/sessions.ts';
import { createTransactions, type Transactions } from './sqlite/transactions.ts';

export type { SqliteDatabase, SqliteParameters, SqliteStatement } from './sqlite/database.ts';
export { sqliteKeyStorage } from './sqlite/key-storage.ts';
export type { SqliteStoreOptions } from './sqlite/options.ts';

/**
 * Token storage in an SQLite file that holds nothing else but the keys of `sqliteKeyStorage`, over a database that the application opened for it and
 * closes after it. What was answered is on the disk (write-ahead log, `synchronous=FULL`) and holds for all processes that have the file open. Calls
 * are synchronous. Throws `ConfigError` for a database it cannot work with; what fails later is `store_unavailable`.
 */
export function sqliteStore(database: SqliteDatabase, options: SqliteStoreOptions = {}): TokenStore {
  return new SqliteStore(openFile(database, busyTimeoutOf(options)));
}

class SqliteStore implements TokenStore {
  readonly expiresNatively = false;
  readonly #transactions: Transactions;
  readonly #records: SqliteRecords;
  readonly #lookUp: LookUp;
  readonly #list: (user: UserId, now: NumericDate) => readonly Session[];
  readonly #purge: Purge;

  constructor(database: SqliteDatabase) {
    this.#transactions = createTransactions(database);
    this.#records = createRecords(database);
    this.#lookUp = createLookUp(database);
    this.#list = createSessionList(database);
    this.#purge = createPurge(database);
  }

  epoch(options: CallOptions): number {
    return this.#transactions.read(options, () => this.#records.epoch());
  }

  record({ user, family: id, token, access, endsAt, epoch, metadata, now }: NewSession, options: CallOptions): RecordOutcome {
    return this.#transactions.write(options, () => {
      this.#purge(now, PURGED_AS_IT_GOES);
      if (epoch < this.#records.userEpoch(user)) return 'revoked';
      const start = { id, user, now, endsAt, epoch, metadata, retainUntil: token.retainUntil };
      const family = this.#records.addFamily(start);
      this.#records.addToken(token, family, now);
      this.#noteAccess(user, family, access, now);
      return 'recorded';
    });
  }

  rotate(request: RotateRequest, options: CallOptions): RotateOutcome {
    const { token: ref, now, attempt, retainUntil } = request;
    return this.#transactions.write(options, () => {
      this.#purge(now, PURGED_AS_IT_GOES);
      const found = this.#lookUp(ref, now);
      const known = found.family?.id ?? ref.family;
      const family = known ?? request.family;
      const decision = decideRotation(factsOf(ref, found, now, attempt), request);
      if (decision === 'rotate') return this.#exchange(request, found, family);
      if (decision === 'replay') {
        this.#noteAccess(ref.user, found.family?.number, request.access, now);
        return {
          outcome: found.token?.spent?.attempt === attempt ? 'rotated' : 'replayed',
          family,
          successor: found.token?.child?.token,
        };
      }
      const { ends, outcome } = refusedRotation(decision, known, request);
      return outcome(ends !== undefined && this.#endFamily(ends, ref.user, now, retainUntil));
    });
  }

  status(query: StatusQuery, options: CallOptions): TokenStatus {
    const { token: ref, now } = query;
    return this.#transactions.read(options, () => decideStatus(factsOf(ref, this.#lookUp(ref, now), now), query));
  }

  blacklist({ token: ref, now, graceSeconds }: BlacklistRequest, options: CallOptions): BlacklistOutcome {
    return this.#transactions.write(options, () => {
      this.#purge(now, PURGED_AS_IT_GOES);
      const found = this.#lookUp(ref, now);
      const decision = decideBlacklist(factsOf(ref, found, now), { now, graceSeconds });
      switch (decision) {
        case 'blacklist':
          this.#blacklist(found.token?.number, ref, found, now);
          return 'blacklisted';
        case 'blacklist_successor':
          this.#blacklist(found.token?.child?.number, ref, found, now);
          return 'blacklisted';
        case 'revoked':
        case 'family_revoked':
          return decision;
      }
    });
  }

  revokeFamily({ family, user, now, retainUntil }: RevokeFamilyRequest, options: CallOptions): 'revoked' | 'already' {
    return this.#transactions.write(options, () => {
      this.#purge(now, PURGED_AS_IT_GOES);
      return this.#endFamily(family, user, now, retainUntil) ? 'revoked' : 'already';
    });
  }

  revokeUser({ user, keep, now, retainUntil }: RevokeUserRequest, options: CallOptions): RevokeUserOutcome {
    return this.#transactions.write(options, () => {
      this.#purge(now, PURGED_AS_IT_GOES);
      const found = keep && this.#lookUp(keep.token, now);
      if (keep !== undefined && found !== undefined) {
        const status = decideStatus(factsOf(keep.token, found, now), keep);
        if (status !== 'active') return { outcome: 'kept_token_refused', status };
      }
      const epoch = this.#records.revokeUser(user, now, retainUntil);
      if (keep !== undefined && found !== undefined) {
        const { family } = this.#onRecord(keep.token, keep.family, now, found);
        this.#records.setFamilyEpoch(family, epoch);
      }
      return { outcome: 'revoked' };
    });
  }

  sessions(user: UserId, now: NumericDate, options: CallOptions): readonly Session[] {
    return this.#transactions.read(options, () => this.#list(user, now));
  }

  /** In steps, so that no other call waits for long. After half a second it leaves the rest for the next time. */
  async flushExpired(now: NumericDate, options: CallOptions): Promise<number> {
    const end = performance.now() + FLUSH_SECONDS * 1000;
    let count = 0;
    for (;;) {
      const purged = this.#transactions.write(options, () => this.#purge(now, FLUSHED_AT_ONCE));
      count += purged.count;
      if (purged.all || performance.now() > end) return count;
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  #exchange(
    { token: ref, successor, spends, attempt, access, now, metadata }: RotateRequest,
    found: Found,
    familyId: FamilyId,
  ): RotateOutcome {
    const { token, family } = this.#onRecord(ref, familyId, now, found);
    this.#records.useFamily(family, { lastUsedAt: now, metadata, retainUntil: ref.retainUntil });
    if (successor !== undefined) {
      const next = this.#records.addToken(successor, family, now);
      if (spends) this.#records.spend(token, { successor: added(next), attempt, at: now });
    }
    this.#noteAccess(ref.user, family, access, now);
    return { outcome: 'rotated', family: familyId, successor };
  }

  /** The records of a token, made where it is met for the first time: minted elsewhere, or before this store began. */
  #onRecord(
    ref: TokenRef,
    fallback: FamilyId,
    now: NumericDate,
    found: Found,
  ): { readonly token: number; readonly family: number } {
    const family = found.family?.number ?? this.#firstMet(ref.family ?? fallback, ref.user, now, ref.retainUntil);
    return { family, token: found.token?.number ?? added(this.#records.addToken(tokenOf(ref, now), family, now)) };
  }

  #firstMet(id: FamilyId, user: UserId | undefined, now: NumericDate, retainUntil: NumericDate): number {
    const epoch = this.#records.epoch();
    return this.#records.addFamily({ id, user, now, endsAt: undefined, epoch, metadata: undefined, retainUntil });
  }

  #blacklist(token: number | undefined, ref: TokenRef, { family }: Found, now: NumericDate): void {
    if (token !== undefined) return this.#records.blacklist(token);
    this.#records.addBlacklisted(ref, now);
    if (family !== undefined) this.#records.useFamily(family.number, { retainUntil: ref.retainUntil });
  }

  /** Answers whether this call ended it. A family never seen is remembered as ended. */
  #endFamily(id: FamilyId, user: UserId | undefined, now: NumericDate, retainUntil: NumericDate): boolean {
    return this.#records.endFamily(this.#firstMet(id, user, now, retainUntil), retainUntil);
  }

  /** An access token may outlive the refresh tokens of its family, and then still answers for it. */
  #noteAccess(user: UserId | undefined, family: number | undefined, access: NewAccessToken | undefined, now: NumericDate): void {
    if (access === undefined) return;
    if (family !== undefined) this.#records.useFamily(family, { retainUntil: access.retainUntil });
    if (user !== undefined) this.#records.noteIssued(user, access.jti, now);
  }
}

/** What is on record about a token: the left side of the decision table. */
function factsOf({ iat, onRecord, retainUntil }: TokenRef, found: Found, now: NumericDate, attempt?: string): TokenFacts {
  const { token, family, user, purgedUntil } = found;
  // of a token that old nobody knows any more whether it was revoked
  const forgotten = onRecord && retainUntil <= Math.max(purgedUntil, now);
  return {
    token: token?.state ?? (forgotten ? 'blacklisted' : 'unrecorded'),
    family: family?.state ?? 'unrecorded',
    userRevoked: family?.ofUser === true ? family.epoch < (user?.epoch ?? 0) : unrecordedRevoked(user, iat),
    spent: token?.spent && {
      at: token.spent.at,
      sameAttempt: token.spent.attempt === attempt,
      successor: token.child?.state ?? 'spent',
    },
  };
}

/** A token without a record has only its `iat` to tell it from a revocation; in doubt it is revoked. */
function unrecordedRevoked(user: FoundUser | undefined, iat: NumericDate | undefined): boolean {
  return user !== undefined && !user.issuedSince && (iat === undefined || iat <= user.revokedAt);
}

function tokenOf({ jti, iat, retainUntil }: TokenRef, now: NumericDate): NewToken {
  return { jti, iat: iat ?? now, exp: retainUntil - RETENTION_MARGIN_SECONDS, retainUntil };
}

function added(number: number | undefined): number {
  if (number === undefined) throw new Error('there is a token of this id already');
  return number;
}

/** Each write takes more out than it puts in, so the file stays as large as what lives. */
const PURGED_AS_IT_GOES = 4;
const FLUSHED_AT_ONCE = 500;
const FLUSH_SECONDS = 0.5;
