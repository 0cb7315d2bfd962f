export { recommended, type ClaimsContext, type TokenConfig, type TokenOptions } from './application/config.ts';
export type {
  Authenticated,
  HeaderSource,
  RefreshedTokens,
  SlidingTokenAnswer,
  TokenPair,
  TokenService,
} from './application/token-service.ts';
export type { TokenUser } from './application/token-user.ts';
export type { ClaimsSet } from './domain/claims/claims-set.ts';
export type { Duration, NumericDate } from './domain/claims/numeric-date.ts';
export { ConfigError, TokenError, type ConfigErrorCode, type TokenErrorCode } from './domain/errors.ts';
export {
  decideBlacklist,
  decideRotation,
  decideStatus,
  type BlacklistDecision,
  type ReuseKind,
  type RotationDecision,
  type RotationRules,
  type StatusRules,
  type TokenFacts,
  type TokenStatus,
} from './domain/family/token-family.ts';
export type { Algorithm } from './domain/jose/algorithms.ts';
export type { Jwk, JwkSet } from './domain/jose/jwk.ts';
export type { KeyInput } from './domain/jose/key-material.ts';
export type { FamilyId, Jti, UserId } from './domain/token/token-id.ts';
export { TOKEN_TYPES, type TokenType } from './domain/token/token-type.ts';
export type { Clock } from './ports/clock.ts';
export type { CallOptions, CryptoProvider, Signer, Verifier } from './ports/crypto-provider.ts';
export type { KeyHint, KeySource } from './ports/key-source.ts';
export type {
  BlacklistOutcome,
  BlacklistRequest,
  RevokeFamilyRequest,
  RevokeUserOutcome,
  RevokeUserRequest,
  StatusQuery,
} from './ports/revocation-store.ts';
export type {
  NewAccessToken,
  NewSession,
  NewToken,
  RecordOutcome,
  RotateOutcome,
  RotateRequest,
  TokenRef,
} from './ports/rotation-store.ts';
export type { Session } from './ports/session-store.ts';
export type { SessionEvent, TokenEvents } from './ports/token-events.ts';
export type { TokenStore } from './ports/token-store.ts';
export type { CallContext, Credentials, SessionMetadata, User, UserRepository } from './ports/user-repository.ts';
