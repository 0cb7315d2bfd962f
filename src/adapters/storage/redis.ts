import { randomUUID } from 'node:crypto';
import type { NumericDate } from '../../domain/claims/numeric-date.ts';
import { decideStatus, type TokenFacts, type TokenStatus } from '../../domain/family/token-family.ts';
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
import type { NewSession, RecordOutcome, RotateOutcome, RotateRequest, TokenRef } from '../../ports/rotation-store.ts';
import type { Session } from '../../ports/session-store.ts';
import type { TokenStore } from '../../ports/token-store.ts';
import { connectionOf, type RedisClient } from './redis-client.ts';
import { commandsOver, listOf, textOf, textOrNull, type Commands } from './redis-commands.ts';
import { FamilyNames } from './redis-family-names.ts';
import { settingsOf, type RedisSettings, type RedisStoreOptions } from './redis-options.ts';
import { encodeId, factsOf, familyState, issuedSince, ownerOf, sessionsOf, type Fields } from './redis-records.ts';
import { rotationOf } from './redis-rotation.ts';
import { BLACKLIST, LOOK_UP, RAISE_EPOCH, RECORD, REVOKE_FAMILY, REVOKE_USER, ROTATE } from './redis-scripts.ts';

export type { IoredisClient, NodeRedisClient, RedisClient } from './redis-client.ts';
export type { RedisStoreOptions } from './redis-options.ts';

export interface RedisStore extends TokenStore, AsyncDisposable {}

