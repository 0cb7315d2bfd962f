import { ConfigError } from '../errors.ts';

/** Seconds since 1970-01-01T00:00:00Z (RFC 7519 section 2). */
export type NumericDate = number;

/** A length of time: seconds, or a whole number with a unit: `'30s'`, `'5m'`, `'12h'`, `'1d'`, `'2w'`. */
export type Duration = number | string;

/** A century: no duration is longer. */
const LONGEST_SECONDS = 36_525 * 86_400;

/** 9999-12-31T23:59:59Z: a later date is not a date any calendar holds, so tokens that name one are refused. */
export const LAST_NUMERIC_DATE: NumericDate = 253_402_300_799;

const SECONDS: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800],
]);

/** Whether a claim is a date to reckon with: a finite JSON number that a calendar holds. */
export function isNumericDate(value: unknown): value is NumericDate {
  return typeof value === 'number' && Number.isFinite(value) && value <= LAST_NUMERIC_DATE;
}

/** A duration option in whole seconds. Throws `ConfigError` when it is not finite, not within bounds or not understood. */
export function parseDuration(
  value: unknown,
  option: string,
  { minimum = 1, maximum = LONGEST_SECONDS }: { readonly minimum?: number; readonly maximum?: number } = {},
): number {
  const seconds = typeof value === 'string' ? secondsOf(value) : value;
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < minimum || seconds > maximum) {
    const upTo = maximum === LONGEST_SECONDS ? '' : ` and at most ${maximum}`;
    throw new ConfigError(
      'invalid_option',
      option,
      `${option} must be whole seconds of at least ${minimum}${upTo}, or a string such as '30s', '5m', '12h' or '1d'`,
    );
  }
  return seconds;
}

function secondsOf(text: string): number | undefined {
  const match = /^(\d{1,12})([smhdw])$/.exec(text);
  if (match === null) return undefined;
  const [, count, unit] = match;
  return Number(count) * (SECONDS.get(unit ?? '') ?? Number.NaN);
}
