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
import { encodeId } from '../../application/encode-id.ts';
import { connectionOf, type RedisClient } from './redis/client.ts';
import { commandsOver, type Commands } from './redis/commands.ts';
import { listOf, textOf, textOrNull } from './redis/replies.ts';
import { evictionCheck } from './redis/eviction.ts';
import { FamilyNames } from './redis/family-names.ts';
import { laneOver } from './redis/lanes.ts';
import { settingsOf, type RedisSettings, type RedisStoreOptions } from './redis/options.ts';
import { factsOf, familyState, issuedSince, ownerOf, sessionsOf, type Facts } from './redis/records.ts';
import { replicatedSend } from './redis/replicated.ts';
import { packTokens } from './redis/rotation-request.ts';
import { ROTATE } from './redis/rotate-script.ts';
import { rotationOf } from './redis/rotation.ts';
import type { Script, ScriptValue } from './redis/script.ts';
import { BLACKLIST, LOOK_UP, RAISE_EPOCH, RECORD, REVOKE_FAMILY, REVOKE_USER } from './redis/scripts.ts';

export type { IoredisClient, NodeRedisClient, RedisClient } from './redis/client.ts';
export { redisFeed, type RedisFeed, type RedisFeedOptions } from './redis/feed.ts';
export { redisKeyStorage, type RedisKeyStorageOptions } from './redis/key-storage.ts';
export type { RedisStoreOptions } from './redis/options.ts';

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
  const lane = settings.durability === 'replicated' ? laneOver(client) : undefined;
  const write = lane === undefined ? connection.send : replicatedSend(lane, settings);
  const commands = commandsOver(connection, write, evictionCheck(connection, settings.prefix, settings.onWarning));
  return new Store(commands, settings, async () => lane?.close());
}

class Store implements RedisStore {
  readonly expiresNatively = true;
  readonly #commands: Commands;
  readonly #settings: RedisSettings;
  readonly #names: FamilyNames;
  readonly #close: () => Promise<void>;

  constructor(commands: Commands, settings: RedisSettings, close: () => Promise<void>) {
    this.#close = close;
    this.#commands = commands;
    this.#settings = settings;
    this.#names = new FamilyNames(commands, settings.prefix);
  }

