import type { NumericDate } from '../domain/claims/numeric-date.ts';

/** The user as this library sees it; anything else the application keeps on it comes along untouched. */
export interface User {
  /** A non-empty string or a safe integer, as must be the value of `userIdField`. */
  readonly id: string | number;
  readonly isActive: boolean;
  /** Any string that changes with the password, such as its stored hash: what `checkRevokeToken` fingerprints. */
  readonly credential?: string | null | undefined;
}

/** What every call may carry, always as the last argument; hooks and repositories get it as it came. */
export interface CallContext {
  /** Ends the wait; the call then rejects with `aborted`. */
  readonly signal?: AbortSignal;
  /** Plain data kept with the session and shown by `sessions` (user agent, address, device name). */
  readonly metadata?: SessionMetadata;
  readonly [name: string]: unknown;
}

export type SessionMetadata = Readonly<Record<string, string | number | boolean | null>>;

/** What a person logs in with: the application's own fields. */
export type Credentials = Readonly<Record<string, unknown>>;

/**
 * The application's users. A method that throws (or rejects) makes the operation answer `users_unavailable` (503), unless it throws
 * a `TokenError` of its own.
 */
export interface UserRepository<U extends User = User> {
  /** The user these credentials prove, or null. Takes the same time for an unknown user as for a wrong password. */
  authenticate(credentials: Credentials, context: CallContext): Promise<U | null> | U | null;
  /**
   * The user with this id (the decimal string where ids are numbers), or null. Where the service identifies users by another field than `id`, that is
   * `context.userIdField`, and the id is that field's value.
   */
  findById(id: string, context: CallContext): Promise<U | null> | U | null;
  /** Called after a login when `updateLastLogin` is set. */
  recordLogin?(user: U, at: NumericDate): Promise<void> | void;
}