/**
 * Token storage in Redis (6.2 or later), over the ioredis or node-redis client that the application has. All that is known of one user is one
 * hash, so each decision is one atomic step of one slot, on Cluster too: one command for a check, one for a rotation. The hash lives as long as
 * any token in it may; what expires inside is collected by later writes. The client stays the application's: disposing closes only
 * connections that the store made for `durability: 'replicated'`.
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): RedisStore {
  const settings = settingsOf(options);
  const connection = connectionOf(client);
  return new Store(commandsOver(connection, connection.send), settings);
}

class Store implements RedisStore {
  readonly expiresNatively = true;
  readonly #commands: Commands;
  readonly #settings: RedisSettings;
  readonly #names: FamilyNames;

  constructor(commands: Commands, settings: RedisSettings) {
    this.#commands = commands;
    this.#settings = settings;
    this.#names = new FamilyNames(commands, settings.prefix);
  }

  async epoch(options: CallOptions): Promise<number> {
    const key = this.#epochKey;
    return Number(textOrNull(await this.#commands.read(key, ['GET', key], options)) ?? 0);
  }

  async record(
    { user, family, token, access, endsAt, epoch, metadata, now }: NewSession,
    options: CallOptions,
  ): Promise<RecordOutcome> {
    const owner = ownerOf({ user, family, jti: token.jti });
    const introduced = farBeyond(Math.max(token.retainUntil, access?.retainUntil ?? 0), now);
    // first, so that whoever ends the family by its name finds it, or is found
    if ((await this.#names.introduce(family, owner, { now, until: introduced }, options)) !== 'introduced') return 'revoked';
    const values = {
      ...this.#call(now),
      jti: encodeId(token.jti),
      till: token.retainUntil,
      iat: token.iat,
      exp: token.exp,
      family: encodeId(family),
      epoch,
      ends: endsAt,
      access: access && encodeId(access.jti),
      accessTill: access?.retainUntil,
      introduced,
      metadata: metadata && JSON.stringify(metadata),
    };
    const [outcome, newest] = textOf(await this.#commands.run(RECORD, this.#key(owner), values, options)).split(',');
    if (outcome === 'recorded') return outcome;
    // where the common epoch was lost, later logins must read one that the user's records know
    if (Number(newest) > (await this.epoch(options))) await this.#raiseEpoch(newest, options);
    return 'revoked';
  }

  async rotate(request: RotateRequest, options: CallOptions): Promise<RotateOutcome> {
    const { token: ref, successor, access, now, retainUntil } = request;
    const owner = ownerOf(ref);
    const values = {
      ...this.#call(now),
      ...tokenOf(ref),
      fallback: encodeId(request.family),
      attempt: encodeId(request.attempt),
      next: successor && encodeId(successor.jti),
      nextTill: successor?.retainUntil,
      nextIat: successor?.iat,
      nextExp: successor?.exp,
      spends: request.spends,
      access: access && encodeId(access.jti),
      accessTill: access?.retainUntil,
      retain: retainUntil,
      grace: request.graceSeconds,
      must: request.mustBeRecorded !== undefined,
      ends: request.endFamilyOnReuse,
      introduced: 0,
      metadata: request.metadata && JSON.stringify(request.metadata),
    };
    for (;;) {
      const reply = rotationOf(textOf(await this.#commands.run(ROTATE, this.#key(owner), values, options)), request);
      if (reply.outcome === 'unmet') {
        return { outcome: (await this.#standing(ref, owner, now, options)) === 'revoked' ? 'family_revoked' : 'unknown' };
      }
      if (reply.outcome !== 'introduce') return reply;
      const { family } = reply;
      values.introduced = farBeyond(reply.until, now);
      const name = await this.#names.introduce(family, owner, { now, until: values.introduced }, options);
      if (name === 'foreign') return { outcome: 'unknown' }; // a family is one user's
      if (name === 'ended') {
        await this.#revokeFamilyOf(owner, { family, now, retainUntil }, randomUUID(), options);
        return { outcome: 'family_revoked' };
      }
    }
  }

  async status(query: StatusQuery, options: CallOptions): Promise<TokenStatus> {
    const { token: ref, now } = query;
    const owner = ownerOf(ref);
    const { byIat, epoch, ...facts } = factsOf(query, await this.#fields(ref, owner, options));
    const userRevoked = byIat ? !(await this.#issuedSince(ref, owner, epoch, options)) : facts.userRevoked;
    const status = decideStatus({ ...facts, userRevoked }, query);
    if (facts.family !== 'unrecorded' || ref.family === undefined || status === 'revoked') return status;
    return decideStatus({ ...facts, userRevoked, family: await this.#standing(ref, owner, now, options) }, query);
  }

  async blacklist({ token: ref, now, graceSeconds }: BlacklistRequest, options: CallOptions): Promise<BlacklistOutcome> {
    const owner = ownerOf(ref);
    const values = { ...this.#call(now), ...tokenOf(ref), grace: graceSeconds, call: randomUUID(), introduced: '' };
    for (;;) {
      const [outcome] = textOf(await this.#commands.run(BLACKLIST, this.#key(owner), values, options)).split(',');
      if (outcome === 'blacklisted' || outcome === 'revoked' || outcome === 'family_revoked') return outcome;
      if ((await this.#standing(ref, owner, now, options)) === 'revoked') return 'family_revoked';
      values.introduced = '1';
    }
  }

  async revokeFamily(request: RevokeFamilyRequest, options: CallOptions): Promise<'revoked' | 'already'> {
    const { family, user, now, retainUntil: until } = request;
    const call = randomUUID();
    if (user !== undefined) {
      const values = { ...this.#call(now), family: encodeId(family), retain: until, call, create: false };
      const key = this.#key(`u:${encodeId(user)}`);
      const outcome = textOf(await this.#commands.run(REVOKE_FAMILY, key, values, options));
      if (outcome === 'revoked' || outcome === 'already') return outcome;
    }
    const name = await this.#names.end(family, call, { now, until }, options);
    return typeof name === 'string' ? name : this.#revokeFamilyOf(name.owner, request, call, options);
  }

  async revokeUser({ user, keep, now, retainUntil }: RevokeUserRequest, options: CallOptions): Promise<RevokeUserOutcome> {
    const owner = `u:${encodeId(user)}`;
    const values = {
      ...this.#call(now),
      ...(keep === undefined ? NO_TOKEN : tokenOf(keep.token)),
      kept: keep !== undefined,
      fallback: keep && encodeId(keep.family),
      must: keep?.mustBeRecorded !== undefined,
      epoch: await this.#raiseEpoch('0', options), // before all else: a login that read the one before is refused
      retain: retainUntil,
      call: randomUUID(),
      introduced: 0,
    };
    for (;;) {
      const [outcome, about = '', rest] = textOf(await this.#commands.run(REVOKE_USER, this.#key(owner), values, options)).split(
        ',',
      );
      if (outcome === 'revoked' || keep === undefined) {
        if (outcome === 'revoked') return { outcome };
        values.epoch = await this.#raiseEpoch(about, options);
      } else if (outcome === 'stale') {
        values.epoch = await this.#raiseEpoch(about, options);
      } else if (outcome === 'introduce') {
        const family = decodeURIComponent(about) as FamilyId;
        values.introduced = farBeyond(Number(rest), now);
        const name = await this.#names.introduce(family, owner, { now, until: values.introduced }, options);
        if (name !== 'introduced')
          return { outcome: 'kept_token_refused', status: name === 'ended' ? 'family_revoked' : 'unknown' };
      } else {
        const unmet = about === 'unknown' && rest === '0';
        const ended = unmet && (await this.#standing(keep.token, owner, now, options)) === 'revoked';
        return { outcome: 'kept_token_refused', status: ended ? 'family_revoked' : (about as TokenStatus) };
      }
    }
  }

  async *sessions(user: UserId, now: NumericDate, options: CallOptions): AsyncIterable<Session> {
    const key = this.#key(`u:${encodeId(user)}`);
    const fields = new Map<string, string>();
    let cursor = '0';
    do {
      const page = ['HSCAN', key, cursor, 'MATCH', '[fmu]*', 'COUNT', '500'];
      const [next, found] = listOf(await this.#commands.read(key, page, options));
      const texts = listOf(found).map(textOf);
      for (let index = 0; index < texts.length; index += 2) fields.set(texts[index] ?? '', texts[index + 1] ?? '');
      cursor = textOf(next);
    } while (cursor !== '0');
    yield* sessionsOf(fields, now);
  }

  /** Redis and later writes collect what has expired. */
  flushExpired(): number {
    return 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #fields(ref: TokenRef, owner: string, options: CallOptions): Promise<Fields> {
    const key = this.#key(owner);
    const [jti, family] = [encodeId(ref.jti), ref.family === undefined ? '' : encodeId(ref.family)];
    // a token that names no family may have one on record; an access token has no record of its own
    const reply =
      ref.family === undefined && ref.onRecord
        ? await this.#commands.inquire(LOOK_UP, key, { jti, family }, options)
        : await this.#commands.read(key, ['HMGET', key, `t${jti}`, `f${family}`, 'u'], options);
    const [token, line, record] = listOf(reply).map(textOrNull);
    return [token ?? null, line ?? null, record ?? null];
  }

  async #issuedSince({ jti }: TokenRef, owner: string, epoch: number, options: CallOptions): Promise<boolean> {
    const key = this.#key(owner);
    return issuedSince(textOrNull(await this.#commands.read(key, ['HGET', key, `i${encodeId(jti)}`], options)), epoch);
  }

  /** What became of a family that the owner of a token has no record of. */
  async #standing({ family }: TokenRef, owner: string, now: NumericDate, options: CallOptions): Promise<TokenFacts['family']> {
    const name = family && (await this.#names.find(family, options));
    if (family === undefined || name === undefined) return 'unrecorded';
    if (name === 'ended') return 'revoked';
    if (name.owner === owner) return 'unrecorded';
    const key = this.#key(name.owner);
    return familyState(textOrNull(await this.#commands.read(key, ['HGET', key, `f${encodeId(family)}`], options)), now);
  }

  async #revokeFamilyOf(
    owner: string,
    { family, now, retainUntil }: Pick<RevokeFamilyRequest, 'family' | 'now' | 'retainUntil'>,
    call: string,
    options: CallOptions,
  ): Promise<'revoked' | 'already'> {
    const values = { ...this.#call(now), family: encodeId(family), retain: retainUntil, call, create: true };
    const outcome = textOf(await this.#commands.run(REVOKE_FAMILY, this.#key(owner), values, options));
    return outcome === 'already' ? outcome : 'revoked';
  }

  async #raiseEpoch(least: string | undefined, options: CallOptions): Promise<string> {
    return textOf(await this.#commands.run(RAISE_EPOCH, this.#epochKey, { least }, options));
  }

  #call(now: NumericDate) {
    const { clock, durability } = this.#settings;
    return { ask: now, clock: clock?.(), wait: durability === 'replicated' };
  }

  #key(owner: string): string {
    return this.#settings.prefix + owner;
  }

  get #epochKey(): string {
    return `${this.#settings.prefix}epoch`;
  }
}

function tokenOf({ jti, retainUntil, iat, family, onRecord }: TokenRef) {
  return {
    jti: encodeId(jti),
    till: retainUntil,
    iat,
    exp: retainUntil - RETENTION_MARGIN_SECONDS,
    family: family && encodeId(family),
    recorded: onRecord,
  };
}

/** A name is kept for twice as long as was asked, so that it need not be prolonged with every rotation. */
function farBeyond(until: NumericDate, now: NumericDate): NumericDate {
  return until + Math.max(until - now, 0);
}

const NO_TOKEN = { jti: '', till: 0, iat: undefined, exp: 0, family: undefined, recorded: false };
