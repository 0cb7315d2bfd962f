import { claimOf, type ClaimsSet } from '../domain/claims/claims-set.ts';
import { isNumericDate, type NumericDate } from '../domain/claims/numeric-date.ts';
import { TokenError } from '../domain/errors.ts';
import type { ClaimNames } from '../domain/token/mint.ts';
import { retainUntil } from '../domain/token/retention.ts';
import { parseFamilyId, parseJti, parseUserId, type UserId } from '../domain/token/token-id.ts';
import type { TokenType } from '../domain/token/token-type.ts';
import type { Verified } from '../domain/token/verified.ts';
import type { TokenRef } from '../ports/rotation-store.ts';
import type { TokenConfig } from './config.ts';

/** What a verified token says, read once. */
export interface ReadToken {
  readonly claims: Verified;
  /** The token as stores know it; undefined without a `jti`. */
  readonly ref: TokenRef | undefined;
  readonly user: UserId | undefined;
  /** Past its `exp`: only a token that can be renewed gets this far. */
  readonly expired: boolean;
  readonly refreshExp: NumericDate | undefined;
  readonly familyExpired: boolean;
  /** The first claim that is missing or of another type, in Simple JWT's order: exp, jti, type. */
  readonly refusal: TokenError | undefined;
}

export type TokenReader = (claims: Verified, type: TokenType, now: NumericDate) => ReadToken;

/**
 * Claims that reach a store or a decision have types: an identifier or date of another type is refused here (`claim_invalid`), whatever
 * the token is good for otherwise.
 */
export function createTokenReader(config: TokenConfig, leewaySeconds: number): TokenReader {
  const { names } = config;

  return function readToken(claims, type, now) {
    const jti = parsed(claims, names.jti, parseJti);
    const refreshExp = type.renewable ? parsed(claims, names.refreshExp, parseNumericDate) : undefined;
    const familyExp = config.tokenFamilyEnabled ? parsed(claims, names.familyExp, parseNumericDate) : undefined;
    const family =
      (config.tokenFamilyEnabled ? parsed(claims, names.family, parseFamilyId) : undefined) ??
      (config.checkAccessRevocation ? parsed(claims, names.session, parseFamilyId) : undefined);
    const user = parseUserId(claimOf(claims, names.user));
    const exp = parsed(claims, 'exp', parseNumericDate);
    const until = Math.max(exp ?? now, refreshExp ?? 0); // a renewable token is of use after exp
    return {
      claims,
      user,
      expired: exp !== undefined && Math.floor(exp) <= now - leewaySeconds,
      refreshExp,
      ref: jti && {
        jti,
        user,
        family,
        onRecord: type.revocable,
        iat: parsed(claims, 'iat', parseNumericDate),
        retainUntil: retainUntil(until, leewaySeconds),
      },
      familyExpired: familyExp !== undefined && familyExp <= now, // no leeway, as in Simple JWT
      refusal: firstMissing(claims, type, names),
    };
  };
}

function firstMissing(claims: ClaimsSet, type: TokenType, names: ClaimNames): TokenError | undefined {
  if (!Object.hasOwn(claims, 'exp')) return missing("Token has no 'exp' claim", 'exp');
  if (!Object.hasOwn(claims, names.jti)) return missing('Token has no id', names.jti);
  if (!type.typed) return undefined;
  if (!Object.hasOwn(claims, names.tokenType)) return missing('Token has no type', names.tokenType);
  return claims[names.tokenType] === type.name ? undefined : new TokenError('wrong_type');
}

export function missing(detail: string, claim: string): TokenError {
  return new TokenError('claim_missing', { detail, claim });
}

function parsed<T>(claims: ClaimsSet, name: string, parse: (value: unknown) => T | undefined): T | undefined {
  if (!Object.hasOwn(claims, name)) return undefined;
  const value = parse(claims[name]);
  if (value === undefined) throw new TokenError('claim_invalid', { claim: name });
  return value;
}

const parseNumericDate = (value: unknown) => (isNumericDate(value) ? value : undefined);
