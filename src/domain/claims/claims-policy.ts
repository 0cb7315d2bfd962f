import { ConfigError, refuse, type Refusal } from '../errors.ts';
import { registeredClaims, type ClaimsSet, type RegisteredClaims } from './claims-set.ts';
import { isNumericDate, parseDuration, type Duration, type NumericDate } from './numeric-date.ts';

/** What a service expects of a Claims Set (RFC 7519 section 4.1). Every option that is set is enforced: a missing claim is refused. */
export interface ClaimsPolicyOptions {
  /** `iss` must be this, or one of these, to the letter. */
  readonly issuer?: string | readonly string[] | undefined;
  /** `aud` must name this, or one of these. */
  readonly audience?: string | readonly string[] | undefined;
  /** `sub` must be this. */
  readonly subject?: string | undefined;
  /** Seconds by which the clocks of issuer and verifier may differ; applies to exp, nbf, iat and maxAge. */
  readonly leeway?: Duration | undefined;
  /** Most seconds since `iat`, which is then required. */
  readonly maxAge?: Duration | undefined;
  /** Names of claims that must be there. */
  readonly requiredClaims?: readonly string[] | undefined;
}

export interface ClaimsPolicy {
  readonly leewaySeconds: number;
  /** Checks in the order of Simple JWT: iat, nbf, exp, iss, aud, then the rest. Answers the first refusal, or undefined when all hold. */
  check(claims: ClaimsSet, now: NumericDate, expiry?: 'enforced' | 'tolerated'): Refusal | undefined;
  /** For claims that held before: what the clock alone can change. */
  recheck(claims: ClaimsSet, now: NumericDate, expiry?: 'enforced' | 'tolerated'): Refusal | undefined;
}

/**
 * Throws `ConfigError` for an option that is empty, not finite or of the wrong kind. With `fractions` dropped, dates count as whole seconds, as in
 * Simple JWT: for a clock of whole seconds a token stamped with a fraction would else come from the future.
 */
export function createClaimsPolicy(options: ClaimsPolicyOptions, fractions: 'kept' | 'dropped' = 'kept'): ClaimsPolicy {
  const dateOf = fractions === 'kept' ? (date: NumericDate) => date : Math.floor;
  const issuers = parseNames(options.issuer, 'issuer');
  const audiences = parseNames(options.audience, 'audience');
  const subject = parseNames(options.subject, 'subject')?.[0];
  const leewaySeconds = parseLeeway(options.leeway);
  const maxAge = options.maxAge === undefined ? undefined : parseDuration(options.maxAge, 'maxAge', { minimum: 0 });
  const required = parseRequired(options.requiredClaims);

  function checkClock(registered: RegisteredClaims, now: NumericDate, expiry: 'enforced' | 'tolerated'): Refusal | undefined {
    if (!Number.isFinite(now)) return refuse('expired'); // a clock that tells no time lets nothing in
    return checkTimes(registered, now, leewaySeconds, expiry, dateOf) ?? checkAge(registered.iat, now - leewaySeconds, maxAge);
  }

  return {
    leewaySeconds,
    recheck: (claims, now, expiry = 'enforced') => checkClock(registeredClaims(claims), now, expiry),
    check(claims, now, expiry = 'enforced') {
      const registered = registeredClaims(claims);
      return (
        checkClock(registered, now, expiry) ??
        checkIssuer(registered.iss, issuers) ??
        checkAudience(registered.aud, audiences) ??
        checkString(registered.sub, 'sub', subject) ??
        checkString(registered.jti, 'jti', undefined) ??
        checkRequired(claims, required)
      );
    },
  };
}

function checkTimes(
  { iat, nbf, exp }: RegisteredClaims,
  now: NumericDate,
  leeway: number,
  expiry: 'enforced' | 'tolerated',
  dateOf: (date: NumericDate) => NumericDate,
): Refusal | undefined {
  if (iat !== undefined) {
    if (!isNumericDate(iat)) return refuse('claim_invalid', 'iat');
    if (dateOf(iat) > now + leeway) return refuse('not_yet_valid', 'iat');
  }
  if (nbf !== undefined) {
    if (!isNumericDate(nbf)) return refuse('claim_invalid', 'nbf');
    if (dateOf(nbf) > now + leeway) return refuse('not_yet_valid', 'nbf');
  }
  if (exp !== undefined) {
    if (!isNumericDate(exp)) return refuse('claim_invalid', 'exp');
    // RFC 7519 section 4.1.4: "on or after" exp the token must not be accepted
    if (expiry === 'enforced' && dateOf(exp) <= now - leeway) return refuse('expired', 'exp');
  }
  return undefined;
}

function checkAge(iat: unknown, now: NumericDate, maxAge: number | undefined): Refusal | undefined {
  if (maxAge === undefined) return undefined;
  if (iat === undefined) return refuse('claim_missing', 'iat');
  return now - Number(iat) > maxAge ? refuse('expired', 'iat') : undefined;
}

function checkIssuer(iss: unknown, expected: readonly string[] | undefined): Refusal | undefined {
  if (iss === undefined) return expected === undefined ? undefined : refuse('claim_missing', 'iss');
  if (typeof iss !== 'string') return refuse('claim_invalid', 'iss');
  return expected === undefined || expected.includes(iss) ? undefined : refuse('claim_invalid', 'iss');
}

function checkAudience(aud: unknown, expected: readonly string[] | undefined): Refusal | undefined {
  if (aud === undefined) return expected === undefined ? undefined : refuse('claim_missing', 'aud');
  // RFC 7519 section 4.1.3: a string, or an array of strings
  if (typeof aud === 'string')
    return expected === undefined || expected.includes(aud) ? undefined : refuse('claim_invalid', 'aud');
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audiences.every((name) => typeof name === 'string')) return refuse('claim_invalid', 'aud');
  return expected === undefined || expected.some((name) => audiences.includes(name)) ? undefined : refuse('claim_invalid', 'aud');
}

function checkString(value: unknown, name: 'sub' | 'jti', expected: string | undefined): Refusal | undefined {
  if (value === undefined) return expected === undefined ? undefined : refuse('claim_missing', name);
  if (typeof value !== 'string') return refuse('claim_invalid', name);
  return expected === undefined || value === expected ? undefined : refuse('claim_invalid', name);
}

function checkRequired(claims: ClaimsSet, required: readonly string[]): Refusal | undefined {
  for (const name of required) if (!Object.hasOwn(claims, name)) return refuse('claim_missing', name);
  return undefined;
}

/** One name or a list of names as a list; undefined when the option was not set. */
function parseNames(value: unknown, option: string): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const names: readonly unknown[] = Array.isArray(value) && option !== 'subject' ? value : [value];
  const strings = names.filter((name): name is string => typeof name === 'string' && name !== '');
  if (strings.length === 0 || strings.length !== names.length) {
    const list = option === 'subject' ? '' : ' or a non-empty list of such strings';
    throw new ConfigError('invalid_option', option, `${option} must be a non-empty string${list}; leave it out to not check it`);
  }
  return Object.freeze(strings);
}

function parseLeeway(value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  return value === undefined ? 0 : parseDuration(value, 'leeway', { minimum: 0 });
}

function parseRequired(value: unknown): readonly string[] {
  if (value === undefined) return [];
  const names: readonly unknown[] | undefined = Array.isArray(value) ? value : undefined;
  const strings = names?.filter((name): name is string => typeof name === 'string' && name !== '');
  if (strings === undefined || strings.length !== names?.length) {
    throw new ConfigError('invalid_option', 'requiredClaims', 'requiredClaims must be a list of claim names');
  }
  return Object.freeze(strings);
}
