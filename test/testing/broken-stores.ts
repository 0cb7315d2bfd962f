import { memoryStore } from '../../src/adapters/storage/memory.ts';
import type { TokenStatus } from '../../src/domain/family/token-family.ts';
import { parseFamilyId, parseUserId, type FamilyId, type UserId } from '../../src/domain/token/token-id.ts';
import type { NewToken, RotateOutcome, RotateRequest, TokenRef } from '../../src/ports/rotation-store.ts';
import type { TokenStore } from '../../src/ports/token-store.ts';
import { asynchronous, nextTick, type Gap } from './async-store.ts';

/** A store with one defect that products in this field have had, over a memory store that is sound. */
export interface BrokenStore {
  readonly defect: string;
  /** Part of the title of a promise it must break. */
  readonly breaks: string;
  /** With the gaps of a schedule, or of its own. */
  readonly create: (gap?: Gap) => TokenStore;
}

const broken = (defect: string, breaks: string, defects: (sound: TokenStore, gap: Gap) => Partial<TokenStore>): BrokenStore => ({
  defect,
  breaks,
  create(gap = nextTick) {
    const sound = memoryStore();
    return asynchronous({ ...methodsOf(sound), ...defects(sound, gap) }, gap);
  },
});

export const BROKEN_STORES: readonly BrokenStore[] = [
  broken('reads whether the token is spent, then writes', 'of 2 concurrent rotations of a token win', (sound, gap) => {
    const spent = new Set<string>();
    return {
      async rotate(request) {
        const wasSpent = spent.has(request.token.jti);
        await gap('between reading and writing');
        const outcome = await sound.rotate(request, {});
        if (outcome.outcome === 'rotated') spent.add(request.token.jti);
        return wasSpent || outcome.outcome !== 'reused' ? outcome : forge(sound, request);
      },
    };
  }),
  broken('answers a replay with a successor of its own', 'never forks the chain', (sound) => ({
    async rotate(request) {
      const outcome = await sound.rotate(request, {});
      return outcome.outcome === 'replayed' ? forge(sound, request) : outcome;
    },
  })),
  broken('knows no attempts', 'a retry of one attempt its own outcome again', (sound) => {
    let count = 0;
    return { rotate: (request) => sound.rotate({ ...request, attempt: `${++count}` }, {}) };
  }),
  broken('counts the life of a blacklist entry to exp, rounded down', 'to the last second it must', (sound) => ({
    status: (query) => (query.now >= query.token.retainUntil - 61 ? 'active' : sound.status(query, {})),
  })),
  broken(
    'looks for a revocation before it rotates, not while',
    'family that was ended while a rotation was in flight',
    (sound, gap) => ({
      async rotate(request) {
        const { token, now } = request;
        const before = await sound.status({ token, now }, {});
        await gap('between reading and writing');
        const outcome = await sound.rotate(request, {});
        return before === 'active' && !('family' in outcome) ? forge(sound, request) : outcome;
      },
    }),
  ),
  broken('orders logins and revocations by iat, not by an epoch', 'login that began before the user was revoked', (sound) => {
    const revokedAt = new Map<string, number>();
    return {
      record: (session) =>
        session.token.iat < (revokedAt.get(session.user) ?? 0) ? 'revoked' : sound.record({ ...session, epoch: Infinity }, {}),
      revokeUser(request) {
        revokedAt.set(request.user, request.now);
        return sound.revokeUser(request, {});
      },
    };
  }),
  broken('orders a chain by iat, so that one second has one token', 'orders ten rotations of one second', (sound) => {
    const newest = new Map<FamilyId, NewToken>();
    return {
      async rotate(request) {
        const outcome = await sound.rotate(request, {});
        if (outcome.outcome === 'rotated' && request.successor !== undefined) newest.set(outcome.family, request.successor);
        if (outcome.outcome !== 'reused') return outcome;
        const last = newest.get(outcome.family);
        return last?.iat === request.token.iat ? { outcome: 'replayed', family: outcome.family, successor: last } : outcome;
      },
    };
  }),
  broken('takes what it does not know for good', 'answers unknown where a token or family must be on record', (sound) => ({
    status: async (query) => orActive(await sound.status(query, {})),
  })),
  broken('remembers a status for the second it was asked in', 'not by what it said a moment ago', (sound) => {
    const cache = new Map<string, TokenStatus>();
    return {
      async status(query) {
        const { token, ...rules } = query;
        const key = JSON.stringify([token, rules]);
        const known = cache.get(key) ?? (await sound.status(query, {}));
        cache.set(key, known);
        return known;
      },
    };
  }),
  broken('acknowledges the end of a family before it has written it', 'kills every token of a family, once', (sound) => ({
    revokeFamily(request) {
      void slowly(() => sound.revokeFamily(request, {}));
      return 'revoked';
    },
  })),
  broken('ends the family of a reused token after it has answered', 'ends the family before the call returns', (sound) => ({
    async rotate(request) {
      const outcome = await sound.rotate({ ...request, endFamilyOnReuse: false }, {});
      if (outcome.outcome !== 'reused' || !request.endFamilyOnReuse) return outcome;
      const { retainUntil, user } = request.token;
      void slowly(() => sound.revokeFamily({ family: outcome.family, user, now: request.now, retainUntil }, {}));
      return { ...outcome, familyEnded: true };
    },
  })),
  broken('holds the window open after the child was used', 'closes the window when the child is used', (sound) => {
    const children = new Map<string, { readonly at: number; readonly token: NewToken }>();
    return {
      async rotate(request) {
        const child = children.get(request.token.jti);
        const outcome = await sound.rotate(request, {});
        if (outcome.outcome === 'rotated' && request.successor !== undefined) {
          children.set(request.token.jti, { at: request.now, token: request.successor });
        }
        const open = child !== undefined && request.now - child.at < request.graceSeconds;
        return open && outcome.outcome === 'reused'
          ? { outcome: 'replayed', family: outcome.family, successor: child.token }
          : outcome;
      },
    };
  }),
  broken('counts the last second of the window twice', 'closes the window at its end', (sound) => ({
    rotate: (request) => sound.rotate({ ...request, graceSeconds: request.graceSeconds + Number(request.graceSeconds > 0) }, {}),
  })),
  broken('holds the window open for a clock that was set back', 'clock that is set back', (sound) => {
    const spentAt = new Map<string, number>();
    return {
      rotate(request) {
        const at = spentAt.get(request.token.jti) ?? request.now;
        spentAt.set(request.token.jti, at);
        return sound.rotate({ ...request, now: Math.max(request.now, at) }, {});
      },
    };
  }),
  broken('logs out a spent token, not its successor', 'logs out the unused successor with its predecessor', (sound) => ({
    async blacklist(request) {
      const status = await sound.status({ token: request.token, now: request.now }, {});
      return status === 'revoked' ? 'blacklisted' : sound.blacklist(request, {});
    },
  })),
  broken('revokes a user although the token to keep is refused', 'revokes nothing then', (sound) => ({
    async revokeUser(request) {
      const outcome = await sound.revokeUser(request, {});
      if (outcome.outcome === 'kept_token_refused') await sound.revokeUser({ ...request, keep: undefined }, {});
      return outcome;
    },
  })),
  broken('joins ids to keys that can be the same', 'keeps users apart', (sound) =>
    onUsers(sound, (id) => id.trim().toLowerCase()),
  ),
  broken('keeps users in an object with a prototype', 'keeps users apart', (sound) =>
    onUsers(sound, (id) => (id in {} ? 'Object.prototype' : id)),
  ),
  broken('cuts long ids', 'keeps families apart', (sound) => onFamilies(sound, (id) => id.slice(0, 255))),
  broken('lists sessions that have expired', 'lists no session that was revoked, logged out or has expired', (sound) => ({
    sessions: (user, now) => sound.sessions(user, now - 3600, {}),
  })),
  broken('collects records before their tokens die', 'however often it is flushed', (sound) => ({
    flushExpired: (now) => sound.flushExpired(now + 3600, {}),
  })),
  broken('remembers an attempt until another asks', 'while other attempts race it', (sound) => {
    const lastAttempt = new Map<string, string>();
    let count = 0;
    return {
      rotate(request) {
        const known = lastAttempt.get(request.token.jti) ?? request.attempt;
        lastAttempt.set(request.token.jti, request.attempt);
        return sound.rotate(known === request.attempt ? request : { ...request, attempt: `forgotten ${++count}` }, {});
      },
    };
  }),
  broken(
    'ends of a family what it knew when a spent token came back',
    'ended while its newest was being refreshed',
    (sound, gap) => {
      const newest = new Map<FamilyId, TokenRef>();
      return {
        async rotate(request) {
          const outcome = await sound.rotate({ ...request, endFamilyOnReuse: false }, {});
          const { successor, token, now } = request;
          if (outcome.outcome === 'rotated' && successor !== undefined) {
            newest.set(outcome.family, { ...token, ...successor });
          }
          if (outcome.outcome !== 'reused' || !request.endFamilyOnReuse) return outcome;
          const known = newest.get(outcome.family);
          await gap('between reading and writing');
          if (known !== undefined) await sound.blacklist({ token: known, now, graceSeconds: 0 }, {});
          return { ...outcome, familyEnded: true };
        },
      };
    },
  ),
  broken('takes a rotation that spends nothing anew each time it is sent', 'spends nothing once, however often', (sound) =>
    reviving(sound, 'rotate'),
  ),
  broken('gives a replay that loses to the use of the child a chain of its own', 'while the child is being used', (sound) => ({
    async rotate(request) {
      const outcome = await sound.rotate(request, {});
      return outcome.outcome === 'reused' && request.graceSeconds > 0 ? forge(sound, request) : outcome;
    },
  })),
  broken('records a login anew each time it is sent', 'records a login once, however often it is sent', (sound) =>
    reviving(sound, 'record'),
  ),
  broken('looks for no end of the family when it records a login', 'before or while its login was recorded', (sound) => ({
    async record(session) {
      const outcome = await sound.record(session, {});
      if (outcome === 'recorded' || session.epoch < (await sound.epoch({}))) return outcome;
      return sound.record({ ...session, family: anotherFamily() }, {});
    },
  })),
  broken('knows a token by its family', 'refuses what it has lost where it must be on record', (sound) => {
    const known = async ({ token, now }: Pick<RotateRequest, 'token' | 'now'>) =>
      (await sound.status({ token, now, mustBeRecorded: 'family' }, {})) === 'active';
    return {
      rotate: async (request) => sound.rotate((await known(request)) ? { ...request, mustBeRecorded: undefined } : request, {}),
    };
  }),
  broken('asks an access token for its iat, not for its session', 'not those of a later one, within one second', (sound) => ({
    status: ({ token, ...query }) =>
      sound.status(token.onRecord ? { token, ...query } : { ...query, token: { ...token, family: undefined } }, {}),
  })),
  broken(
    'collects blacklisted tokens when they expire, not when their leeway ends',
    'to the last second of its leeway',
    (sound) => {
      let flushed = 0;
      return {
        flushExpired(now) {
          flushed = Math.max(flushed, now);
          return sound.flushExpired(now, {});
        },
        status: (query) => (query.token.retainUntil - 90 <= flushed ? 'active' : sound.status(query, {})),
      };
    },
  ),
  broken('remembers an end for as long as it was last told to', 'never shortens what it remembers', (sound) => {
    const until = new Map<string | undefined, number>();
    return {
      revokeFamily(request) {
        until.set(request.family, request.retainUntil);
        return sound.revokeFamily(request, {});
      },
      status: (query) => (query.now >= (until.get(query.token.family) ?? Infinity) ? 'active' : sound.status(query, {})),
    };
  }),
  broken('exchanges what has expired until it is collected', 'counts no expired record, whether collected or not', (sound) => ({
    rotate: (request) => sound.rotate({ ...request, now: Math.min(request.now, request.token.retainUntil - 1) }, {}),
  })),
  broken('compares attempts by a collation', 'keeps attempts apart', (sound) => ({
    rotate: (request) => sound.rotate({ ...request, attempt: request.attempt.trim().toLowerCase().normalize('NFKC') }, {}),
  })),
];