  epoch(options: CallOptions): Promise<number> {
    const key = this.#epochKey;
    return this.#commands.read(key, ['get', key], options, (reply) => Number(textOrNull(reply) ?? 0));
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
    const [outcome, newest] = (await this.#run(RECORD, owner, values, options)).split(',');
    if (outcome === 'recorded') return outcome;
    // where the common epoch was lost, later logins must read one that the user's records know
    if (Number(newest) > (await this.epoch(options))) await this.#raiseEpoch(newest, options);
    return 'revoked';
  }

  rotate(request: RotateRequest, options: CallOptions): Promise<RotateOutcome> {
    const owner = ownerOf(request.token);
    return this.#rotate(request, owner, 0, options);
  }

  #rotate(request: RotateRequest, owner: string, introduced: NumericDate, options: CallOptions): Promise<RotateOutcome> {
    const { token: ref, successor, access, attempt, metadata } = request;
    const { clock, durability } = this.#settings;
    const family = ref.family && encodeId(ref.family);
    const next = successor && encodeId(successor.jti);
    const tokens = packTokens(request, { jti: encodeId(ref.jti), family, next }, clock === undefined);
    const terms = ROTATE.pack({
      clock: clock?.(),
      wait: durability === 'replicated',
      recorded: ref.onRecord,
      fallback: family === undefined ? encodeId(request.family) : '',
      attempt: attempt === successor?.jti ? '=' : encodeId(attempt),
      spends: request.spends,
      access: access && encodeId(access.jti),
      accessTill: access?.retainUntil,
      retain: request.retainUntil,
      grace: request.graceSeconds,
      must: request.mustBeRecorded !== undefined,
      ends: request.endFamilyOnReuse,
      introduced,
      metadata: metadata && JSON.stringify(metadata),
    });
    return this.#commands.run(ROTATE, this.#key(owner), [tokens + terms], options, (reply) => {
      const outcome = rotationOf(textOf(reply), request);
      if (outcome.outcome === 'unmet') return this.#rotateUnmet(request, owner, options);
      return outcome.outcome === 'introduce' ? this.#introduceAndRotate(request, owner, outcome, options) : outcome;
    });
  }

  async #rotateUnmet({ token, now }: RotateRequest, owner: string, options: CallOptions): Promise<RotateOutcome> {
    return { outcome: (await this.#standing(token, owner, now, options)) === 'revoked' ? 'family_revoked' : 'unknown' };
  }

  async #introduceAndRotate(
    request: RotateRequest,
    owner: string,
    { family, until }: { readonly family: FamilyId; readonly until: NumericDate },
    options: CallOptions,
  ): Promise<RotateOutcome> {
    const { now, retainUntil } = request;
    const introduced = farBeyond(until, now);
    const name = await this.#names.introduce(family, owner, { now, until: introduced }, options);
    if (name === 'introduced') return this.#rotate(request, owner, introduced, options);
    if (name === 'foreign') return { outcome: 'unknown' }; // a family is one user's
    await this.#revokeFamilyOf(owner, { family, now, retainUntil }, randomUUID(), options);
    return { outcome: 'family_revoked' };
  }

  status(query: StatusQuery, options: CallOptions): Promise<TokenStatus> {
    const { token: ref } = query;
    const owner = ownerOf(ref);
    const key = this.#key(owner);
    const jti = encodeId(ref.jti);
    const decide = (reply: unknown) => this.#decide(query, owner, listOf(reply), options);
    if (ref.family !== undefined) {
      return this.#commands.read(key, ['hmget', key, `t${jti}`, `f${encodeId(ref.family)}`, 'u'], options, decide);
    }
    // a token that names no family may have one on record; an access token has no record of its own
    if (ref.onRecord) return this.#commands.inquire(LOOK_UP, key, [LOOK_UP.pack({ jti })], options, decide);
    return this.#commands.read(key, ['hmget', key, `t${jti}`, 'f', 'u'], options, decide);
  }

  #decide(
    query: StatusQuery,
    owner: string,
    reply: readonly unknown[],
    options: CallOptions,
  ): TokenStatus | Promise<TokenStatus> {
    const [token = null, family = null, record = null] = reply.map(textOrNull);
    const facts = factsOf(query, [token, family, record]);
    const status = decideStatus(facts, query);
    const unmet = facts.family === 'unrecorded' && query.token.family !== undefined && status !== 'revoked';
    return facts.byIat || unmet ? this.#decideUnmet(query, owner, facts, options) : status;
  }

  async #decideUnmet(query: StatusQuery, owner: string, facts: Facts, options: CallOptions): Promise<TokenStatus> {
    const { token, now } = query;
    const userRevoked = facts.byIat && !(await this.#issuedSince(token, owner, facts.epoch, options));
    return decideStatus({ ...facts, userRevoked, family: await this.#standing(token, owner, now, options) }, query);
  }

  async blacklist({ token: ref, now, graceSeconds }: BlacklistRequest, options: CallOptions): Promise<BlacklistOutcome> {
    const owner = ownerOf(ref);
    const values = { ...this.#call(now), ...tokenOf(ref), grace: graceSeconds, call: randomUUID(), introduced: '' };
    for (;;) {
      const [outcome] = (await this.#run(BLACKLIST, owner, values, options)).split(',');
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
      const outcome = await this.#run(REVOKE_FAMILY, `u:${encodeId(user)}`, values, options);
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
      const [outcome, about = '', rest] = (await this.#run(REVOKE_USER, owner, values, options)).split(',');
      if (outcome === 'revoked') return { outcome };
      if (keep === undefined || outcome === 'stale') {
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
      const page = ['hscan', key, cursor, 'MATCH', '[fmu]*', 'COUNT', '500'];
      const [next, found] = await this.#commands.read(key, page, options, listOf);
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

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }

  #issuedSince({ jti }: TokenRef, owner: string, epoch: number, options: CallOptions): Promise<boolean> {
    const key = this.#key(owner);
    return this.#commands.read(key, ['hget', key, `i${encodeId(jti)}`], options, (reply) =>
      issuedSince(textOrNull(reply), epoch),
    );
  }

  /** What became of a family that the owner of a token has no record of. */
  async #standing({ family }: TokenRef, owner: string, now: NumericDate, options: CallOptions): Promise<TokenFacts['family']> {
    const name = family && (await this.#names.find(family, options));
    if (family === undefined || name === undefined) return 'unrecorded';
    if (name === 'ended') return 'revoked';
    if (name.owner === owner) return 'unrecorded';
    const key = this.#key(name.owner);
    return this.#commands.read(key, ['hget', key, `f${encodeId(family)}`], options, (reply) =>
      familyState(textOrNull(reply), now),
    );
  }

  async #revokeFamilyOf(
    owner: string,
    { family, now, retainUntil }: Pick<RevokeFamilyRequest, 'family' | 'now' | 'retainUntil'>,
    call: string,
    options: CallOptions,
  ): Promise<'revoked' | 'already'> {
    const values = { ...this.#call(now), family: encodeId(family), retain: retainUntil, call, create: true };
    const outcome = await this.#run(REVOKE_FAMILY, owner, values, options);
    return outcome === 'already' ? outcome : 'revoked';
  }

  #raiseEpoch(least: string | undefined, options: CallOptions): Promise<string> {
    return this.#commands.run(RAISE_EPOCH, this.#epochKey, [RAISE_EPOCH.pack({ least })], options, textOf);
  }

  #run<Name extends string>(
    script: Script<Name>,
    owner: string,
    values: Readonly<Record<Name, ScriptValue>>,
    options: CallOptions,
  ): Promise<string> {
    return this.#commands.run(script, this.#key(owner), [script.pack(values)], options, textOf);
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
