import type { NumericDate } from '../../../domain/claims/numeric-date.ts';
import { parseFamilyId, type UserId } from '../../../domain/token/token-id.ts';
import type { Session } from '../../../ports/session-store.ts';
import type { SessionMetadata } from '../../../ports/user-repository.ts';
import type { SqliteDatabase } from './database.ts';
import { idOf, textOf } from './text.ts';

/** Prepares the listing of a user's live families, newest first: one statement. */
export function createSessionList(database: SqliteDatabase) {
  const select = database.prepare(SELECT);
  return (user: UserId, now: NumericDate): readonly Session[] =>
    (select.all({ user: textOf(user), now }) as readonly SessionRow[]).map(parseSession);
}

function parseSession({ family, createdAt, lastUsedAt, expiresAt, metadata }: SessionRow): Session {
  const id = parseFamilyId(idOf(family));
  if (id === undefined) throw new Error('the database holds a family without an id');
  const kept = metadata === null ? {} : (JSON.parse(metadata) as SessionMetadata);
  return { id, createdAt, lastUsedAt, expiresAt, metadata: kept };
}

interface SessionRow {
  readonly family: string;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly expiresAt: number;
  readonly metadata: string | null;
}

const SELECT = `
  SELECT id AS family, created_at AS createdAt, last_used_at AS lastUsedAt, metadata,
    min(newest_exp, coalesce(ends_at, newest_exp)) AS expiresAt
  FROM families
  WHERE user = :user AND revoked = 0 AND retain_until > :now AND min(newest_exp, coalesce(ends_at, newest_exp)) > :now
    AND epoch >= coalesce((SELECT epoch FROM users WHERE id = :user), 0)
    AND EXISTS (SELECT 1 FROM tokens WHERE tokens.family = families.number AND state = 0 AND tokens.retain_until > :now)
  ORDER BY number DESC`;