/** Gives a rotation that was refused its own successor. On record it is under a family of its own, since that of the token may have ended. */
async function forge(
  sound: TokenStore,
  { token, family, successor, now, access, metadata }: RotateRequest,
): Promise<RotateOutcome> {
  if (successor === undefined || token.user === undefined) throw new Error('nothing to forge');
  const start = { family: anotherFamily(), endsAt: undefined, epoch: Infinity };
  await sound.record({ ...start, user: token.user, token: successor, access, metadata, now }, {});
  return { outcome: 'rotated', family: token.family ?? family, successor };
}

/** What is put on record a second time counts as new, whatever became of it. */
function reviving(sound: TokenStore, method: 'record' | 'rotate'): Partial<TokenStore> {
  const seen = new Set<string>();
  const revived = new Set<string>();
  const put = (jti: string) => void (seen.has(jti) ? revived : seen).add(jti);
  return {
    record(session) {
      if (method === 'record') put(session.token.jti);
      return sound.record(session, {});
    },
    rotate(request) {
      if (method === 'rotate' && !request.spends && request.successor !== undefined) put(request.successor.jti);
      return sound.rotate(request, {});
    },
    status: (query) => (revived.has(query.token.jti) ? 'active' : sound.status(query, {})),
  };
}

let otherFamilies = 0;

