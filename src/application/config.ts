import type { ClaimsSet } from '../domain/claims/claims-set.ts';
import type { Duration } from '../domain/claims/numeric-date.ts';
import type { Algorithm } from '../domain/jose/algorithms.ts';
import type { ClaimNames } from '../domain/token/mint.ts';
import type { TokenType } from '../domain/token/token-type.ts';
import type { CallContext, Credentials, User } from '../ports/user-repository.ts';
import {
  duration,
  flag,
  hook,
  oneOf,
  raw,
  rows,
  seconds,
  text,
  token,
  tokens,
  type Parsed,
  type Parser,
} from './option-parsers.ts';
import { refuseClashes, refuseUnknown } from './option-names.ts';
import { parseErrorStyle, type ErrorStyle } from './stack-traces.ts';
import { createTokenUser, type TokenUser } from './token-user.ts';
import { parseVerifiedTokenCache, type VerifiedTokenCacheOption } from './verified-token-cache.ts';
import { DEFAULT_MAX_TOKEN_BYTES, parseAlgorithm, parseMaxTokenBytes } from './verification-options.ts';

/** What hooks for claims get beside the caller's context. */
export type ClaimsContext = CallContext & { readonly tokenType: string };

/**
 * The settings of Simple JWT in camelCase with its defaults, and this library's own. Durations are seconds or strings such as `'5m'`.
 */
