/**
 * The code table: what each refusal answers for itself. `status` is the HTTP status, `detail` the public text (Simple JWT's
 * where it has one), `body` the `code` of a Simple JWT answer.
 */
const invalid = (detail = 'Token is invalid') => ({ status: 401, detail, body: 'token_not_valid' });
const unavailable = (detail: string) => ({ status: 503, detail, body: 'service_unavailable' });
const unauthorized = (detail: string, body: string) => ({ status: 401, detail, body });

export const TOKEN_ERRORS = {
  malformed: invalid(),
  algorithm: invalid(),
  signature: invalid(),
  key_unknown: invalid(),
  expired: invalid('Token is expired'),
  not_yet_valid: invalid(),
  claim_invalid: invalid(),
  claim_missing: invalid(),
  wrong_type: invalid('Token has wrong type'),
  revoked: invalid('Token is blacklisted'),
  family_revoked: invalid('Token family is blacklisted'),
  family_expired: invalid('Token family has expired'),
  reused: invalid('Token is blacklisted'),
  unknown_token: invalid(),
  user_unidentified: invalid('Token contained no recognizable user identification'),
  user_not_found: unauthorized('User not found', 'user_not_found'),
  user_inactive: unauthorized('User is inactive', 'user_inactive'),
  password_changed: unauthorized("The user's password has been changed.", 'password_changed'),
  no_active_account: unauthorized('No active account found with the given credentials', 'no_active_account'),
  not_authenticated: unauthorized('Authentication credentials were not provided.', 'not_authenticated'),
  bad_authorization_header: unauthorized(
    'Authorization header must contain two space-delimited values',
    'bad_authorization_header',
  ),
  family_missing: { status: 400, detail: 'Token has no family ID', body: 'token_family_missing' },
  family_not_configured: {
    status: 501,
    detail: 'Token family functionality is not enabled or available. Please check your configuration.',
    body: 'token_family_not_configured',
  },
  store_unavailable: unavailable('Token storage is unavailable. Try again.'),
  store_full: unavailable('Token storage is full. Try again later.'),
  keys_unavailable: unavailable('Verification keys are unavailable. Try again.'),
  signer_unavailable: unavailable('Signing is unavailable. Try again.'),
  users_unavailable: unavailable('User look-up is unavailable. Try again.'),
  aborted: unavailable('The operation was aborted.'),
} satisfies Record<string, { status: number; detail: string; body: string }>;

/** The closed union of refusal codes. */
export type TokenErrorCode = keyof typeof TOKEN_ERRORS;

/** One token type's refusal of a presented token: what a Simple JWT answer lists in `messages`. */
export interface TokenAttempt {
  readonly tokenClass: string;
  readonly tokenType: string;
  readonly detail: string;
}

export interface TokenErrorOptions {
  /** A more precise public text. Never put a token, key, secret or claim value here: names only. */
  readonly detail?: string;
  /** The name (never the value) of the claim that was refused. */
  readonly claim?: string;
  /** What went wrong underneath, for the log. */
  readonly cause?: unknown;
  /** Set where a request is authenticated and every token type refused its token: one attempt a type, in order. */
  readonly attempts?: readonly TokenAttempt[];
}

/**
 * A refusal. `message` is public and safe to log or send: it holds no token, key, secret or claim value. `status` is the HTTP
 * status that fits, `code` is stable, `cause` (if any) is for the log only. It has no stack trace: refusals are answers to somebody else's
 * mistake, and the trace is two thirds of what one costs (`bench/suites/pieces.mjs`). `errors: 'full'` gives it one.
 */
export class TokenError extends Error {
  declare readonly code: TokenErrorCode;
  declare readonly status: number;
  declare readonly claim: string | undefined;
  declare readonly attempts: readonly TokenAttempt[] | undefined;

  constructor(code: TokenErrorCode, options: TokenErrorOptions = {}) {
    const { detail, status } = TOKEN_ERRORS[code];
    const limit = limitStackTraces(0);
    super(options.detail ?? detail, 'cause' in options ? { cause: options.cause } : undefined);
    limitStackTraces(limit);
    this.code = code;
    this.status = status;
    this.claim = options.claim;
    this.attempts = options.attempts;
  }

  static {
    this.prototype.name = 'TokenError';
  }
}

/** V8's own switch; other engines have none. Answers what it was; an application may have frozen it, and then keeps its traces. */
function limitStackTraces(limit: number | undefined): number | undefined {
  const { stackTraceLimit } = V8_ERRORS;
  if (stackTraceLimit === undefined || limit === undefined) return undefined;
  try {
    V8_ERRORS.stackTraceLimit = limit;
  } catch {
    return undefined;
  }
  return stackTraceLimit;
}

const V8_ERRORS: { stackTraceLimit?: number } = Error;

export type ConfigErrorCode =
  | 'missing_option'
  | 'unknown_option'
  | 'invalid_option'
  | 'unsupported_algorithm'
  | 'invalid_key'
  | 'weak_key'
  | 'key_mismatch'
  | 'ambiguous_key'
  | 'reserved_claim'
  | 'unsupported_runtime';

/**
 * The caller's mistake: bad configuration, a wrong key, a reserved claim. `option` names what to change; the message says what to
 * write instead and never holds a secret.
 */
export class ConfigError extends Error {
  readonly code: ConfigErrorCode;
  readonly option: string;

  constructor(code: ConfigErrorCode, option: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.option = option;
  }

  static {
    this.prototype.name = 'ConfigError';
  }
}

/** A refusal on its way to the edge: what `verify.try` returns, and what the edge turns into a `TokenError`. */
export interface Refusal {
  readonly ok: false;
  readonly code: TokenErrorCode;
  /** The name of the claim that was refused, where one was. */
  readonly claim?: string;
  /** What went wrong underneath, where a backend failed. */
  readonly cause?: unknown;
}

const refusals = new Map<string, Refusal>();

/** The one frozen refusal of a code and claim name, so that refusing allocates nothing. */
export function refuse(code: TokenErrorCode, claim?: string): Refusal {
  const name = claim === undefined ? code : `${code} ${claim}`;
  let refusal = refusals.get(name);
  if (refusal === undefined) {
    refusal = Object.freeze(claim === undefined ? { ok: false, code } : { ok: false, code, claim });
    refusals.set(name, refusal); // bounded: codes and claim names come from tables and configuration, never from tokens
  }
  return refusal;
}

export function errorOf(refusal: Refusal): TokenError {
  return new TokenError(refusal.code, refusal);
}
