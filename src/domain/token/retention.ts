import type { NumericDate } from '../claims/numeric-date.ts';

/** Seconds beyond its expiry for which a record is kept: what the clocks of several hosts may differ by. */
export const RETENTION_MARGIN_SECONDS = 60;

/** Until when a store must remember a token: a record that goes before its token would undo a revocation, so it is rounded up. */
export function retainUntil(exp: NumericDate, leewaySeconds: number): NumericDate {
  return Math.ceil(exp + leewaySeconds + RETENTION_MARGIN_SECONDS);
}