export interface TokenOptions<U extends User = User> {
  /** Life of an access token (300). */
  readonly accessTokenLifetime?: Duration;
  /** Life of a refresh token (86400). */
  readonly refreshTokenLifetime?: Duration;
  /** Whether a refresh answers a new refresh token too (false). */
  readonly rotateRefreshTokens?: boolean;
  /** Whether a rotated refresh token is spent by it (false). Needs `rotateRefreshTokens`. */
  readonly blacklistAfterRotation?: boolean;
  /** Whether a login is recorded on the user (false): by `onLoginSuccess`, else by `users.recordLogin`. */
  readonly updateLastLogin?: boolean;
  /** Signs new tokens, and is the only algorithm accepted (`HS256`). */
  readonly algorithm?: Algorithm;
  /** Written into `aud` and demanded of every token. */
  readonly audience?: string | readonly string[];
  /** Written into `iss` and demanded of every token. */
  readonly issuer?: string;
  /** A replacer for `JSON.stringify` of the claims. */
  readonly jsonEncoder?: (this: unknown, key: string, value: unknown) => unknown;
  /** Seconds the clocks of issuer and verifier may differ (0). */
  readonly leeway?: Duration;
  /** Schemes of the authorization header (`Bearer`); the first is named in challenges. */
  readonly authHeaderTypes?: string | readonly string[];
  /** The header that carries the token (`Authorization`). */
  readonly authHeaderName?: string;
  /** The property of a user that identifies it (`id`). */
  readonly userIdField?: string;
  /** The claim that names the user (`user_id`). */
  readonly userIdClaim?: string;
  /** Whether this user may obtain and refresh tokens. Default: there is a user, and it is active unless `checkUserIsActive` is off. */
  readonly userAuthenticationRule?: (user: U | null, context: CallContext) => boolean | Promise<boolean>;
  /** Replaces `users.recordLogin`; called after a login when `updateLastLogin` is set. */
  readonly onLoginSuccess?: (user: U, context: CallContext) => unknown;
  /** Called after a refused login, with the credentials less the password. */
  readonly onLoginFailed?: (credentials: Credentials, context: CallContext) => unknown;
  /** The token types a request may present (`['access']`): names, or rows of your own. */
  readonly authTokenTypes?: readonly (string | TokenType)[];
  readonly tokenTypeClaim?: string;
  readonly jtiClaim?: string;
  /** Makes the user of a stateless request. */
  readonly tokenUser?: (id: string, claims: ClaimsSet, context: CallContext) => TokenUser;
  readonly slidingTokenLifetime?: Duration;
  readonly slidingTokenRefreshLifetime?: Duration;
  readonly slidingTokenRefreshExpClaim?: string;
  /** Whether tokens die with the user's credential (false). */
  readonly checkRevokeToken?: boolean;
  readonly revokeTokenClaim?: string;
  /** How the credential is fingerprinted: keyed, or Simple JWT's MD5 for tokens shared with Django (`hmac`). */
  readonly credentialFingerprint?: 'hmac' | 'md5';
  readonly checkUserIsActive?: boolean;
  /** Whether tokens carry their family (false). */
  readonly tokenFamilyEnabled?: boolean;
  /** Life of a family (30 days); null: for ever. */
  readonly tokenFamilyLifetime?: Duration | null;
  /** Whether access tokens carry and answer for their family too (false). */
  readonly tokenFamilyCheckOnAccess?: boolean;
  /** Whether a spent or blacklisted refresh token that comes back ends its family (false). */
  readonly tokenFamilyBlacklistOnReuse?: boolean;
  readonly tokenFamilyClaim?: string;
  readonly tokenFamilyExpirationClaim?: string;
  /** Seconds in which a predecessor gets its successor again (0; at most 60). */
  readonly refreshGraceSeconds?: Duration;
  /** Whether access tokens are looked up at each use (false). */
  readonly checkAccessRevocation?: boolean;
  /** Whether a refresh token must be on record (false): a store that lost its data then refuses instead of forgetting. */
  readonly requireOutstanding?: boolean;
  /** What an access check does when the store fails: `refuse` (503), or serve an answer at most `maxStalenessSeconds` old. */
  readonly onStoreError?: 'refuse' | 'allow-stale';
  readonly maxStalenessSeconds?: Duration;
  /** Most seconds a call of the store may take (1). */
  readonly storeDeadlineSeconds?: Duration;
  /** How often expired records are collected, for stores that do not by themselves. */
  readonly flushIntervalSeconds?: Duration;
  readonly maxTokenBytes?: number;
  /** Whether tokens are remembered for a while once their signature held (false); their revocation is asked each time all the same. */
  readonly verifiedTokenCache?: VerifiedTokenCacheOption;
  /** Whether refusals carry stack traces (`brief`: they do not, and cost a third). */
  readonly errors?: ErrorStyle;
  /** Private claims of new tokens; runs on obtain and on refresh for each kind of token. A name the library writes is a `ConfigError`. */
  readonly claims?: (user: U, context: ClaimsContext) => ClaimsSet | Promise<ClaimsSet>;
  /** What an HTTP answer adds to the tokens. */
  readonly respond?: (result: Readonly<Record<string, string>>, context: CallContext) => object | Promise<object>;
}

/** Every option parsed, with every default and bound in place. */
export type TokenConfig = Parsed<typeof SETTINGS> & {
  readonly names: ClaimNames;
};

/** What most services should switch on beyond Simple JWT's defaults. */
export const recommended = Object.freeze({
  rotateRefreshTokens: true,
  blacklistAfterRotation: true,
  tokenFamilyEnabled: true,
  tokenFamilyCheckOnAccess: true,
  tokenFamilyBlacklistOnReuse: true,
  checkRevokeToken: true,
  requireOutstanding: true,
  refreshGraceSeconds: 10,
} as const satisfies TokenOptions);

