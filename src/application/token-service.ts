/// <reference lib="esnext.disposable" />
import type { ClaimsSet } from '../domain/claims/claims-set.ts';
import type { CallContext, Credentials, User } from '../ports/user-repository.ts';
import type { Session } from '../ports/session-store.ts';
import type { TokenUser } from './token-user.ts';
import type { TokenConfig } from './config.ts';

/** A pair as Simple JWT answers it: `refresh` first. */
export interface TokenPair {
  readonly refresh: string;
  readonly access: string;
}

/** What a refresh answers: `refresh` only when rotating. */
export interface RefreshedTokens {
  readonly access: string;
  readonly refresh?: string;
}

export interface SlidingTokenAnswer {
  readonly token: string;
}

export interface Authenticated<U> {
  readonly user: U;
  readonly claims: ClaimsSet;
}

/**
 * Where the token is looked for: a web `Headers`, a plain record of headers (Node's `request.headers`), or anything with `headers` in one of
 * these forms. Only the header named by `authHeaderName` is read.
 */
export type HeaderSource = HeaderBag | { readonly headers: HeaderBag };
export type HeaderBag = { get(name: string): string | null } | Readonly<Record<string, string | readonly string[] | undefined>>;

/** Every use-case, built by `createTokenService`. Refusals reject with a `TokenError`. */
export interface TokenService<U extends User = User> {
  /** Checks credentials, starts a session, answers its tokens. Refuses with `no_active_account`. */
  obtainPair(credentials: Credentials, context?: CallContext): Promise<TokenPair>;
  /** As `obtainPair`, for one sliding token. */
  obtainSliding(credentials: Credentials, context?: CallContext): Promise<SlidingTokenAnswer>;
  /** Exchanges a refresh token for a fresh access token and, when rotating, for its one successor. */
  refresh(refreshToken: string, context?: CallContext): Promise<RefreshedTokens>;
  /** Renews a sliding token until its `refresh_exp`. */
  refreshSliding(token: string, context?: CallContext): Promise<SlidingTokenAnswer>;
  /** The claims of a valid, unrevoked token of any type. Does not look at the user. */
  verify(token: string, context?: CallContext): Promise<ClaimsSet>;
  /** The user and claims behind a request; null when it carries no credentials. */
  authenticate(source: HeaderSource, context?: CallContext): Promise<Authenticated<U> | null>;
  /** As `authenticate`, from the claims alone: no user look-up. */
  authenticateStateless(source: HeaderSource, context?: CallContext): Promise<Authenticated<TokenUser> | null>;
  /** Logs this refresh or sliding token out. With `types`, only tokens of these types. */
  blacklist(token: string, context?: CallContext & { readonly types?: readonly string[] }): Promise<void>;
  /** Logs this device out: ends the family of a refresh token. */
  blacklistFamily(refreshToken: string, context?: CallContext): Promise<void>;
  /** Ends a listed session. */
  revokeFamily(familyId: string, context?: CallContext): Promise<void>;
  /** Ends all sessions of the token's user but the token's own. */
  revokeOtherSessions(token: string, context?: CallContext): Promise<void>;
  /** Logs a user out everywhere. */
  revokeUser(userId: string | number, context?: CallContext): Promise<void>;
  /** The live sessions of a user. */
  sessions(userId: string | number, context?: CallContext): AsyncIterable<Session>;
  /** Drops what has expired; answers how many records went. */
  flushExpired(context?: CallContext): Promise<number>;
  /** A pair without credentials, for a user the application has already authenticated. `claims` are private claims to add. */
  issuePair(user: U, context?: CallContext & { readonly claims?: ClaimsSet }): Promise<TokenPair>;
  /** A sliding token without credentials. */
  issueSliding(user: U, context?: CallContext & { readonly claims?: ClaimsSet }): Promise<SlidingTokenAnswer>;
  /** Rejects with what only an asynchronous backend can refuse (a key it cannot import). */
  ready(): Promise<void>;
  /** The public keys tokens can be verified with, as a JWK Set (RFC 7517); no secret is ever in it. */
  publicJwks(): Promise<{ readonly keys: readonly Readonly<Record<string, unknown>>[] }>;
  /** For how many seconds a copy of these may be kept: a key that signs will be in it. */
  keysMaxAgeSeconds(): Promise<number>;
  /** The frozen configuration, for adapters (header names, realm, `respond`). */
  readonly config: TokenConfig;
  [Symbol.asyncDispose](): Promise<void>;
}
