import type { Answer } from '../answers.ts';
import { NEW_JTI } from '../compare.ts';
import type { RecordedToken } from '../recording.ts';
import { reasonFor, type RefusalBody } from '../stated-answers.ts';
import { NOW, type Claims } from './tokens.ts';

/** Stands for a body that is not looked at. */
export const ANY_BODY = Symbol('any body');

const BARE = { tokens: {}, wwwAuthenticate: null, allow: null };
const MISSING = 'Bearer realm="api"';
const REFUSED = 'Bearer realm="api", error="invalid_token"';

export const ok = (body: unknown = {}): Answer => ({ ...BARE, status: 200, body });
export const answers = (status: number, body: unknown): Answer => ({ ...BARE, status, body });
export const fields = (body: Readonly<Record<string, string>>): Answer =>
  answers(400, Object.fromEntries(Object.entries(body).map(([name, message]) => [name, [message]])));
/** A route that shows who is asking. */
export const shows = (user: string | null, auth: Claims | null): Answer => ok({ user, auth });

export function refused(detail: string, code = 'token_not_valid', wwwAuthenticate = REFUSED): Answer {
  return { ...answers(401, withReason({ detail, code })), wwwAuthenticate };
}

export const invalid = (): Answer => refused('Token is invalid');
export const expired = (): Answer => refused('Token is expired');
export const blacklisted = (): Answer => refused('Token is blacklisted');
export const wrongType = (): Answer => refused('Token has wrong type');
export const unidentified = (): Answer => refused('Token contained no recognizable user identification');
export const passwordChanged = (): Answer => refused("The user's password has been changed.", 'password_changed');
export const noAccount = (): Answer => refused('No active account found for the given token.', 'no_active_account');
export const loginRefused = (): Answer =>
  refused('No active account found with the given credentials', 'no_active_account', MISSING);
export const badHeader = (): Answer =>
  refused('Authorization header must contain two space-delimited values', 'bad_authorization_header', MISSING);
export const noCredentials = (): Answer => ({
  ...answers(401, { detail: 'Authentication credentials were not provided.' }),
  wwwAuthenticate: MISSING,
});

/** A guard's refusal: what it said to each token type, the access type alone unless more are named. */
export function guardRefused(message: string, ...more: readonly (readonly ['access' | 'sliding', string])[]): Answer {
  const said = more.length === 0 ? ([['access', message]] as const) : more;
  const messages = said.map(([token_type, text]) => ({
    token_class: token_type === 'access' ? 'AccessToken' : 'SlidingToken',
    token_type,
    message: text,
  }));
  const body = { detail: 'Given token not valid for any token type', code: 'token_not_valid', messages };
  return { ...answers(401, withReason(body)), wwwAuthenticate: REFUSED };
}

/** The same answer of a server that names another scheme in its challenges. */
export const challenging = (scheme: string, answer: Answer): Answer => ({
  ...answer,
  wwwAuthenticate: answer.wwwAuthenticate?.replace('Bearer', scheme) ?? null,
});

export const notAllowed = (method: string, allow = 'POST, OPTIONS'): Answer => ({
  ...answers(405, { detail: `Method "${method}" not allowed.` }),
  allow,
});
export const notAcceptable = (): Answer => answers(406, { detail: 'Could not satisfy the request Accept header.' });
export const unsupported = (type: string): Answer => answers(415, { detail: `Unsupported media type "${type}" in request.` });
/** The answer to HEAD: the same without a body. */
export const bodiless = (answer: Answer): Answer => ({ ...answer, body: undefined });

export const issued = (tokens: Readonly<Record<string, RecordedToken>>): Answer => ({ ...ok(), tokens });

/** A new token: claims in their order. */
export function newToken(token_type: string, exp: number, carried: Claims, header: Claims = {}): RecordedToken {
  return {
    header: { alg: 'HS256', typ: 'JWT', ...header },
    payload: { token_type, exp, iat: NOW, jti: NEW_JTI, ...carried },
  };
}
export const newAccess = (carried: Claims = { user_id: '1' }): RecordedToken => newToken('access', NOW + 300, carried);
export const newRefresh = (carried: Claims = { user_id: '1' }): RecordedToken => newToken('refresh', NOW + 86_400, carried);
export const newSliding = (carried: Claims = { user_id: '1' }): RecordedToken =>
  newToken('sliding', NOW + 300, { refresh_exp: NOW + 86_400, ...carried });

const withReason = (body: RefusalBody) => ({ ...body, reason: reasonFor(body) });
