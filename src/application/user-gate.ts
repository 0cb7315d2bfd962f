import { claimOf, type ClaimsSet } from '../domain/claims/claims-set.ts';
import { ConfigError, TokenError } from '../domain/errors.ts';
import { fingerprintMatches } from '../domain/token/fingerprint.ts';
import { parseUserId, type UserId } from '../domain/token/token-id.ts';
import type { CallContext, Credentials, User, UserRepository } from '../ports/user-repository.ts';
import type { TokenConfig } from './config.ts';
import { within } from './deadline.ts';
import type { Fingerprint } from './fingerprint.ts';

/** What use-cases ask about users, by the configured rules. */
export interface UserGate {
  authenticate(credentials: Credentials, context: CallContext): Promise<User | null>;
  find(id: UserId, context: CallContext): Promise<User | null>;
  /** The user authentication rule: may this user obtain and refresh tokens? */
  mayHoldTokens(user: User | null, context: CallContext): Promise<boolean>;
  /** The user a refreshed token is for. Throws `user_unidentified`, `no_active_account` or `password_changed`. */
  holderOf(token: { readonly claims: ClaimsSet; readonly user: UserId | undefined }, context: CallContext): Promise<User>;
  /** Throws `password_changed` unless the token was made under the user's present credential. */
  assertSameCredential(user: User, claims: ClaimsSet): Promise<void>;
  /** Undefined where tokens are not tied to credentials, or the user has none. */
  fingerprintOf(user: User): Promise<string | undefined>;
  /** The id by which tokens and stores know the user. */
  idOf(user: User): UserId;
}

export interface UserGateDeps {
  readonly config: TokenConfig;
  readonly users: UserRepository;
  readonly fingerprint: Fingerprint | undefined;
}

export function createUserGate({ config, users, fingerprint }: UserGateDeps): UserGate {
  const { names, checkUserIsActive, userAuthenticationRule, userIdField } = config;

  // a repository that serves several services is told which field the id is of
  const byField = (context: CallContext) => (userIdField === 'id' ? context : { ...context, userIdField });

  const gate: UserGate = {
    // many a look-up says undefined where the port says null
    authenticate: async (credentials, context) => (await asking(context, () => users.authenticate(credentials, context))) ?? null,
    find: async (id, context) => (await asking(context, () => users.findById(id, byField(context)))) ?? null,
    async mayHoldTokens(user, context) {
      if (userAuthenticationRule !== undefined) return (await userAuthenticationRule(user, context)) === true;
      return user !== null && (!checkUserIsActive || user.isActive);
    },
    async holderOf({ claims, user: id }, context) {
      if (id === undefined) throw new TokenError('user_unidentified');
      const user = await gate.find(id, context);
      if (user === null || !(await gate.mayHoldTokens(user, context))) {
        throw new TokenError('no_active_account', { detail: 'No active account found for the given token.' });
      }
      await gate.assertSameCredential(user, claims);
      return user;
    },
    async assertSameCredential(user, claims) {
      const expected = await gate.fingerprintOf(user);
      if (expected !== undefined && !fingerprintMatches(expected, claimOf(claims, names.fingerprint))) {
        throw new TokenError('password_changed');
      }
    },
    async fingerprintOf({ credential }) {
      return fingerprint === undefined || credential === undefined || credential === null ? undefined : fingerprint(credential);
    },
    idOf(user) {
      const id = parseUserId(Reflect.get(user, userIdField));
      if (id === undefined) {
        throw new ConfigError(
          'invalid_option',
          'userIdField',
          `a user's ${userIdField} must be a non-empty string or a safe integer`,
        );
      }
      return id;
    },
  };
  return gate;
}

function asking<T>({ signal }: CallContext, call: () => T | Promise<T>): Promise<T> {
  return within({ signal, code: 'users_unavailable' }, call);
}
