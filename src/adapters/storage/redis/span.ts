import type { NumericDate } from '../../../domain/claims/numeric-date.ts';

/**
 * A family may go the short way of a rotation for a span of time at once, and goes the whole way at least once in each. The first character of its
 * name sets when its spans begin, so that not all families go the whole way in the same minutes.
 */
export const SPAN_SECONDS = 10_000;

/** By how much later a span begins for each step in character codes: the golden section, which sets neighbours far apart. */
const STAGGER_SECONDS = 6180;

/** The span of a family that a time is of, and when it ends; the family is named as in a field, by ASCII alone. */
export function spanOf(time: NumericDate, family: string): { readonly number: number; readonly ends: NumericDate } {
  const shift = family.charCodeAt(0) * STAGGER_SECONDS;
  const number = Math.floor((time + shift) / SPAN_SECONDS);
  return { number, ends: (number + 1) * SPAN_SECONDS - shift };
}

/** The same in a script, of a field that begins with one letter of its own. */
export const SPAN_OF = `
local function spanOf(time, field)
  local shift = (string.byte(field, 2) or 0) * ${STAGGER_SECONDS}
  local number = math.floor((time + shift) / ${SPAN_SECONDS})
  return number, (number + 1) * ${SPAN_SECONDS} - shift
end
`;
