import type { NumericDate } from '../../../domain/claims/numeric-date.ts';
import type { FamilyId, Jti, UserId } from '../../../domain/token/token-id.ts';
import type { NewToken, TokenRef } from '../../../ports/rotation-store.ts';
import type { SessionMetadata } from '../../../ports/user-repository.ts';
import type { SqliteDatabase, SqliteParameters } from './database.ts';
import { TOKEN_STATES, type TokenState } from './look-up.ts';
import { textOf, textOrNull } from './text.ts';

export interface FamilyStart {
  readonly id: FamilyId;
  readonly user: UserId | undefined;
  readonly now: NumericDate;
  readonly endsAt: NumericDate | undefined;
  readonly epoch: number;
  readonly metadata: SessionMetadata | undefined;
  readonly retainUntil: NumericDate;
}

export interface FamilyUse {
  readonly lastUsedAt?: NumericDate;
  /** Of the token issued last. */
  readonly newestExp?: NumericDate;
  readonly metadata?: SessionMetadata | undefined;
  readonly retainUntil: NumericDate;
}

export interface Spending {
  readonly successor: number;
  readonly attempt: string;
  readonly at: NumericDate;
}

export type SqliteRecords = ReturnType<typeof createRecords>;

/** Writes what decisions come to; each step belongs into a transaction. It decides nothing. Statements are prepared once. */
export function createRecords(database: SqliteDatabase) {
  const run = (sql: string) => {
    const statement = database.prepare(sql);
    return (parameters: SqliteParameters): number => Number(statement.run(parameters).changes);
  };
  const get = (sql: string) => {
    const statement = database.prepare(sql);
    /** The one number that is asked for, if there is a row. */
    return (parameters: SqliteParameters): number | undefined =>
      (statement.get(parameters) as { readonly answer: number } | undefined)?.answer;
  };

  const storeEpoch = get('SELECT epoch AS answer FROM state');
  const raiseEpoch = get('UPDATE state SET epoch = epoch + 1 RETURNING epoch AS answer');
  const epochOf = get('SELECT epoch AS answer FROM users WHERE id = :user');
  const familyOf = get('SELECT number AS answer FROM families WHERE id = :id');
  const forgetFamily = run('DELETE FROM families WHERE id = :id AND retain_until <= :now');
  const insertFamily = get(`
    INSERT INTO families (id, user, created_at, last_used_at, ends_at, retain_until, epoch, metadata)
    VALUES (:id, :user, :now, :now, :endsAt, :retainUntil, :epoch, :metadata)
    ON CONFLICT (id) DO NOTHING RETURNING number AS answer`);
  const updateFamily = run(`
    UPDATE families SET last_used_at = coalesce(:lastUsedAt, last_used_at), newest_exp = coalesce(:newestExp, newest_exp),
      metadata = coalesce(:metadata, metadata), retain_until = max(retain_until, :retainUntil)
    WHERE number = :family`);
  const updateFamilyEpoch = run('UPDATE families SET epoch = :epoch WHERE number = :family');
  const revokeFamily = run(`
    UPDATE families SET revoked = 1, retain_until = max(retain_until, :retainUntil) WHERE number = :family AND revoked = 0`);
  const forgetToken = run('DELETE FROM tokens WHERE jti = :jti AND retain_until <= :now');
  const insertToken = get(`
    INSERT INTO tokens (jti, family, state, iat, exp, retain_until) VALUES (:jti, :family, :state, :iat, :exp, :retainUntil)
    ON CONFLICT (jti) DO NOTHING RETURNING number AS answer`);
  const spendToken = run(`
    UPDATE tokens SET state = ${numberOf('spent')}, successor = :successor, attempt = :attempt, spent_at = :at WHERE number = :token`);
  const blacklistToken = run(`UPDATE tokens SET state = ${numberOf('blacklisted')} WHERE number = :token`);
  const revokeUser = run(`
    INSERT INTO users (id, epoch, revoked_at, retain_until) VALUES (:user, :epoch, :now, :retainUntil)
    ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, revoked_at = excluded.revoked_at,
      retain_until = max(retain_until, excluded.retain_until)`);
  const forgetIssued = run('DELETE FROM issued_since WHERE user = :user');
  const noteIssued = run(`
    INSERT INTO issued_since (user, jti) SELECT id, :jti FROM users WHERE id = :user AND revoked_at >= :now ON CONFLICT DO NOTHING`);

  const put = (token: Pick<TokenRef, 'jti' | 'retainUntil'>, now: NumericDate, row: SqliteParameters): number | undefined => {
    const jti = textOf(token.jti);
    forgetToken({ jti, now }); // an expired record gives way, a live one stays
    return insertToken({ jti, retainUntil: token.retainUntil, ...row });
  };
  const useFamily = (family: number, { lastUsedAt, newestExp, metadata, retainUntil }: FamilyUse): void => {
    const written = metadata === undefined ? null : JSON.stringify(metadata);
    updateFamily({
      family,
      lastUsedAt: lastUsedAt ?? null,
      newestExp: newestExp ?? null,
      metadata: written,
      retainUntil,
    });
  };

  return {
    epoch: (): number => storeEpoch({}) ?? 0,
    /** 0 for a user who was never revoked. */
    userEpoch: (user: UserId): number => epochOf({ user: textOf(user) }) ?? 0,

    /** The family's number, and that of the one on record where it is there already. */
    addFamily({ id, user, now, endsAt, epoch, metadata, retainUntil }: FamilyStart): number {
      const text = textOf(id);
      forgetFamily({ id: text, now });
      const written = metadata === undefined ? null : JSON.stringify(metadata);
      const row = { id: text, user: textOrNull(user), now, endsAt: endsAt ?? null, epoch, metadata: written, retainUntil };
      return known(insertFamily(row) ?? familyOf({ id: text }));
    },
    useFamily,
    setFamilyEpoch: (family: number, epoch: number): void => void updateFamilyEpoch({ family, epoch }),
    /** Whether this ended it. */
    endFamily: (family: number, retainUntil: NumericDate): boolean => revokeFamily({ family, retainUntil }) > 0,

    /** The number of the new record; undefined where a live one has its id. */
    addToken({ jti, iat, exp, retainUntil }: NewToken, family: number, now: NumericDate): number | undefined {
      useFamily(family, { newestExp: exp, retainUntil });
      return put({ jti, retainUntil }, now, { family, state: numberOf('live'), iat, exp });
    },
    /** For a token that has no record, and needs none: it names its family itself. */
    addBlacklisted(token: TokenRef, now: NumericDate): void {
      put(token, now, { family: null, state: numberOf('blacklisted'), iat: null, exp: null });
    },
    spend: (token: number, spending: Spending): void =>
      void spendToken({ token, ...spending, attempt: textOf(spending.attempt) }),
    blacklist: (token: number): void => void blacklistToken({ token }),

    /** Raises the epoch, and answers it. */
    revokeUser(id: UserId, now: NumericDate, retainUntil: NumericDate): number {
      const epoch = known(raiseEpoch({}));
      const user = textOf(id);
      revokeUser({ user, epoch, now, retainUntil });
      forgetIssued({ user });
      return epoch;
    },
    /** Notes an access token that a revocation of its second came before. */
    noteIssued: (user: UserId, jti: Jti, now: NumericDate): void =>
      void noteIssued({ user: textOf(user), jti: textOf(jti), now }),
  };
}

function numberOf(state: TokenState): number {
  return TOKEN_STATES.indexOf(state);
}

function known(number: number | undefined): number {
  if (number === undefined) throw new Error('the database lost a row that it had a moment ago');
  return number;
}
