import type { NumericDate } from '../../../domain/claims/numeric-date.ts';
import { parseFamilyId, parseJti, type FamilyId } from '../../../domain/token/token-id.ts';
import type { NewToken, TokenRef } from '../../../ports/rotation-store.ts';
import type { SqliteDatabase } from './database.ts';
import { idOf, textOf, textOrNull } from './text.ts';

/** What is on record about a token. What had expired by then is not among it, whether collected or not. */
export interface Found {
  readonly epoch: number;
  /** What was to be kept until then at most may be gone. */
  readonly purgedUntil: NumericDate;
  readonly token: FoundToken | undefined;
  readonly family: FoundFamily | undefined;
  readonly user: FoundUser | undefined;
}

export interface FoundToken {
  readonly number: number;
  readonly state: TokenState;
  /** For one that was spent: by whom, and when. */
  readonly spent: { readonly attempt: string; readonly at: NumericDate } | undefined;
  readonly child: { readonly number: number; readonly state: TokenState; readonly token: NewToken } | undefined;
}

export interface FoundFamily {
  readonly number: number;
  readonly id: FamilyId;
  readonly state: 'live' | 'ended' | 'revoked';
  /** Whether it is a family of the user whom the token names. */
  readonly ofUser: boolean;
  readonly epoch: number;
}

/** A user who was revoked. */
export interface FoundUser {
  readonly epoch: number;
  readonly revokedAt: NumericDate;
  /** Whether the token was issued after the revocation, though perhaps within its second. */
  readonly issuedSince: boolean;
}

export type TokenState = (typeof TOKEN_STATES)[number];

/** In the order of their numbers in the file. */
export const TOKEN_STATES = ['live', 'spent', 'blacklisted'] as const;

export type LookUp = (token: TokenRef, now: NumericDate) => Found;

/** Prepares the look-up that every decision begins with: one statement. */
export function createLookUp(database: SqliteDatabase): LookUp {
  const select = database.prepare(SELECT);
  return function lookUp({ jti, family, user }, now) {
    const row = select.get({ jti: textOf(jti), family: textOrNull(family), user: textOrNull(user), now });
    return parseFound(row as FoundRow);
  };
}

function parseFound(row: FoundRow): Found {
  const { epoch, purgedUntil } = row;
  return { epoch, purgedUntil, token: parseToken(row), family: parseFamily(row), user: parseUser(row) };
}

function parseToken(row: FoundRow): FoundToken | undefined {
  if (row.token === null) return undefined;
  const { token: number, attempt, spentAt: at } = row;
  const spent = attempt === null || at === null ? undefined : { attempt: idOf(attempt), at };
  return { number, state: parseState(row.state), spent, child: parseChild(row) };
}

function parseChild(row: FoundRow): FoundToken['child'] {
  if (row.child === null) return undefined;
  const jti = parseJti(idOf(row.childJti));
  if (jti === undefined) throw new Error('the database holds a token without an id');
  const token = { jti, iat: row.childIat, exp: row.childExp, retainUntil: row.childRetainUntil };
  return { number: row.child, state: parseState(row.childState), token };
}

function parseFamily(row: FoundRow): FoundFamily | undefined {
  if (row.family === null) return undefined;
  const id = parseFamilyId(idOf(row.familyId));
  if (id === undefined) throw new Error('the database holds a family without an id');
  const state = row.familyRevoked === 1 ? 'revoked' : row.familyLives === 1 ? 'live' : 'ended';
  return { number: row.family, id, state, ofUser: row.ofUser === 1, epoch: row.familyEpoch };
}

function parseUser({ userEpoch: epoch, revokedAt, issuedSince }: FoundRow): FoundUser | undefined {
  return epoch === null ? undefined : { epoch, revokedAt, issuedSince: issuedSince === 1 };
}

function parseState(number: number): TokenState {
  const state = TOKEN_STATES[number];
  if (state === undefined) throw new Error('the database holds a token in no state that is known');
  return state;
}

/** A table that had nothing gives nulls; the types below say so of its number alone. */
interface FoundRow {
  readonly epoch: number;
  readonly purgedUntil: number;
  readonly token: number | null;
  readonly state: number;
  readonly attempt: string | null;
  readonly spentAt: number | null;
  readonly child: number | null;
  readonly childState: number;
  readonly childJti: string;
  readonly childIat: number;
  readonly childExp: number;
  readonly childRetainUntil: number;
  readonly family: number | null;
  readonly familyId: string;
  readonly familyEpoch: number;
  readonly familyRevoked: number;
  readonly familyLives: number;
  readonly ofUser: number;
  readonly userEpoch: number | null;
  readonly revokedAt: number;
  readonly issuedSince: number;
}

/** A token's own family comes before the one it names. A parameter stands for itself, whatever it is compared with. */
const SELECT = `
  SELECT s.epoch AS epoch, s.purged_until AS purgedUntil,
    t.number AS token, t.state AS state, t.attempt AS attempt, t.spent_at AS spentAt,
    c.number AS child, c.state AS childState, c.jti AS childJti, c.iat AS childIat, c.exp AS childExp,
    c.retain_until AS childRetainUntil,
    f.number AS family, f.id AS familyId, f.epoch AS familyEpoch, f.revoked AS familyRevoked, f.user IS :user AS ofUser,
    EXISTS (SELECT 1 FROM tokens WHERE family = f.number AND state = 0 AND retain_until > :now) AS familyLives,
    u.epoch AS userEpoch, u.revoked_at AS revokedAt,
    EXISTS (SELECT 1 FROM issued_since WHERE user = :user AND jti = :jti) AS issuedSince
  FROM state s
  LEFT JOIN tokens t ON t.jti = :jti AND t.retain_until > :now
  LEFT JOIN tokens c ON c.number = t.successor AND c.retain_until > :now
  LEFT JOIN families f ON f.number = coalesce(t.family, (SELECT number FROM families WHERE id = :family)) AND f.retain_until > :now
  LEFT JOIN users u ON u.id = :user`;