function anotherFamily(): FamilyId {
  const family = parseFamilyId(`another family ${++otherFamilies}`);
  if (family === undefined) throw new Error('not an identifier');
  return family;
}

function orActive(status: TokenStatus): TokenStatus {
  return status === 'unknown' ? 'active' : status;
}

async function slowly(write: () => unknown): Promise<void> {
  for (let tick = 0; tick < 100; tick++) await Promise.resolve();
  await write();
}

function onUsers(sound: TokenStore, write: (id: string) => string): Partial<TokenStore> {
  const written = (id: UserId): UserId => parseUserId(write(id)) ?? id;
  return {
    record: (session) => sound.record({ ...session, user: written(session.user) }, {}),
    revokeUser: (request) => sound.revokeUser({ ...request, user: written(request.user) }, {}),
    status: (query) =>
      sound.status({ ...query, token: { ...query.token, user: query.token.user && written(query.token.user) } }, {}),
    sessions: (user, now) => sound.sessions(written(user), now, {}),
  };
}

function onFamilies(sound: TokenStore, write: (id: string) => string): Partial<TokenStore> {
  const written = (id: FamilyId): FamilyId => parseFamilyId(write(id)) ?? id;
  return {
    record: (session) => sound.record({ ...session, family: written(session.family) }, {}),
    revokeFamily: (request) => sound.revokeFamily({ ...request, family: written(request.family) }, {}),
  };
}

function methodsOf(store: TokenStore): TokenStore {
  return {
    expiresNatively: true,
    epoch: (options) => store.epoch(options),
    record: (session, options) => store.record(session, options),
    rotate: (request, options) => store.rotate(request, options),
    status: (query, options) => store.status(query, options),
    blacklist: (request, options) => store.blacklist(request, options),
    revokeFamily: (request, options) => store.revokeFamily(request, options),
    revokeUser: (request, options) => store.revokeUser(request, options),
    sessions: (user, now, options) => store.sessions(user, now, options),
    flushExpired: (now, options) => store.flushExpired(now, options),
  };
}
