import type { NumericDate } from '../domain/claims/numeric-date.ts';
import { TokenError, type TokenAttempt } from '../domain/errors.ts';
import type { StatusRules } from '../domain/family/token-family.ts';
import type { UserId } from '../domain/token/token-id.ts';
import type { TokenType } from '../domain/token/token-type.ts';
import type { Verified } from '../domain/token/verified.ts';
import type { TokenRef } from '../ports/rotation-store.ts';
import type { CallContext, User } from '../ports/user-repository.ts';
import { createAuthorizationReader } from './authorization-header.ts';
import { recover } from './maybe-promise.ts';
import type { VerifyDeps } from './verify.ts';
import type { Authenticated, HeaderSource } from './token-service.ts';
import type { TokenUser } from './token-user.ts';
import type { UserGate } from './user-gate.ts';

export interface AuthenticateDeps extends VerifyDeps {
  readonly gate: UserGate;
}

/** Builds the Authenticate use-case: the token of a request, and its user as the repository knows it now. */
export function createAuthenticate(deps: AuthenticateDeps) {
  const { config, gate } = deps;
  const accept = createAcceptance(deps);

  return async function authenticate(source: HeaderSource, context: CallContext = {}): Promise<Authenticated<User> | null> {
    const accepted = await accept(source, context);
    if (accepted === null) return null;
    const { claims, user: id } = accepted;
    const user = await gate.find(id, context);
    if (user === null) throw new TokenError('user_not_found');
    if (config.checkUserIsActive && !user.isActive) throw new TokenError('user_inactive');
    await gate.assertSameCredential(user, claims);
    return { user, claims };
  };
}

/** Builds the stateless Authenticate use-case: a user made of the claims alone, as trustworthy as whoever signs tokens. */
export function createAuthenticateStateless(deps: VerifyDeps) {
  const accept = createAcceptance(deps);

  return async function authenticateStateless(
    source: HeaderSource,
    context: CallContext = {},
  ): Promise<Authenticated<TokenUser> | null> {
    const accepted = await accept(source, context);
    return accepted && { user: deps.config.tokenUser(accepted.user, accepted.claims, context), claims: accepted.claims };
  };
}

interface Accepted {
  readonly claims: Verified;
  readonly user: UserId;
}

/** Finds the token of a request and tries it as each accepted type, in order. */
function createAcceptance({ config, codec, read, admit, clock }: VerifyDeps) {
  const { authTokenTypes: types, authHeaderName, authHeaderTypes } = config;
  const checksFamilies = config.tokenFamilyEnabled && config.tokenFamilyCheckOnAccess;
  const readAuthorization = createAuthorizationReader(authHeaderName, authHeaderTypes);

  return async function accept(source: HeaderSource, context: CallContext): Promise<Accepted | null> {
    const token = readAuthorization(source);
    if (token === undefined) return null;
    const now = clock();
    const claims = await recover(
      () => codec.open(token, now, context),
      (error) => {
        throw refusedAs(types, () => error);
      },
    );
    const errors = new Map<TokenType, unknown>();
    for (const type of types) {
      try {
        const user = await acceptAs(type, claims, now, context);
        if (user === undefined) throw new TokenError('user_unidentified');
        return { claims: Object.freeze(claims), user };
      } catch (error) {
        if (!isRefusalOfToken(error)) throw error;
        errors.set(type, error);
      }
    }
    throw refusedAs(types, (type) => errors.get(type));
  };

  async function acceptAs(
    type: TokenType,
    claims: Verified,
    now: NumericDate,
    context: CallContext,
  ): Promise<UserId | undefined> {
    const presented = read(claims, type, now);
    const rules = rulesOf(presented.ref, type);
    const familyExpired = presented.familyExpired && (type.revocable || checksFamilies);
    await admit({ ...presented, familyExpired }, rules, now, context);
    return presented.user;
  }

  /** Undefined where this token is good by itself: then no store is asked. */
  function rulesOf(ref: TokenRef | undefined, { revocable }: TokenType): StatusRules | undefined {
    const { requireOutstanding, checkAccessRevocation } = config;
    if (revocable) return { mustBeRecorded: requireOutstanding ? 'token' : undefined };
    const checksFamily = checksFamilies && ref?.family !== undefined;
    if (!checkAccessRevocation && !checksFamily) return undefined;
    return { mustBeRecorded: requireOutstanding ? 'family' : undefined, endedCounts: checkAccessRevocation };
  }
}

/** One refusal for the request, with what was said to each type. */
function refusedAs(types: readonly TokenType[], errorOf: (type: TokenType) => unknown): unknown {
  const errors = types.map(errorOf);
  const [first] = errors;
  if (!isRefusalOfToken(first) || !errors.every(isRefusalOfToken)) return first;
  const attempts: readonly TokenAttempt[] = types.map(({ name, tokenClass }, index) => ({
    tokenClass,
    tokenType: name,
    detail: errors[index]?.message ?? first.message,
  }));
  return new TokenError(first.code, {
    detail: first.message,
    attempts,
    ...(first.claim !== undefined && { claim: first.claim }),
  });
}

function isRefusalOfToken(error: unknown): error is TokenError {
  return error instanceof TokenError && error.status === 401 && error.code !== 'user_unidentified';
}
