import type { NumericDate } from '../domain/claims/numeric-date.ts';

/** The time now, in seconds since the epoch. A use-case reads it once. */
export type Clock = () => NumericDate;
