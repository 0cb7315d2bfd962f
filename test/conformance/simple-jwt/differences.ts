import { TOKEN_ERRORS } from '../../../src/domain/errors.ts';
import { isObject, type Answer } from './answers.ts';
import { Shape } from './compare.ts';
import { hasOddClaimType, hasOddUser, oddPayload, within } from './odd-claims.ts';
import { presentedClaims, type Scenario } from './recording.ts';
import {
  CHALLENGE,
  keyed,
  mapTokens,
  pairOf,
  reasonFor,
  refusal,
  refusalAt,
  renewed,
  THUMBPRINT,
  type RefusalBody,
} from './stated-answers.ts';

/** One row of API.md's closing table, as a statement of what our answer is. */
export interface Difference {
  /** The row, by its first column. */
  readonly rule: string;
  /** Whether it only adds to the recorded answer. */
  readonly additive?: true;
  applies(scenario: Scenario, expected: Answer): boolean;
  expected(answer: Answer, scenario: Scenario): Answer;
}

/** Every difference there may be, in the order in which they build on each other. What no row states must be as recorded. */
export const DIFFERENCES: readonly Difference[] = [
  {
    rule: 'passwords: as sent; only "" is blank (white space that was trimmed no longer opens an account)',
    applies: ({ id }) => id === 'obtain/008',
    expected: () => refusal('No active account found with the given credentials', 'no_active_account', CHALLENGE),
  },
  {
    rule: 'passwords: as sent; only "" is blank (a password with outer blanks matches)',
    applies: ({ id }) => id === 'obtain/009',
    expected: (_answer, { now }) => pairOf('5', Math.floor(now)),
  },
  {
    rule: 'passwords: as sent; only "" is blank (blanks are a password)',
    applies: ({ id }) => id === 'obtain/019',
    expected: (answer) => ({ ...answer, body: { username: ['This field may not be blank.'] } }),
  },
  {
    rule: 'browsable HTML: JSON',
    applies: ({ id }) => id === 'obtain/044',
    expected: (_answer, { now }) => pairOf('1', Math.floor(now)),
  },
  {
    rule: '301 to the final slash: served without the slash',
    applies: ({ response }) => response.status === 301,
    expected: (_answer, { now }) => pairOf('1', Math.floor(now)),
  },
  {
    rule: 'HTML 404: JSON 404',
    applies: ({ response }) => response.status === 404,
    expected: (answer) => ({ ...answer, body: { detail: 'Not found.' } }),
  },
  {
    rule: 'OPTIONS metadata: 200 with Allow',
    applies: ({ request }) => request.method === 'OPTIONS',
    expected: (answer) => {
      const { name, parses } = answer.body as { name: string; parses: readonly string[] };
      return { ...answer, body: { name, renders: ['application/json'], parses } };
    },
  },
  {
    rule: 'text of a parse error: the same prefix before " - "',
    applies: (_scenario, { body }) => isObject(body) && /^\w+( form)? parse error - /.test(String(body['detail'])),
    expected: (answer) => {
      const [prefix = ''] = (answer.body as { detail: string }).detail.split(' - ');
      return { ...answer, body: { detail: new Shape(new RegExp(`^${prefix} - .`)) } };
    },
  },
  {
    rule: 'verify: 401 {"detail":"Token is blacklisted","code":"token_not_valid"}',
    applies: ({ request, response }) =>
      request.path === '/api/token/verify/' && response.status === 400 && isBlacklisted(response.body),
    expected: () => refusal('Token is blacklisted', 'token_not_valid', CHALLENGE),
  },
  {
    rule: 'signed but odd payloads: 401 with a typed body',
    applies: ({ response }) => response.server_error !== undefined,
    expected: (_answer, scenario) => refusalAt(scenario, oddPayload(presentedClaims(scenario) ?? {})),
  },
  {
    rule: 'jti null, empty, a number or a list; sub, iss, aud not strings; exp, nbf, iat not finite numbers: 401 "Token is invalid"',
    applies: (scenario, { status, body }) =>
      hasOddClaimType(presentedClaims(scenario)) && (status === 200 || (isObject(body) && body['detail'] === 'Token is expired')),
    expected: (_answer, scenario) => refusalAt(scenario, ['Token is invalid', 'token_not_valid']),
  },
  {
    rule: 'user claim null, boolean, object, list or empty; missing at refresh: 401 "Token contained no recognizable user identification"',
    applies: (scenario, { status }) =>
      status === 200 && EXCHANGES.test(scenario.request.path) && hasOddUser(presentedClaims(scenario)),
    expected: () => refusal(TOKEN_ERRORS.user_unidentified.detail, 'token_not_valid', CHALLENGE),
  },
  {
    rule: 'user claim: a safe integer is read as its decimal string (so 0 is a user like any other, here an unknown one)',
    applies: (scenario, { status }) => status === 200 && presentedClaims(scenario)?.['user_id'] === 0,
    expected: () => refusal('No active account found for the given token.', 'no_active_account', CHALLENGE),
  },
  {
    rule: '= after the signature: 401 "Token is invalid"',
    applies: ({ request }, { status }) => status === 200 && /=["\s]*[}]?$/.test(JSON.stringify(request.body ?? '')),
    expected: () => refusal('Token is invalid', 'token_not_valid', CHALLENGE),
  },
  {
    rule: 'sliding refresh after exp: works until refresh_exp',
    applies: ({ request, now }, { status }) =>
      request.path === '/api/token/sliding/refresh/' &&
      status === 401 &&
      within(request.tokens, 'refresh_exp', now) &&
      !within(request.tokens, 'exp', now),
    expected: (answer, scenario) => ({
      ...answer,
      status: 200,
      body: {},
      wwwAuthenticate: null,
      tokens: { token: renewed(scenario) },
    }),
  },
  {
    rule: 'sliding refresh: exp never passes refresh_exp',
    applies: ({ request }, { status, tokens }) => {
      const { exp, refresh_exp } = (tokens['token']?.payload ?? {}) as Record<string, number | undefined>;
      return request.path === '/api/token/sliding/refresh/' && status === 200 && (exp ?? 0) > (refresh_exp ?? Infinity);
    },
    expected: (answer, scenario) => ({ ...answer, tokens: { token: renewed(scenario) } }),
  },
  {
    rule: 'token header: a kid (RFC 7638 thumbprint) when the key is asymmetric',
    applies: (_scenario, { tokens }) => Object.values(tokens).some(({ header }) => header['alg'] === 'RS256'),
    expected: (answer) => ({
      ...answer,
      tokens: mapTokens(answer.tokens, ({ header, payload }) => ({ header: { ...header, kid: THUMBPRINT }, payload })),
    }),
  },
  {
    rule: 'hash_password: keyed fingerprint (HMAC-SHA-256)',
    applies: (_scenario, { body, tokens }) => JSON.stringify([body, tokens]).includes('"hash_password"'),
    expected: (answer) => ({
      ...answer,
      body:
        isObject(answer.body) && isObject(answer.body['auth'])
          ? { ...answer.body, auth: keyed(answer.body['auth']) }
          : answer.body,
      tokens: mapTokens(answer.tokens, ({ header, payload }) => ({ header, payload: keyed(payload as Record<string, unknown>) })),
    }),
  },
  {
    rule: 'the user claim of new tokens is a string (recorded on 5.5.0: a number; SIMPLE-JWT.md A5)',
    applies: ({ request, group }, { tokens }) =>
      group === 'family' &&
      request.path === '/api/token/' &&
      Object.values(tokens).some(({ payload }) => typeof (payload as { user_id: unknown }).user_id === 'number'),
    expected: (answer) => ({
      ...answer,
      tokens: mapTokens(answer.tokens, ({ header, payload }) => {
        const claims = payload as Record<string, unknown>;
        return { header, payload: { ...claims, user_id: String(claims['user_id']) } };
      }),
    }),
  },
  {
    rule: 'login and refresh refusals without `code`: the same detail, and a code and reason besides',
    applies: (_scenario, { status, body }) =>
      status === 401 && isObject(body) && CODES.has(String(body['detail'])) && !('code' in body),
    expected: (answer) => {
      const { detail } = answer.body as { detail: string };
      return { ...answer, body: { detail, code: CODES.get(detail) } };
    },
  },
  {
    rule: 'In HTTP bodies `code` is Simple JWT’s and `reason` carries ours',
    additive: true,
    applies: (_scenario, { body }) => isObject(body) && 'code' in body,
    expected: (answer) => ({ ...answer, body: { ...(answer.body as object), reason: reasonFor(answer.body as RefusalBody) } }),
  },
  {
    rule: 'WWW-Authenticate: the same, and error="invalid_token" (RFC 6750) where a token was refused',
    additive: true,
    applies: ({ request }, { status, body }) =>
      status === 401 &&
      !OBTAINS.test(request.path) &&
      isObject(body) &&
      'code' in body &&
      body['code'] !== 'bad_authorization_header',
    expected: (answer) => ({ ...answer, wwwAuthenticate: `${CHALLENGE}, error="invalid_token"` }),
  },
];

const EXCHANGES = /^\/api\/(token\/(sliding\/)?refresh|stateless|protected)\/$/;
const OBTAINS = /^\/api\/token(\/sliding)?\/?$/;

/** The codes of refusals that Simple JWT gives none. */
const CODES: ReadonlyMap<string, string> = new Map([
  ['No active account found with the given credentials', 'no_active_account'],
  ['No active account found for the given token.', 'no_active_account'],
  ["The user's password has been changed.", 'password_changed'],
]);

function isBlacklisted(body: unknown): boolean {
  return JSON.stringify(body) === '{"non_field_errors":["Token is blacklisted"]}';
}
