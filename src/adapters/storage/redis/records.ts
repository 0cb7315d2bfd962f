import type { NumericDate } from '../../../domain/claims/numeric-date.ts';
import type { TokenFacts } from '../../../domain/family/token-family.ts';
import type { FamilyId } from '../../../domain/token/token-id.ts';
import type { StatusQuery } from '../../../ports/revocation-store.ts';
import type { TokenRef } from '../../../ports/rotation-store.ts';
import type { Session } from '../../../ports/session-store.ts';
import type { SessionMetadata } from '../../../ports/user-repository.ts';
import { encodeId } from '../../../application/encode-id.ts';

/** The field or key of an owner: the user, else the family the token names, else the token alone. */
export function ownerOf({ user, family, jti }: Pick<TokenRef, 'user' | 'family' | 'jti'>): string {
  if (user !== undefined) return `u:${encodeId(user)}`;
  return family === undefined ? `j:${encodeId(jti)}` : `f:${encodeId(family)}`;
}

/** What a check reads, decoded: the left side of the decision table. */
export function factsOf(
  { token: ref, now }: Pick<StatusQuery, 'token' | 'now'>,
  [tokenText, familyText, ownerText]: Fields,
): Facts {
  const family = readFamily(familyText, now);
  const token = readToken(tokenText, now) ?? (family?.token === encodeId(ref.jti) ? LIVE : undefined);
  const owner = readOwner(ownerText);
  const forgotten = ref.onRecord && ref.retainUntil <= Math.max(owner.purgedUntil, now);
  const byIat = family === undefined && owner.epoch > 0 && (ref.iat === undefined || ref.iat <= owner.revokedAt);
  return {
    token: token?.state ?? (forgotten ? 'blacklisted' : 'unrecorded'),
    family: family?.state ?? 'unrecorded',
    userRevoked: family === undefined ? byIat : family.epoch < owner.epoch,
    byIat,
    epoch: owner.epoch,
  };
}

export interface Facts extends TokenFacts {
  /** Only its `iat` says that the token was revoked: it may be one of those issued since, in the same second. */
  readonly byIat: boolean;
  readonly epoch: number;
}

/** The values of a token, its family and their owner; null where there is none. */
type Fields = readonly [token: string | null, family: string | null, owner: string | null];

/** Whether an access token was issued since the revocation that this epoch is of. */
export function issuedSince(text: string | null, epoch: number): boolean {
  return text !== null && Number(text.slice(0, text.indexOf(','))) === epoch;
}

export function familyState(text: string | null, now: NumericDate): TokenFacts['family'] {
  return readFamily(text, now)?.state ?? 'unrecorded';
}

/** The live families among an owner's fields, newest first. */
export function sessionsOf(fields: ReadonlyMap<string, string>, now: NumericDate): readonly Session[] {
  const { epoch } = readOwner(fields.get('u') ?? null);
  const listed: { readonly order: number; readonly session: Session }[] = [];
  for (const [field, text] of fields) {
    const family = field.startsWith('f') ? readFamily(text, now) : undefined;
    if (family?.state !== 'live' || family.epoch < epoch) continue;
    const { createdAt, lastUsedAt, endsAt, exp, order } = family;
    const expiresAt = Math.min(exp, endsAt);
    if (expiresAt <= now) continue;
    const id = decodeURIComponent(field.slice(1)) as FamilyId;
    const metadata = JSON.parse(fields.get(`m${field.slice(1)}`) ?? '{}') as SessionMetadata;
    listed.push({ order, session: { id, createdAt, lastUsedAt, expiresAt, metadata } });
  }
  return listed.toSorted((one, other) => other.order - one.order).map(({ session }) => session);
}

function readToken(text: string | null, now: NumericDate): { readonly state: TokenFacts['token'] } | undefined {
  if (text === null) return undefined;
  const [state = '', , , until] = text.split(',', 4);
  if (Number(until) <= now) return undefined;
  return state === 'L' ? LIVE : { state: state === 'S' ? 'spent' : 'blacklisted' };
}

function readFamily(text: string | null, now: NumericDate) {
  if (text === null) return undefined;
  const [one = '', , ...rest] = text.split(',', 17);
  const [oneExp, oneUntil, used, , , state, until, liveUntil, exp, live, epoch, , created, ends, order] = rest;
  if (Number(until) <= now) return undefined;
  const alone = one !== '';
  const usable = live !== '0' && Number(alone ? oneUntil : liveUntil) > now;
  return {
    state: state === 'X' ? ('revoked' as const) : usable ? ('live' as const) : ('ended' as const),
    /** Its one live token, where its record is part of the family's. */
    token: alone && Number(oneUntil) > now ? one.slice(1) : undefined,
    epoch: Number(epoch),
    createdAt: Number(created),
    lastUsedAt: Number(used),
    endsAt: ends === '' ? Infinity : Number(ends),
    exp: Number(alone ? oneExp : exp),
    order: Number(order),
  };
}

function readOwner(text: string | null) {
  if (text === null) return NOBODY;
  const [epoch, revokedAt, , , , purgedUntil] = text.split(',', 6);
  return { epoch: Number(epoch), revokedAt: Number(revokedAt), purgedUntil: Number(purgedUntil) };
}

const LIVE = { state: 'live' } as const;
const NOBODY = { epoch: 0, revokedAt: 0, purgedUntil: 0 };
