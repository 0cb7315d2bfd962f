import { nodeCrypto } from '../../src/adapters/crypto/node/provider.ts';
import { memoryStore } from '../../src/adapters/storage/memory.ts';
import type { TokenService } from '../../src/application/token-service.ts';
import { createTokenService, type TokenServiceOptions } from '../../src/create-token-service.ts';
import type { TokenErrorCode } from '../../src/domain/errors.ts';
import type { CryptoProvider } from '../../src/ports/crypto-provider.ts';
import type { TokenEvents } from '../../src/ports/token-events.ts';
import type { TokenStore } from '../../src/ports/token-store.ts';
import type { User, UserRepository } from '../../src/ports/user-repository.ts';
import { fakeClock, type FakeClock } from '../../src/testing/fake-clock.ts';

export const SIGNING_KEY = 'a signing key of at least thirty-two bytes';
export const NOW = 1_700_000_000;
export const ADA = { username: 'ada', password: 'correct horse' };
export const BOB = { username: 'bob', password: 'battery staple' };

export interface Fixture {
  readonly service: TokenService;
  readonly clock: FakeClock;
  readonly store: TokenStore;
  readonly users: PlainUsers;
  /** What observers were told, in order. */
  readonly log: readonly (readonly [name: string, event: Readonly<Record<string, unknown>>])[];
  readonly options: TokenServiceOptions;
}

/** The provider of every service from here on, where none is given: for suites that run with each. */
export function useCrypto(provider: CryptoProvider): void {
  usualCrypto = provider;
}

let usualCrypto: CryptoProvider = nodeCrypto;

/** A service over a memory store, a clock that stands and two users: 7 (ada) and 'b' (bob). */
export function fixture(given: Partial<TokenServiceOptions> = {}): Fixture {
  const clock = fakeClock(NOW);
  const users = plainUsers();
  const log: [string, Readonly<Record<string, unknown>>][] = [];
  const store = given.store ?? memoryStore();
  const events = Object.fromEntries(
    EVENTS.map((name) => [name, (event: Readonly<Record<string, unknown>>) => void log.push([name, event])]),
  );
  const options = { crypto: usualCrypto, users, store, clock, events, signingKey: SIGNING_KEY, ...given };
  return { service: createTokenService(options), clock, store, users, log, options };
}

const EVENTS: readonly (keyof TokenEvents)[] = [
  'obtained',
  'loginFailed',
  'refreshed',
  'replayed',
  'reused',
  'revoked',
  'storeError',
];

export interface PlainUsers extends UserRepository {
  /** By id. Change them as you like. */
  readonly byId: Map<string, { readonly user: User; readonly username: string; readonly password: string }>;
  update(id: string, patch: Partial<User>): void;
  readonly logins: (readonly [id: string | number, at: number])[];
}

function plainUsers(): PlainUsers {
  const byId: PlainUsers['byId'] = new Map([
    ['7', { user: { id: 7, isActive: true, credential: 'hash-1', role: 'admin' }, ...ADA }],
    ['b', { user: { id: 'b', isActive: true, credential: 'hash-2' }, ...BOB }],
  ]);
  const logins: PlainUsers['logins'] = [];
  return {
    byId,
    logins,
    authenticate: ({ username, password }) =>
      [...byId.values()].find((one) => one.username === username && one.password === password)?.user ?? null,
    findById: (id) => byId.get(id)?.user ?? null,
    recordLogin: ({ id }, at) => void logins.push([id, at]),
    update(id, patch) {
      const known = byId.get(id);
      if (known !== undefined) byId.set(id, { ...known, user: { ...known.user, ...patch } });
    },
  };
}

/** What the tokens here hold, where they hold it. */
interface Claims extends Readonly<Record<string, unknown>> {
  readonly token_type: string;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
  readonly refresh_exp: number;
  readonly family_id: string;
}

/** The claims of a token, unchecked. */
export function claimsOf(token: string): Claims {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

export function headerOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

export async function listed(sessions: AsyncIterable<{ readonly id: string }>): Promise<string[]> {
  const ids = [];
  for await (const { id } of sessions) ids.push(id);
  return ids;
}

/** How a call ended: the code it was refused with, or 'ok'. Anything but a TokenError is thrown on. */
export async function outcomeOf(call: Promise<unknown>): Promise<TokenErrorCode | 'ok'> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    if (error instanceof Error && error.name === 'TokenError' && 'code' in error) return error.code as TokenErrorCode;
    throw error;
  }
}

/** A refresh token, required. */
export function refreshOf({ refresh }: { readonly refresh?: string }): string {
  if (refresh === undefined) throw new Error('no refresh token was answered');
  return refresh;
}
