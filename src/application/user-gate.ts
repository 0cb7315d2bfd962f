import { claimOf, type ClaimsSet } from '../domain/claims/claims-set.ts';
import { ConfigError, TokenError } from '../domain/errors.ts';
import { fingerprintMatches } from '../domain/token/fingerprint.ts';
import { parseUserId, type UserId } from '../domain/token/token-id.ts';
import type { CallContext, Credentials, User, UserRepository } from '../ports/user-repository.ts';
import type { TokenConfig } from './config.ts';
import { within } from './deadline.ts';
import type { Fingerprint } from './fingerprint.ts';
import { chain, type MaybePromise } from './maybe-promise.ts';

/** What use-cases ask about users, by the configured rules. */
export interface UserGate {
  authenticate(credentials: Credentials, context: CallContext): MaybePromise<User | null>;
  find(id: UserId, context: CallContext): MaybePromise<User | null>;
  /** The user authentication rule: may this user obtain and refresh tokens? */
  mayHoldTokens(user: User | null, context: CallContext): MaybePromise<boolean>;
  /** The user a refreshed token is for. Throws `user_unidentified`, `no_active_account` or `password_changed`. */
  holderOf(token: { readonly claims: ClaimsSet; readonly user: UserId | undefined }, context: CallContext): MaybePromise<User>;
  /** Throws `password_changed` unless the token was made under the user's present credential. */
  assertSameCredential(user: User, claims: ClaimsSet): MaybePromise<void>;
  /** Undefined where tokens are not tied to credentials, or the user has none. */
  fingerprintOf(user: User): MaybePromise<string | undefined>;
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
    authenticate: (credentials, context) => asking(context, () => users.authenticate(credentials, context)),
    find: (id, context) => asking(context, () => users.findById(id, byField(context))),
    mayHoldTokens(user, context) {
      if (userAuthenticationRule !== undefined) return chain(userAuthenticationRule(user, context), (may) => may === true);
      return user !== null && (!checkUserIsActive || user.isActive);
    },
    holderOf({ claims, user: id }, context) {
      if (id === undefined) throw new TokenError('user_unidentified');
      return chain(gate.find(id, context), (user) => {
        if (user === null) throw noAccount();
        return chain(gate.mayHoldTokens(user, context), (may) => {
          if (!may) throw noAccount();
          return chain(gate.assertSameCredential(user, claims), () => user);
        });
      });
    },
    assertSameCredential(user, claims) {
      return chain(gate.fingerprintOf(user), (expected) => {
        if (expected !== undefined && !fingerprintMatches(expected, claimOf(claims, names.fingerprint))) {
          throw new TokenError('password_changed');
        }
      });
    },
    fingerprintOf({ credential }) {
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

function noAccount(): TokenError {
  return new TokenError('no_active_account', { detail: 'No active account found for the given token.' });
}

/** Many a look-up says undefined where the port says null. */
function asking(caller: CallContext, call: () => MaybePromise<User | null>): MaybePromise<User | null> {
  return chain(within({ caller, code: 'users_unavailable' }, call), (user) => user ?? null);
}
