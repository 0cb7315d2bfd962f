import type { NumericDate } from '../../../domain/claims/numeric-date.ts';
import type { UserId } from '../../../domain/token/token-id.ts';
import type { CallOptions } from '../../../ports/crypto-provider.ts';
import type { Session } from '../../../ports/session-store.ts';
import type { SessionMetadata } from '../../../ports/user-repository.ts';
import { encodeId } from '../../../application/encode-id.ts';
import { idOf, type FamilyFact, type UseFact } from './documents.ts';
import type { Facts } from './facts.ts';
import { endedByRevocation, familyIdOf, read, revocationsAmong } from './look-up.ts';
import { newestOf } from './newest.ts';

/** Lists the live families of a user, newest first: some at a time, and of each its newest token. */
export async function* sessionsOf(facts: Facts, user: UserId, now: NumericDate, options: CallOptions): AsyncIterable<Session> {
  const ofUser = { user: encodeId(user), till: { $gt: now } };
  const all = (await facts.read(ofUser, options)) as readonly FamilyFact[];
  const families = all.toSorted((one, other) => other.made - one.made);
  for (let start = 0; start < families.length; start += AT_ONCE) {
    const some = families.slice(start, start + AT_ONCE);
    const ids = some.map(({ id }) => familyIdOf(id));
    const about = await read(facts, [...ids.map(idOf.end), ...ids.map(idOf.use)], user, options);
    const revocations = revocationsAmong(about, user);
    const alive = some.filter((family, index) => {
      const id = ids[index];
      return id !== undefined && !about.has(idOf.end(id)) && !endedByRevocation(family, revocations);
    });
    const listed = await Promise.all(
      alive.map((family) => {
        const id = familyIdOf(family.id);
        return sessionOf(facts, family, about.get(idOf.use(id)) as UseFact | undefined, now, options);
      }),
    );
    for (const session of listed) if (session !== undefined) yield session;
  }
}

async function sessionOf(
  facts: Facts,
  { id: text, createdAt, endsAt }: FamilyFact,
  use: UseFact | undefined,
  now: NumericDate,
  options: CallOptions,
): Promise<Session | undefined> {
  const id = familyIdOf(text);
  const newest = await newestOf(facts, id, now, options);
  if (newest?.live !== true) return undefined;
  const { exp, at, metadata } = newest.token;
  const expiresAt = Math.min(exp, endsAt ?? exp);
  if (expiresAt <= now) return undefined;
  const usedSince = use !== undefined && use.made > newest.token.made;
  const known = usedSince ? (use.metadata ?? metadata) : metadata;
  return {
    id,
    createdAt,
    lastUsedAt: usedSince ? use.at : at,
    expiresAt,
    metadata: known === null ? {} : (JSON.parse(known) as SessionMetadata),
  };
}

const AT_ONCE = 16;
