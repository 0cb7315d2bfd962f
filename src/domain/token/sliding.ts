import type { NumericDate } from '../claims/numeric-date.ts';

/** Whether a sliding token can no longer be renewed: on `refresh_exp` it is too late, as with `exp`. */
export function slidingWindowClosed(refreshExp: NumericDate, now: NumericDate, leewaySeconds: number): boolean {
  return refreshExp <= now - leewaySeconds;
}

/** The `exp` of a renewed sliding token: one lifetime from now, never past `refresh_exp`. */
export function slidingExpiry(now: NumericDate, lifetimeSeconds: number, refreshExp: NumericDate): NumericDate {
  return Math.min(now + lifetimeSeconds, refreshExp);
}