/** Throws `ConfigError` for an option that is unknown, empty, not finite or of the wrong kind. */
export function parseConfig(options: TokenOptions, furtherOptions: readonly string[]): TokenConfig {
  refuseUnknown(options, [...Object.keys(SETTINGS), ...furtherOptions]);
  const given: Readonly<Record<string, unknown>> = { ...options };
  const parsers: readonly (readonly [string, Parser<unknown>])[] = Object.entries(SETTINGS);
  const settings = Object.fromEntries(
    parsers.map(([name, parse]) => [name, parse(Object.hasOwn(given, name) ? given[name] : undefined, name)]),
  ) as Parsed<typeof SETTINGS>;
  const names: ClaimNames = Object.freeze({
    tokenType: settings.tokenTypeClaim,
    jti: settings.jtiClaim,
    user: settings.userIdClaim,
    refreshExp: settings.slidingTokenRefreshExpClaim,
    fingerprint: settings.revokeTokenClaim,
    family: settings.tokenFamilyClaim,
    familyExp: settings.tokenFamilyExpirationClaim,
    session: 'sid',
  });
  refuseClashes(names);
  return Object.freeze({ ...settings, names });
}

/** A row a setting: its default and how it is read. */
const SETTINGS = {
  accessTokenLifetime: duration('5m'),
  refreshTokenLifetime: duration('1d'),
  slidingTokenLifetime: duration('5m'),
  slidingTokenRefreshLifetime: duration('1d'),
  rotateRefreshTokens: flag(false),
  blacklistAfterRotation: flag(false),
  updateLastLogin: flag(false),
  algorithm: (value: unknown = 'HS256', name: string) => parseAlgorithm(value, name),
  issuer: (value: unknown, name: string) => (value === undefined ? undefined : text('')(value, name)),
  audience: raw<TokenOptions['audience']>(), // read by the claims policy
  leeway: raw<TokenOptions['leeway']>(), // likewise
  jsonEncoder: hook<TokenOptions['jsonEncoder']>(),
  authHeaderTypes: (value: unknown = 'Bearer', name: string) => tokens(value, name),
  authHeaderName: (value: unknown = 'Authorization', name: string) => token(value, name),
  userIdField: text('id'),
  userIdClaim: text('user_id'),
  userAuthenticationRule: hook<TokenOptions['userAuthenticationRule']>(),
  onLoginSuccess: hook<TokenOptions['onLoginSuccess']>(),
  onLoginFailed: hook<TokenOptions['onLoginFailed']>(),
  authTokenTypes: rows(['access']),
  tokenTypeClaim: text('token_type'),
  jtiClaim: text('jti'),
  tokenUser: (value: unknown, name: string) => hook<TokenOptions['tokenUser']>()(value, name) ?? createTokenUser,
  slidingTokenRefreshExpClaim: text('refresh_exp'),
  checkRevokeToken: flag(false),
  revokeTokenClaim: text('hash_password'),
  credentialFingerprint: oneOf('hmac', 'md5'),
  checkUserIsActive: flag(true),
  tokenFamilyEnabled: flag(false),
  tokenFamilyLifetime: (value: unknown, name: string) => (value === null ? null : duration('30d')(value, name)),
  tokenFamilyCheckOnAccess: flag(false),
  tokenFamilyBlacklistOnReuse: flag(false),
  tokenFamilyClaim: text('family_id'),
  tokenFamilyExpirationClaim: text('family_exp'),
  refreshGraceSeconds: duration(0, { minimum: 0, maximum: 60 }),
  checkAccessRevocation: flag(false),
  requireOutstanding: flag(false),
  onStoreError: oneOf('refuse', 'allow-stale'),
  maxStalenessSeconds: duration(5, { minimum: 0, maximum: 3600 }),
  storeDeadlineSeconds: seconds(1),
  flushIntervalSeconds: (value: unknown, name: string) => (value === undefined ? undefined : seconds(1)(value, name)),
  maxTokenBytes: (value: unknown = DEFAULT_MAX_TOKEN_BYTES) => parseMaxTokenBytes(value),
  verifiedTokenCache: parseVerifiedTokenCache,
  errors: parseErrorStyle,
  claims: hook<TokenOptions['claims']>(),
  respond: hook<TokenOptions['respond']>(),
} satisfies { readonly [Name in keyof Required<TokenOptions>]: Parser<unknown> };
