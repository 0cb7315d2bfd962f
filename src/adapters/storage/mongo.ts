import { refusedRotation } from '../../application/refused-rotation.ts';
import type { NumericDate } from '../../domain/claims/numeric-date.ts';
import { decideBlacklist, decideRotation, decideStatus, type TokenStatus } from '../../domain/family/token-family.ts';
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
import { encodeId } from '../../application/encode-id.ts';
import type { MongoCollection, MongoDatabase } from './mongo/database.ts';
import {
  COLLECTED_AFTER_SECONDS,
  idOf,
  kept,
  keptLong,
  metadataText,
  order,
  tokenFact,
  type BlacklistedFact,
  type Fact,
  type FamilyFact,
  type IssuedFact,
  type RevocationFact,
  type SpentFact,
  type TokenFact,
} from './mongo/documents.ts';
import { Epochs } from './mongo/epochs.ts';
import { factsOf, type Facts } from './mongo/facts.ts';
import { indexes } from './mongo/indexes.ts';
import { lookUp, read, revocationsAmong, tokenFacts, tokenFactsWithEnd, type Found } from './mongo/look-up.ts';
import { settingsOf, type MongoSettings, type MongoStoreOptions } from './mongo/options.ts';
import { sessionsOf } from './mongo/sessions.ts';

export type { MongoCollection, MongoCursor, MongoDatabase } from './mongo/database.ts';
export { mongoFeed, type MongoFeedOptions } from './mongo/feed.ts';
export { mongoKeyStorage, type MongoKeyStorageOptions } from './mongo/key-storage.ts';
export type { MongoStoreOptions } from './mongo/options.ts';

export interface MongoStore extends TokenStore {
  /** Makes the indexes that listings and the collection of expired records need: once, when the application is deployed. May be called again. */
  ensureIndexes(): Promise<void>;
}

/**
 * Token storage in MongoDB, over a database of the `mongodb` driver (6 or 7) that the application has. It relies on one thing: that of two
 * documents with one `_id` one is inserted. What was answered was acknowledged by the majority of a replica set. A check is one command and a
 * rotation two. The collection must not be sharded by anything but `_id`.
 */
export function mongoStore(db: MongoDatabase, options: MongoStoreOptions = {}): MongoStore {
  return new Store(settingsOf(db, options));
}

class Store implements MongoStore {
  readonly expiresNatively: boolean;
  readonly #collection: MongoCollection;
  readonly #facts: Facts;
  readonly #epochs: Epochs;

  constructor({ collection, commandTimeoutSeconds, expiresNatively }: MongoSettings) {
    this.expiresNatively = expiresNatively;
    this.#collection = collection;
    this.#facts = factsOf(collection, commandTimeoutSeconds);
    this.#epochs = new Epochs(this.#facts);
  }

  async ensureIndexes(): Promise<void> {
    // FerretDB closes the connection when several are asked for that are there already
    for (const index of indexes(this.expiresNatively)) await this.#collection.createIndexes([index]);
  }

  epoch(options: CallOptions): Promise<number> {
    return this.#epochs.newest(options);
  }

