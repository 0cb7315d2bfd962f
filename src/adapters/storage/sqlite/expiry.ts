import type { NumericDate } from '../../../domain/claims/numeric-date.ts';
import type { SqliteDatabase } from './database.ts';

export interface Purged {
  /** Tokens and families that went. */
  readonly count: number;
  /** Whether nothing more is due. */
  readonly all: boolean;
}

/** Forgets what was to be kept until `time` at most, and notes that it did: a bounded step, which belongs into a transaction. */
export type Purge = (time: NumericDate, limit: number) => Purged;

export function createPurge(database: SqliteDatabase): Purge {
  const [tokens, families, users] = [database.prepare(TOKENS), database.prepare(FAMILIES), database.prepare(USERS)];
  const note = database.prepare('UPDATE state SET purged_until = max(purged_until, :time)');

  return function purge(time, limit) {
    const tokenCount = Number(tokens.run({ time, limit }).changes);
    // a family is kept at least as long as its tokens, so it goes after the last of them
    const familyCount = tokenCount < limit ? Number(families.run({ time, limit }).changes) : 0;
    const userCount = tokenCount + familyCount < limit ? Number(users.run({ time, limit }).changes) : 0;
    if (tokenCount + familyCount + userCount > 0) note.run({ time });
    const all = tokenCount < limit && familyCount < limit && userCount < limit;
    return { count: tokenCount + familyCount, all };
  };
}

const TOKENS = `
  DELETE FROM tokens WHERE number IN
    (SELECT number FROM tokens WHERE retain_until <= :time ORDER BY retain_until LIMIT :limit)`;

const FAMILIES = `
  DELETE FROM families WHERE number IN
    (SELECT number FROM families WHERE retain_until <= :time ORDER BY retain_until LIMIT :limit)`;

/** A user's revocation stays while a family that it ended does. */
const USERS = `
  DELETE FROM users WHERE id IN
    (SELECT id FROM users AS u WHERE retain_until <= :time
      AND NOT EXISTS (SELECT 1 FROM families WHERE user = u.id AND epoch < u.epoch) ORDER BY retain_until LIMIT :limit)`;
