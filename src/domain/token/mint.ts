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

/** Picks some of a token's claims. */
export type PickClaims = (claims: ClaimsSet) => ClaimsSet;

/** Builds the pick of what a token hands on to one minted from it: everything but its type, its times and its identifier. */
export function carriedClaims(names: ClaimNames, ...further: readonly string[]): PickClaims {
  const own: ReadonlySet<string> = new Set([names.tokenType, names.jti, 'exp', 'iat', 'jti', ...further]);
  return (claims) => picked(claims, (name) => !own.has(name));
}

/** Builds the pick that leaves out private claims: what remains is what the library and the RFC define. */
export function withoutPrivateClaims(names: ClaimNames): PickClaims {
  const defined: ReadonlySet<string> = new Set(libraryClaims(names)).add('sub');
  return (claims) => picked(claims, (name) => defined.has(name));
}

function picked(claims: ClaimsSet, wanted: (name: string) => boolean): ClaimsSet {
  const some: Record<string, unknown> = {};
  for (const name of Object.keys(claims)) {
    if (!wanted(name)) continue;
    if (name in some) defineClaim(some, name, claims[name]);
    else some[name] = claims[name];
  }
  return some;
}

/** To assign to an inherited name need not make a claim: `__proto__` changes what the object inherits, and a frozen prototype refuses the rest. */
function defineClaim(claims: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(claims, name, { value, enumerable: true, writable: true, configurable: true });
}

/** The names only the library may write (RFC 7519 section 4.1 and the configured ones). */
export function libraryClaims(names: ClaimNames): ReadonlySet<string> {
  return new Set(['iss', 'aud', 'exp', 'nbf', 'iat', 'jti', ...Object.values<string>({ ...names })]);
}