  async record(session: NewSession, options: CallOptions): Promise<RecordOutcome> {
    const { user, family, token, access, endsAt, epoch, metadata, now } = session;
    const found = await read(this.#facts, [idOf.end(family)], user, options);
    const newest = revocationsAmong(found, user).at(-1);
    if (found.has(idOf.end(family)) || epoch < (newest?.epoch ?? 0)) return 'revoked';
    const until = Math.max(token.retainUntil, access?.retainUntil ?? 0);
    const facts = [
      familyFact(family, { user, epoch, endsAt, until, now }),
      tokenFact(token, family, metadataText(metadata), now),
      ...issuedFacts(newest, access, now),
    ];
    await this.#add(facts, options);
    return 'recorded';
  }

  async rotate(request: RotateRequest, options: CallOptions): Promise<RotateOutcome> {
    const { token: ref, now, attempt, retainUntil } = request;
    for (;;) {
      const found = await lookUp(this.#facts, ref, options);
      const { familyId: known, successor } = found;
      const decision = decideRotation(tokenFacts(ref, found, now, attempt), request);
      if (decision === 'rotate') {
        const outcome = await this.#exchange(request, found, options);
        if (outcome !== 'overtaken') return outcome;
      } else if (decision === 'replay') {
        await this.#completeExchange(request, found, options);
        const own = found.fate?.fate === 'spent' && found.fate.attempt === encodeId(attempt);
        return { outcome: own ? 'rotated' : 'replayed', family: known ?? request.family, successor: successor?.token };
      } else {
        const { ends, outcome } = refusedRotation(decision, known, request);
        return outcome(ends !== undefined && (await this.#endFamily(ends, now, retainUntil, options)));
      }
    }
  }

  async status(query: StatusQuery, options: CallOptions): Promise<TokenStatus> {
    const { token: ref, now, endedCounts = false } = query;
    const found = await lookUp(this.#facts, ref, options);
    const facts = endedCounts ? await tokenFactsWithEnd(this.#facts, ref, found, now, options) : tokenFacts(ref, found, now);
    return decideStatus(facts, query);
  }

  async blacklist({ token: ref, now, graceSeconds }: BlacklistRequest, options: CallOptions): Promise<BlacklistOutcome> {
    for (;;) {
      const found = await lookUp(this.#facts, ref, options);
      const decision = decideBlacklist(tokenFacts(ref, found, now), { now, graceSeconds });
      if (decision === 'revoked' || decision === 'family_revoked') return decision;
      const { jti, retainUntil } = decision === 'blacklist' ? ref : (found.successor?.token ?? ref);
      const fate: BlacklistedFact = { _id: idOf.fate(jti), fate: 'blacklisted', ...kept(retainUntil, now) };
      const note = await this.#noteOfLogout(found, retainUntil, now, options);
      // the note first: whoever finds the one without the other looks closer for nothing
      const there = await this.#facts.add([...note, fate], 'each', options);
      if (!there.has(fate._id)) return 'blacklisted';
    }
  }

  async revokeFamily({ family, now, retainUntil }: RevokeFamilyRequest, options: CallOptions): Promise<'revoked' | 'already'> {
    return (await this.#endFamily(family, now, retainUntil, options)) ? 'revoked' : 'already';
  }

  async revokeUser({ user, keep, now, retainUntil }: RevokeUserRequest, options: CallOptions): Promise<RevokeUserOutcome> {
    for (;;) {
      const epoch = await this.#epochs.raise(options); // before all else: a login that read the one before is refused
      const familyId = keep && (await this.#familyToKeep({ ...keep, now }, options));
      if (familyId !== undefined && 'outcome' in familyId) return familyId;
      const revocation: RevocationFact = {
        _id: idOf.revocation(user, epoch),
        epoch,
        revokedAt: now,
        kept: familyId === undefined ? null : encodeId(familyId.kept),
        ...keptLong(retainUntil, now),
      };
      const there = await this.#facts.add([revocation], 'first', options);
      if (there.size === 0) return { outcome: 'revoked' };
    }
  }

  sessions(user: UserId, now: NumericDate, options: CallOptions): AsyncIterable<Session> {
    return sessionsOf(this.#facts, user, now, options);
  }

  flushExpired(now: NumericDate, options: CallOptions): Promise<number> {
    return this.#facts.remove({ till: { $lte: now - COLLECTED_AFTER_SECONDS } }, options);
  }

  /** `overtaken`: another call has decided in between, so what is on record must be read again. */
  async #exchange(request: RotateRequest, found: Found, options: CallOptions): Promise<RotateOutcome | 'overtaken'> {
    const { token: ref, successor, spends, attempt, access, now, metadata } = request;
    const family = found.familyId ?? request.family;
    if (found.token === undefined || found.family === undefined) {
      await this.#putOnRecord(ref, family, found, now, options);
      return 'overtaken';
    }
    const until = Math.max(ref.retainUntil, successor?.retainUntil ?? 0, access?.retainUntil ?? 0);
    await this.#keep(found.family, until, now, options);
    const issued = issuedFacts(found.revocations.at(-1), access, now);
    const known = metadataText(metadata) ?? found.token.metadata;
    const outcome = { outcome: 'rotated', family, successor } as const;
    if (successor === undefined) {
      await this.#add(issued, options);
      await this.#noteUse(family, metadata, found.family, now, options);
      return outcome;
    }
    const next = tokenFact(successor, family, known, now);
    if (!spends) {
      await this.#add([next, ...issued], options); // what spends nothing may be sent twice
      return outcome;
    }
    const fate = spentFact(ref, { successor: next, family, attempt, now });
    const there = await this.#facts.add([fate, next, ...issued], 'first', options);
    return there.has(fate._id) ? 'overtaken' : outcome;
  }

  /** Whoever spent the token may not have come to the rest. */
  async #completeExchange({ access, now }: RotateRequest, found: Found, options: CallOptions): Promise<void> {
    const { successor, familyId, revocations } = found;
    if (successor === undefined || familyId === undefined) return;
    const missing = successor.recorded ? [] : [tokenFact(successor.token, familyId, successor.metadata, now)];
    await this.#add([...missing, ...issuedFacts(revocations.at(-1), access, now)], options);
  }

  /** What was there already stays as it is; but an access token that is issued once more is one issued since the newest revocation. */
  async #add(facts: readonly (Fact | IssuedFact)[], options: CallOptions): Promise<void> {
    const there = await this.#facts.add(facts, 'each', options);
    for (const fact of facts) {
      if (!('since' in fact) || !there.has(fact._id)) continue;
      await this.#facts.change({ _id: fact._id }, { $max: { since: fact.since } }, options);
    }
  }

  /** The records of a token that is met for the first time: minted elsewhere, or before this store began. */
  async #putOnRecord(ref: TokenRef, family: FamilyId, found: Found, now: NumericDate, options: CallOptions): Promise<void> {
    const { jti, iat, user, retainUntil } = ref;
    const token: NewToken = { jti, iat: iat ?? now, exp: retainUntil - RETENTION_MARGIN_SECONDS, retainUntil };
    // newer than the revocations it was judged by, older than any that comes
    const epoch = found.revocations.at(-1)?.epoch ?? 0;
    const facts = [
      familyFact(family, { user, epoch, endsAt: undefined, until: retainUntil, now }),
      tokenFact(token, family, null, now),
    ];
    await this.#add(facts, options);
  }

  async #familyToKeep(
    { token: ref, family, mustBeRecorded, now }: NonNullable<RevokeUserRequest['keep']> & { readonly now: NumericDate },
    options: CallOptions,
  ): Promise<{ readonly kept: FamilyId } | Extract<RevokeUserOutcome, { readonly outcome: 'kept_token_refused' }>> {
    const found = await lookUp(this.#facts, ref, options);
    const status = decideStatus(tokenFacts(ref, found, now), { mustBeRecorded });
    if (status !== 'active') return { outcome: 'kept_token_refused', status };
    const id = found.familyId ?? family;
    if (found.token === undefined || found.family === undefined) await this.#putOnRecord(ref, id, found, now, options);
    return { kept: id };
  }

  /** What is to be added so that it is known, as long as its access tokens live, that a token of the family was logged out. */
  async #noteOfLogout(
    { familyId, family, logout }: Found,
    retainUntil: NumericDate,
    now: NumericDate,
    options: CallOptions,
  ): Promise<readonly Fact[]> {
    const until = Math.max(retainUntil, family?.till ?? 0);
    if (logout !== undefined) await this.#keep(logout, until, now, options);
    return familyId === undefined || logout !== undefined ? [] : [{ _id: idOf.logout(familyId), ...keptLong(until, now) }];
  }

  /** Answers whether this call ended it. A family never seen is remembered as ended. */
  async #endFamily(family: FamilyId, now: NumericDate, until: NumericDate, options: CallOptions): Promise<boolean> {
    const [known] = await this.#facts.read({ _id: idOf.family(family) }, options);
    const end = { _id: idOf.end(family), ...keptLong(Math.max(until, known?.till ?? 0), now) };
    const { _id, till, expireAt } = end;
    for (;;) {
      const there = await this.#facts.add([end], 'first', options);
      if (there.size === 0) return true;
      const expired = { _id, till: { $lte: now } };
      if (await this.#facts.change(expired, { $set: { till, expireAt } }, options)) return true;
      const held = await this.#facts.read({ _id }, options);
      if (held.length > 0) return false; // else it was collected in between
    }
  }

  /** Losing such a write to another harms nobody: both write more than is needed, and the next use looks again. */
  async #keep({ _id, till }: Fact, until: NumericDate, now: NumericDate, options: CallOptions): Promise<void> {
    if (till < until) await this.#facts.change({ _id }, { $max: keptLong(until, now) }, options);
  }

  async #noteUse(
    family: FamilyId,
    metadata: NewSession['metadata'],
    { till, expireAt }: Fact,
    now: NumericDate,
    options: CallOptions,
  ): Promise<void> {
    const given = metadata === undefined ? {} : { metadata: JSON.stringify(metadata) };
    await this.#facts.put({ _id: idOf.use(family) }, { $set: { at: now, made: order(), till, expireAt, ...given } }, options);
  }
}

function familyFact(
  family: FamilyId,
  {
    user,
    epoch,
    endsAt,
    until,
    now,
  }: Pick<NewSession, 'epoch' | 'endsAt' | 'now'> & { readonly user: UserId | undefined; readonly until: NumericDate },
): FamilyFact {
  return {
    _id: idOf.family(family),
    id: encodeId(family),
    user: user === undefined ? null : encodeId(user),
    epoch,
    createdAt: now,
    endsAt: endsAt ?? null,
    made: order(),
    ...keptLong(until, now),
  };
}

function spentFact(
  ref: TokenRef,
  {
    successor,
    family,
    attempt,
    now,
  }: { readonly successor: TokenFact; readonly family: FamilyId; readonly attempt: string; readonly now: NumericDate },
): SpentFact {
  const { jti, iat, exp, till, metadata } = successor;
  return {
    _id: idOf.fate(ref.jti),
    fate: 'spent',
    of: encodeId(family),
    attempt: encodeId(attempt),
    spentAt: now,
    successor: { jti, iat, exp, till, metadata },
    ...kept(ref.retainUntil, now),
  };
}

/** An access token of the very second of a revocation is told by its `jti` from those that the revocation ended. */
function issuedFacts(
  newest: RevocationFact | undefined,
  access: NewAccessToken | undefined,
  now: NumericDate,
): readonly IssuedFact[] {
  if (newest === undefined || access === undefined || now > newest.revokedAt) return [];
  return [{ _id: idOf.issued(access.jti), since: newest.epoch, ...kept(access.retainUntil, now) }];
}
