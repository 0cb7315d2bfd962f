import type { StatusRules, TokenStatus } from '../../domain/family/token-family.ts';
import { retainUntil } from '../../domain/token/retention.ts';
import { parseFamilyId, parseJti, parseUserId, type FamilyId, type Jti, type UserId } from '../../domain/token/token-id.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BlacklistOutcome, RevokeUserOutcome } from '../../ports/revocation-store.ts';
import type { NewSession, NewToken, RecordOutcome, RotateOutcome, RotateRequest, TokenRef } from '../../ports/rotation-store.ts';
import type { Session } from '../../ports/session-store.ts';
import type { TokenStore } from '../../ports/token-store.ts';
import { fakeClock, type FakeClock } from '../fake-clock.ts';
import { expectSame } from '../promised.ts';

/** A refresh token as its holder and the store know it. */
export interface Ticket {
  readonly token: NewToken;
  readonly user: UserId;
  readonly family: FamilyId;
}

/** A store, the time, and what a service would do with them. */
export interface Scenario {
  readonly store: TokenStore;
  readonly clock: FakeClock;
  /** A token that nobody has recorded, of a family nobody has either. */
  mint(options?: MintOptions): Ticket;
  record(ticket: Ticket, options?: Partial<NewSession>): Promise<RecordOutcome>;
  /** Mints and records: a user logs in. */
  login(options?: MintOptions & Partial<Pick<NewSession, 'metadata' | 'access' | 'endsAt'>>): Promise<Ticket>;
  /** What a service would send to rotate this token into a new one. */
  request(ticket: Ticket, options?: Partial<RotateRequest>): RotateRequest & { readonly successor: NewToken };
  rotate(ticket: Ticket, options?: Partial<RotateRequest>): Promise<RotateOutcome>;
  /** Rotates, and answers the successor; throws where there is none. */
  refresh(ticket: Ticket, options?: Partial<RotateRequest>): Promise<Ticket>;
  blacklist(ticket: Ticket, graceSeconds?: number): Promise<BlacklistOutcome>;
  revokeFamily(family: FamilyId, user?: UserId): Promise<'revoked' | 'already'>;
  revokeUser(user: UserId, keep?: Ticket, mustBeRecorded?: 'token'): Promise<RevokeUserOutcome>;
  status(ticket: Ticket, rules?: StatusRules & Partial<TokenRef>): Promise<TokenStatus>;
  sessions(user: UserId): Promise<readonly Session[]>;
}

export interface MintOptions {
  readonly jti?: Jti;
  readonly user?: UserId;
  readonly family?: FamilyId;
  readonly lifetime?: number;
}

export async function startScenario(createStore: (clock: Clock) => TokenStore | Promise<TokenStore>): Promise<Scenario> {
  const clock = fakeClock();
  const store = await createStore(clock);
  let count = 0;
  const next = (kind: string) => `${kind}-${++count}`.padEnd(32, '.'); // as long as those that services make

  const scenario: Scenario = {
    store,
    clock,
    mint({ jti = jtiOf(next('jti')), user = ADA, family = familyOf(next('family')), lifetime = LIFETIME } = {}) {
      const iat = clock();
      const exp = iat + lifetime;
      return { user, family, token: { jti, iat, exp, retainUntil: retainUntil(exp, 0) } };
    },
    async record({ token, user, family }, options = {}) {
      const epoch = options.epoch ?? (await store.epoch({}));
      return store.record(
        { token, user, family, access: undefined, endsAt: undefined, metadata: undefined, now: clock(), ...options, epoch },
        {},
      );
    },
    async login({ metadata, access, endsAt, ...options } = {}) {
      const ticket = scenario.mint(options);
      expectSame(await scenario.record(ticket, { metadata, access, endsAt }), 'recorded', 'a login');
      return ticket;
    },
    request(ticket, options = {}) {
      const successor = options.successor ?? scenario.mint().token;
      return {
        token: refOf(ticket),
        spends: true,
        family: familyOf(next('family')),
        access: undefined,
        attempt: next('attempt'),
        now: clock(),
        retainUntil: retainUntil(clock() + LIFETIME, 0),
        graceSeconds: 0,
        mustBeRecorded: undefined,
        endFamilyOnReuse: false,
        metadata: undefined,
        ...options,
        successor,
      };
    },
    rotate: async (ticket, options) => {
      const request = scenario.request(ticket, options);
      return store.rotate(
        options !== undefined && 'successor' in options ? { ...request, successor: options.successor } : request,
        {},
      );
    },
    async refresh(ticket, options) {
      const outcome = await scenario.rotate(ticket, options);
      return { token: successorOf(outcome), user: ticket.user, family: ticket.family };
    },
    blacklist: async (ticket, graceSeconds = 0) => store.blacklist({ token: refOf(ticket), now: clock(), graceSeconds }, {}),
    revokeFamily: async (family, user) =>
      store.revokeFamily({ family, user, now: clock(), retainUntil: retainUntil(clock() + LIFETIME, 0) }, {}),
    async revokeUser(user, keep, mustBeRecorded) {
      const kept = keep && { token: refOf(keep), family: familyOf(next('family')), mustBeRecorded };
      return store.revokeUser({ user, keep: kept, now: clock(), retainUntil: retainUntil(clock() + LIFETIME, 0) }, {});
    },
    status: async (ticket, { mustBeRecorded, endedCounts, ...ref } = {}) =>
      store.status({ token: { ...refOf(ticket), ...ref }, now: clock(), mustBeRecorded, endedCounts }, {}),
    async sessions(user) {
      const listed: Session[] = [];
      for await (const session of store.sessions(user, clock(), {})) listed.push(session);
      return listed;
    },
  };
  return scenario;
}

function refOf({ token: { jti, iat, retainUntil: until }, user, family }: Ticket): TokenRef {
  return { jti, user, family, iat, onRecord: true, retainUntil: until };
}

/** The successor an outcome names; throws where it names none. */
export function successorOf(outcome: RotateOutcome): NewToken {
  if (!('successor' in outcome) || outcome.successor === undefined)
    throw new Error(`no successor: the outcome is ${outcome.outcome}`);
  return outcome.successor;
}

/** Lets so many calls go at once. */
export function together<T>(count: number, call: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => call(index)));
}

export function jtiOf(text: string): Jti {
  return parsed(parseJti(text));
}

export function familyOf(text: string): FamilyId {
  return parsed(parseFamilyId(text));
}

export function userOf(text: string): UserId {
  return parsed(parseUserId(text));
}

function parsed<T>(id: T | undefined): T {
  if (id === undefined) throw new Error('not an identifier');
  return id;
}

export const ADA = userOf('ada');
export const BOB = userOf('bob');
/** A day: the life of a token here. */
export const LIFETIME = 86_400;
