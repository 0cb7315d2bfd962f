import { createTokenService, type TokenService, type TokenServiceOptions } from 'simplejwt';
import { memoryStore } from 'simplejwt/storage/memory';
import { memoryUsers } from 'simplejwt/users/memory';
import { NOW } from './corpus/forge.ts';
import { SECRET } from './corpus/keys.ts';
import { outcomeOf } from './corpus/judge.ts';

export const PASSWORD = 'correct horse battery staple';
export const CREDENTIALS = { username: 'ada', password: PASSWORD };

/** A service with everything around it in sight. */
export interface House {
  readonly service: TokenService;
  readonly users: Users;
  /** Each call the store was asked, in order. */
  readonly asked: readonly Call[];
  readonly events: readonly Event[];
  /** Sets the clock: seconds from where it began. */
  readonly at: (seconds: number) => void;
}

export interface Call {
  readonly method: string;
  readonly given: readonly unknown[];
}

export interface Event {
  readonly name: string;
  readonly event: unknown;
}

/** Hashing a password takes its time, so houses share their users unless they change them. */
export const newUsers = () =>
  memoryUsers([
    { id: '17', username: 'ada', password: PASSWORD },
    { id: '18', username: 'bob', password: PASSWORD },
  ]);

type Users = ReturnType<typeof newUsers>;
const USERS = newUsers();
const ADA = (await USERS.findById('17', {})) ?? { id: '17', isActive: true };

/** A pair without the cost of a login. */
export const issue = (service: TokenService) => service.issuePair(ADA);
export const issueSliding = (service: TokenService) => service.issueSliding(ADA);

type Store = NonNullable<TokenServiceOptions['store']>;

export function openHouse({
  store = memoryStore(),
  users = USERS,
  ...options
}: Partial<Omit<TokenServiceOptions, 'users'>> & { readonly users?: Users } = {}): House {
  let now = NOW;
  const asked: Call[] = [];
  const events: Event[] = [];
  const service = createTokenService({
    signingKey: SECRET,
    users,
    store: listening(store, asked),
    clock: () => now,
    events: observers(events),
    ...options,
  });
  return {
    service,
    users,
    asked,
    events,
    at(seconds) {
      now = NOW + seconds;
    },
  };
}

/** The methods that change what a store knows. */
export const CHANGES: ReadonlySet<string> = new Set(['record', 'rotate', 'blacklist', 'revokeFamily', 'revokeUser']);

/** The code an attempt is refused with; `accepted` when it is not. */
export async function codeOf(attempt: Promise<unknown>): Promise<string> {
  return (await refusalOf(attempt)).code;
}

export async function refusalOf(attempt: Promise<unknown>): Promise<{ readonly code: string; readonly error: unknown }> {
  try {
    await attempt;
    return { code: 'accepted', error: undefined };
  } catch (error) {
    const outcome = outcomeOf(error);
    if ('crash' in outcome || 'ok' in outcome) throw error;
    return { code: 'code' in outcome ? outcome.code : outcome.configError, error };
  }
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

export function claimsOf(token: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
}

function listening(store: Store, asked: Call[]): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]): unknown => {
        asked.push({ method: String(name), given });
        return Reflect.apply(member, target, given);
      };
    },
  });
}

function observers(events: Event[]): NonNullable<TokenServiceOptions['events']> {
  const observe = (name: string) => (event: unknown) => void events.push({ name, event });
  return Object.fromEntries(
    ['obtained', 'loginFailed', 'refreshed', 'replayed', 'reused', 'revoked', 'storeError'].map((name) => [name, observe(name)]),
  );
}
