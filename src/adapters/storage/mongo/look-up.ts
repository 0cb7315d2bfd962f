import type { NumericDate } from '../../../domain/claims/numeric-date.ts';
import type { TokenFacts } from '../../../domain/family/token-family.ts';
import { parseFamilyId, parseJti, type FamilyId, type UserId } from '../../../domain/token/token-id.ts';
import type { CallOptions } from '../../../ports/crypto-provider.ts';
import type { NewToken, TokenRef } from '../../../ports/rotation-store.ts';
import { encodeId } from '../../../application/encode-id.ts';
import {
  idOf,
  revocationsOf,
  type Fact,
  type FamilyFact,
  type FateFact,
  type IssuedFact,
  type RevocationFact,
  type SpentFact,
  type SuccessorFields,
  type TokenFact,
} from './documents.ts';
import type { Facts } from './facts.ts';
import { newestOf } from './newest.ts';

/**
 * What is on record about a token. A fact counts as long as it is there, since no two of one `_id` can be: it is the token whose time is looked at, and of one
 * that is past it nothing is believed.
 */
export interface Found {
  readonly token: TokenFact | undefined;
  readonly fate: FateFact | undefined;
  /** Of a token that was spent: its successor, whether it is on record by now, and what became of it. */
  readonly successor:
    | {
        readonly token: NewToken;
        readonly metadata: string | null;
        readonly recorded: boolean;
        readonly fate: FateFact | undefined;
      }
    | undefined;
  /** The family on record for the token, else the one it names. */
  readonly familyId: FamilyId | undefined;
  readonly family: FamilyFact | undefined;
  readonly familyEnded: boolean;
  /** A token of the family was logged out. */
  readonly logout: Fact | undefined;
  /** Of the user whom the token names, oldest first. */
  readonly revocations: readonly RevocationFact[];
  readonly issued: IssuedFact | undefined;
}

/**
 * Reads in one command what a decision about a token needs; in a second one what only the first tells the name of. Each fact, once there, stays, so
 * it does not matter that others are added between.
 */
export async function lookUp(facts: Facts, ref: TokenRef, options: CallOptions): Promise<Found> {
  const { jti, family: named, user } = ref;
  const ids = [idOf.fate(jti), idOf.token(jti), idOf.issued(jti), ...(named === undefined ? [] : familyIds(named))];
  const first = await read(facts, ids, user, options);
  const token = first.get(idOf.token(jti)) as TokenFact | undefined;
  const fate = first.get(idOf.fate(jti)) as FateFact | undefined;
  const spent = spentOf(fate);
  const recorded = token?.family ?? spent?.of;
  const familyId = recorded === undefined ? named : familyIdOf(recorded);
  const successor = spent && tokenOf(spent.successor);

  const further = [
    ...(familyId === undefined || familyId === named ? [] : familyIds(familyId)),
    ...(successor === undefined ? [] : [idOf.token(successor.jti), idOf.fate(successor.jti)]),
  ];
  const second = further.length === 0 ? first : await read(facts, further, undefined, options);
  const about = familyId === named ? first : second;
  return {
    token,
    fate,
    successor: successor && {
      token: successor,
      metadata: spent.successor.metadata,
      recorded: second.has(idOf.token(successor.jti)),
      fate: second.get(idOf.fate(successor.jti)) as FateFact | undefined,
    },
    familyId,
    family: familyId && (about.get(idOf.family(familyId)) as FamilyFact | undefined),
    familyEnded: familyId !== undefined && about.has(idOf.end(familyId)),
    logout: familyId && about.get(idOf.logout(familyId)),
    revocations: user === undefined ? [] : revocationsAmong(first, user),
    issued: first.get(idOf.issued(jti)) as IssuedFact | undefined,
  };
}

/** The left side of the decision table. */
export function tokenFacts(ref: TokenRef, found: Found, now: NumericDate, attempt?: string): TokenFacts {
  const { token, fate, familyEnded, family, successor } = found;
  // of a token that old nobody knows any more whether it was revoked
  const forgotten = ref.onRecord && ref.retainUntil <= now;
  const spent = spentOf(fate);
  return {
    token: fate?.fate ?? (forgotten ? 'blacklisted' : token === undefined ? 'unrecorded' : 'live'),
    family: familyEnded ? 'revoked' : family === undefined ? 'unrecorded' : 'live',
    userRevoked: userRevoked(ref, found),
    spent: spent && {
      at: spent.spentAt,
      sameAttempt: attempt !== undefined && spent.attempt === encodeId(attempt),
      successor: successor?.fate?.fate ?? (spent.successor.till > now ? 'live' : 'spent'),
    },
  };
}

/** The same, where it matters whether a family that was not revoked has a token left that lives. */
export async function tokenFactsWithEnd(
  facts: Facts,
  ref: TokenRef,
  found: Found,
  now: NumericDate,
  options: CallOptions,
): Promise<TokenFacts> {
  const known = tokenFacts(ref, found, now);
  if (known.family !== 'live' || found.logout === undefined || found.familyId === undefined) return known;
  const newest = await newestOf(facts, found.familyId, now, options);
  return newest?.live === true ? known : { ...known, family: 'ended' };
}

/** The revocations of a user among what was read, oldest first. */
export function revocationsAmong(read: ReadonlyMap<string, Fact>, user: UserId): readonly RevocationFact[] {
  const prefix = idOf.revocation(user, 0).slice(0, -1);
  return [...read.values()]
    .filter((fact): fact is RevocationFact => fact._id.startsWith(prefix))
    .toSorted((one, other) => one.epoch - other.epoch);
}

/** Whether a family that began under an epoch was ended by one of these: it is, by the first that is newer and did not keep it. */
export function endedByRevocation({ epoch, id }: FamilyFact, revocations: readonly RevocationFact[]): boolean {
  return revocations.some((revocation) => revocation.epoch > epoch && revocation.kept !== id);
}

export async function read(
  facts: Facts,
  ids: readonly string[],
  user: UserId | undefined,
  options: CallOptions,
): Promise<ReadonlyMap<string, Fact>> {
  const named = { _id: { $in: ids } };
  const filter = user === undefined ? named : { $or: [named, { _id: revocationsOf(user) }] };
  const found = await facts.read(filter, options);
  return new Map(found.map((fact) => [fact._id, fact]));
}

export function familyIdOf(text: string): FamilyId {
  const id = parseFamilyId(decodeURIComponent(text));
  if (id === undefined) throw new Error('the collection holds a family without an id');
  return id;
}

function tokenOf({ jti: text, iat, exp, till }: SuccessorFields): NewToken {
  const jti = parseJti(decodeURIComponent(text));
  if (jti === undefined) throw new Error('the collection holds a token without an id');
  return { jti, iat, exp, retainUntil: till };
}

function spentOf(fate: FateFact | undefined): SpentFact | undefined {
  return fate?.fate === 'spent' ? fate : undefined;
}

function userRevoked({ user, iat }: TokenRef, { family, revocations, issued }: Found): boolean {
  const newest = revocations.at(-1);
  if (newest === undefined || user === undefined) return false;
  if (family?.user === encodeId(user)) return endedByRevocation(family, revocations);
  // a token without a record has only its `iat` to tell it from a revocation; in doubt it is revoked
  return (iat === undefined || iat <= newest.revokedAt) && issued?.since !== newest.epoch;
}

const familyIds = (family: FamilyId) => [idOf.family(family), idOf.end(family), idOf.logout(family)];
