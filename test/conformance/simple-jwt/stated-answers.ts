import { TOKEN_ERRORS, type TokenErrorCode } from '../../../src/domain/errors.ts';
import type { Answer } from './answers.ts';
import { NEW_JTI, Shape } from './compare.ts';
import { presentedClaims, type RecordedToken, type Scenario } from './recording.ts';

/** One of the codes whose row says this code, and, unless the detail names a claim or a token's kind, this detail. */
export function reasonFor({ detail, code, messages }: RefusalBody): Shape {
  const text = messages?.[0]?.message ?? detail;
  const codes = Object.keys(TOKEN_ERRORS) as TokenErrorCode[];
  const exact = codes.filter((name) => TOKEN_ERRORS[name].detail === text);
  const fitting = exact.length > 0 ? exact : codes.filter((name) => TOKEN_ERRORS[name].body === code);
  return new Shape(new RegExp(`^(${fitting.join('|')})$`));
}

export function refusal(detail: string, code: string, wwwAuthenticate: string): Answer {
  return { status: 401, body: { detail, code }, tokens: {}, wwwAuthenticate, allow: null };
}

/** A refusal as this route words it: a guard lists what each token type said. */
export function refusalAt({ request, settings }: Scenario, [detail, code]: readonly [string, string]): Answer {
  if (!request.path.startsWith('/api/protected')) return refusal(detail, code, CHALLENGE);
  const sliding = settings['AUTH_TOKEN_CLASSES'] === 'sliding';
  const message = {
    token_class: sliding ? 'SlidingToken' : 'AccessToken',
    token_type: sliding ? 'sliding' : 'access',
    message: detail,
  };
  const body = { detail: 'Given token not valid for any token type', code, messages: [message] };
  return { status: 401, body, tokens: {}, wwwAuthenticate: CHALLENGE, allow: null };
}

/** The sliding token as it should be renewed. */
export function renewed(scenario: Scenario): RecordedToken {
  const { exp: _exp, iat: _iat, jti, token_type, ...carried } = presentedClaims(scenario) ?? {};
  const now = Math.floor(scenario.now);
  const exp = Math.min(now + 300, Number(carried['refresh_exp']));
  return { header: { alg: 'HS256', typ: 'JWT' }, payload: { token_type, exp, iat: now, jti, ...carried } };
}

export function pairOf(user_id: string, now: number): Answer {
  const token = (token_type: string, lifetime: number): RecordedToken => ({
    header: { alg: 'HS256', typ: 'JWT' },
    payload: { token_type, exp: now + lifetime, iat: now, jti: NEW_JTI, user_id },
  });
  return {
    status: 200,
    body: {},
    tokens: { refresh: token('refresh', 86_400), access: token('access', 300) },
    wwwAuthenticate: null,
    allow: null,
  };
}

export function mapTokens(tokens: Answer['tokens'], change: (token: RecordedToken) => RecordedToken): Answer['tokens'] {
  return Object.fromEntries(Object.entries(tokens).map(([name, token]) => [name, change(token)]));
}

export function keyed(claims: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return 'hash_password' in claims ? { ...claims, hash_password: FINGERPRINT } : claims;
}

export interface RefusalBody {
  readonly detail: string;
  readonly code: string;
  readonly messages?: readonly { readonly message: string }[];
}

export const CHALLENGE = 'Bearer realm="api"';
export const THUMBPRINT = new Shape(/^[\w-]{43}$/);
const FINGERPRINT = new Shape(/^[\w-]{22,}$/);
