import { nodeCrypto } from '../../src/adapters/crypto/node/provider.ts';
import { memoryStore } from '../../src/adapters/storage/memory.ts';
import { recommended } from '../../src/application/config.ts';
import type { TokenService } from '../../src/application/token-service.ts';
import type { TokenServiceOptions } from '../../src/create-token-service.ts';
import type { Signer, Verifier } from '../../src/ports/crypto-provider.ts';
import type { RotateRequest, TokenRef } from '../../src/ports/rotation-store.ts';
import type { TokenStore } from '../../src/ports/token-store.ts';
import type { CallContext } from '../../src/ports/user-repository.ts';
import type { FakeClock } from '../../src/testing/fake-clock.ts';
import { asynchronous, type Gap } from '../testing/async-store.ts';
import { fixture, SIGNING_KEY, type PlainUsers } from './fixture.ts';

/** What outlives a process: store, users and time. */
export interface World {
  readonly store: TokenStore;
  readonly users: PlainUsers;
  readonly clock: FakeClock;
  /** Those tokens that were exchanged or proposed in exchange, and can still be exchanged. */
  live(): Promise<readonly string[]>;
  /** A process that nobody kills. */
  service(options?: Partial<TokenServiceOptions>): TokenService;
}

export function createWorld(options: Partial<TokenServiceOptions>, sound: TokenStore = memoryStore()): World {
  const { users, clock } = fixture();
  const refs = new Map<string, TokenRef>();
  const store = new Proxy(sound, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...given: readonly unknown[]): unknown => {
        if (name === 'rotate') note(refs, given[0] as RotateRequest);
        return Reflect.apply(member, target, given);
      };
    },
  });
  return {
    store,
    users,
    clock,
    async live() {
      const live: string[] = [];
      for (const token of refs.values()) {
        if ((await sound.status({ token, now: clock(), mustBeRecorded: 'token' }, {})) === 'active') live.push(token.jti);
      }
      return live;
    },
    service: (further) => fixture({ ...STRICT, ...options, store, users, clock, ...further }).service,
  };
}

function note(refs: Map<string, TokenRef>, { token, successor }: RotateRequest): void {
  refs.set(token.jti, token);
  if (successor !== undefined) refs.set(successor.jti, { ...token, ...successor });
}

/** How a call ended that a process was killed in, or not. */
export interface End {
  readonly killed: boolean;
  /** What the process had got to, in order: the last is where it was killed. */
  readonly points: readonly string[];
}

/**
 * Makes a call in a process of its own that is killed at one of the points where it waits for users, signer, verifier, hooks or store: with what
 * it asked on its way, or answered and not yet heard. Between two such points it only computes, so that to die there is to die at the first.
 */
export async function killedAt(
  point: number,
  { store, users, service }: World,
  call: (service: TokenService, context: CallContext) => Promise<unknown>,
  network: (store: TokenStore) => TokenStore = (same) => same,
): Promise<End> {
  const points: string[] = [];
  const caller = new AbortController();
  let die: () => void = () => undefined;
  const death = new Promise<true>((resolve) => (die = () => resolve(true)));

  const gap: Gap = (label) => {
    points.push(label);
    if (points.length <= point) return Promise.resolve();
    die();
    return new Promise(() => undefined); // nor does anything else of this process go on
  };
  const mortal = service({
    store: network(asynchronous(store, gap)),
    users: slow(users, gap),
    signingKey: slowSigner(gap),
    verifyingKey: slowVerifier(gap),
    claims: async () => {
      await gap('claims');
      return {};
    },
    userAuthenticationRule: async (user) => {
      await gap('userAuthenticationRule');
      return user?.isActive === true;
    },
  });
  const ended = call(mortal, { signal: caller.signal }).then(
    () => false,
    () => false,
  );
  const killed = await Promise.race([ended, death]);
  caller.abort(); // clears the timers of what waits for ever
  return { killed, points: points.slice(0, point + 1) };
}

function slow({ authenticate, findById, recordLogin }: PlainUsers, gap: Gap): TokenServiceOptions['users'] {
  const around = async <T>(label: string, work: () => T): Promise<Awaited<T>> => {
    await gap(`${label}, on its way`);
    const answer = await work();
    await gap(`${label}, answered`);
    return answer;
  };
  return {
    authenticate: (...args) => around('users.authenticate', () => authenticate(...args)),
    findById: (...args) => around('users.findById', () => findById(...args)),
    recordLogin: (...args) => around('users.recordLogin', () => recordLogin?.(...args)),
  };
}

function slowSigner(gap: Gap): Signer {
  return {
    algorithm: 'HS256',
    async sign(data) {
      await gap('sign');
      return nodeCrypto.importSigner(SECRET).sign(data);
    },
  };
}

function slowVerifier(gap: Gap): Verifier {
  return {
    algorithm: 'HS256',
    async verify(data, signature) {
      await gap('verify');
      return nodeCrypto.importVerifier(SECRET).verify(data, signature);
    },
  };
}

const SECRET = { algorithm: 'HS256', key: new TextEncoder().encode(SIGNING_KEY) } as const;

/** Everything that can be checked is; deadlines are for other tests. */
const STRICT = { ...recommended, checkAccessRevocation: true, storeDeadlineSeconds: 600, fingerprintKey: SIGNING_KEY } as const;

/** A network that loses the answer to the first rotation. */
export function losingOne(store: TokenStore): TokenStore {
  let lost = false;
  return {
    ...store,
    async rotate(...args) {
      const outcome = await store.rotate(...args);
      if (lost) return outcome;
      lost = true;
      throw new Error('connection lost');
    },
  };
}
