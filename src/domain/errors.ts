/**
 * The code table: what each refusal answers for itself. `status` is the HTTP status, `detail` the public text (Simple JWT's
 * where it has one), `body` the `code` of a Simple JWT answer.
 */
const INVALID = 'Token is invalid';
const NOT_VALID = 'token_not_valid';

export const TOKEN_ERRORS = {
  malformed: { status: 401, detail: INVALID, body: NOT_VALID },
  algorithm: { status: 401, detail: INVALID, body: NOT_VALID },
  signature: { status: 401, detail: INVALID, body: NOT_VALID },
  key_unknown: { status: 401, detail: INVALID, body: NOT_VALID },
  expired: { status: 401, detail: 'Token is expired', body: NOT_VALID },
  not_yet_valid: { status: 401, detail: INVALID, body: NOT_VALID },
  claim_invalid: { status: 401, detail: INVALID, body: NOT_VALID },
  claim_missing: { status: 401, detail: INVALID, body: NOT_VALID },
  wrong_type: { status: 401, detail: 'Token has wrong type', body: NOT_VALID },
  revoked: { status: 401, detail: 'Token is blacklisted', body: NOT_VALID },
  family_revoked: { status: 401, detail: 'Token family is blacklisted', body: NOT_VALID },
  family_expired: { status: 401, detail: 'Token family has expired', body: NOT_VALID },
  reused: { status: 401, detail: 'Token is blacklisted', body: NOT_VALID },
  unknown_token: { status: 401, detail: INVALID, body: NOT_VALID },
  user_unidentified: {
    status: 401,
    detail: 'Token contained no recognizable user identification',
    body: NOT_VALID,
  },
  user_not_found: { status: 401, detail: 'User not found', body: 'user_not_found' },
  user_inactive: { status: 401, detail: 'User is inactive', body: 'user_inactive' },
  password_changed: { status: 401, detail: "The user's password has been changed.", body: 'password_changed' },
  no_active_account: {
    status: 401,
    detail: 'No active account found with the given credentials',
    body: 'no_active_account',
  },
  not_authenticated: {
    status: 401,
    detail: 'Authentication credentials were not provided.',
    body: 'not_authenticated',
  },
  bad_authorization_header: {
    status: 401,
    detail: 'Authorization header must contain two space-delimited values',
    body: 'bad_authorization_header',
  },
  family_missing: { status: 400, detail: 'Token has no family ID', body: 'token_family_missing' },
  family_not_configured: {
    status: 501,
    detail: 'Token family functionality is not enabled or available. Please check your configuration.',
    body: 'token_family_not_configured',
  },
  store_unavailable: { status: 503, detail: 'Token storage is unavailable. Try again.', body: 'service_unavailable' },
  store_full: { status: 503, detail: 'Token storage is full. Try again later.', body: 'service_unavailable' },
  keys_unavailable: { status: 503, detail: 'Verification keys are unavailable. Try again.', body: 'service_unavailable' },
  signer_unavailable: { status: 503, detail: 'Signing is unavailable. Try again.', body: 'service_unavailable' },
  users_unavailable: { status: 503, detail: 'User look-up is unavailable. Try again.', body: 'service_unavailable' },
  aborted: { status: 503, detail: 'The operation was aborted.', body: 'service_unavailable' },
} as const satisfies Record<string, { status: number; detail: string; body: string }>;

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
