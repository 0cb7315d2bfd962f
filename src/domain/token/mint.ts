import type { ClaimsSet } from '../claims/claims-set.ts';
import type { NumericDate } from '../claims/numeric-date.ts';
import type { Jti } from './token-id.ts';
import type { TokenType } from './token-type.ts';

/** The configured names of the claims this library writes. */
export interface ClaimNames {
  readonly tokenType: string;
  readonly jti: string;
  readonly user: string;
  readonly refreshExp: string;
  readonly fingerprint: string;
  readonly family: string;
  readonly familyExp: string;
  readonly session: string;
}

export interface MintRequest {
  readonly type: TokenType;
  readonly names: ClaimNames;
  readonly jti: Jti;
  readonly iat: NumericDate;
  readonly exp: NumericDate;
  /** What the token says besides: user, family, private claims. */
  readonly carried: ClaimsSet;
}

/** Builds the Claims Set of a new token, in Simple JWT's order of members. */
export function mint({ type, names, jti, iat, exp, carried }: MintRequest): ClaimsSet {
  return { [names.tokenType]: type.name, exp, iat, [names.jti]: jti, ...carried };
}

/** What a token hands on to one minted from it: everything but its type, its times and its identifier. */
export function carriedClaims(claims: ClaimsSet, names: ClaimNames, ...further: readonly string[]): ClaimsSet {
  const own: ReadonlySet<string> = new Set([names.tokenType, names.jti, 'exp', 'iat', 'jti', ...further]);
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !own.has(name)));
}

/** The private claims of a token left out: what remains is what the library and the RFC define. */
export function withoutPrivateClaims(claims: ClaimsSet, names: ClaimNames): ClaimsSet {
  const reserved = libraryClaims(names);
  return Object.fromEntries(Object.entries(claims).filter(([name]) => reserved.has(name) || name === 'sub'));
}

/** The names only the library may write (RFC 7519 section 4.1 and the configured ones). */
export function libraryClaims(names: ClaimNames): ReadonlySet<string> {
  return new Set(['iss', 'aud', 'exp', 'nbf', 'iat', 'jti', ...Object.values<string>({ ...names })]);
}
