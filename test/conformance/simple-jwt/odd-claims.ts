import { TOKEN_ERRORS } from '../../../src/domain/errors.ts';
import { isObject } from './answers.ts';
import type { Scenario } from './recording.ts';

/** What is wrong with a payload that made the real server fail, in its order of checks. */
export function oddPayload(claims: Readonly<Record<string, unknown>>): readonly [string, string] {
  const times = ['exp', 'iat', 'nbf', 'refresh_exp', 'family_exp'].map((name) => claims[name]);
  if (times.some((time) => time !== undefined && (typeof time !== 'number' || time > LAST_DATE)))
    return ['Token is invalid', 'token_not_valid'];
  if (claims['exp'] === undefined) return ["Token has no 'exp' claim", 'token_not_valid'];
  if (claims['jti'] === undefined) return ['Token has no id', 'token_not_valid'];
  const user = claims['user_id'];
  if (typeof user === 'string' || Number.isSafeInteger(user))
    return ['No active account found for the given token.', 'no_active_account'];
  return [TOKEN_ERRORS.user_unidentified.detail, 'token_not_valid'];
}

const LAST_DATE = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000;

export function hasOddClaimType(claims: Readonly<Record<string, unknown>> = {}): boolean {
  const strings = ['sub', 'iss'].map((name) => claims[name]).filter((value) => value !== undefined);
  const times = ['exp', 'nbf', 'iat'].map((name) => claims[name]).filter((value) => value !== undefined);
  const jti = 'jti' in claims ? claims['jti'] : 'absent';
  return (
    typeof jti !== 'string' ||
    jti === '' ||
    strings.some((value) => typeof value !== 'string') ||
    times.some((value) => !Number.isFinite(value))
  );
}

export function hasOddUser(claims: Readonly<Record<string, unknown>> | undefined): boolean {
  if (claims === undefined) return false;
  const user = claims['user_id'];
  return !(typeof user === 'string' && user !== '') && !Number.isSafeInteger(user);
}

export function within(tokens: Scenario['request']['tokens'], claim: string, now: number): boolean {
  const [token] = Object.values(tokens ?? {});
  const until = isObject(token?.payload) ? token.payload[claim] : undefined;
  return typeof until === 'number' && until > Math.floor(now);
}
