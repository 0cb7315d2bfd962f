/**
 * Writes the 64 bits that stand for an id of 32 lower-case hex characters, the form this library and Simple JWT mint; answers whether it is
 * one. The two halves of the id are laid over each other rather than one cut off, so that ids which begin with a date or end in a counter
 * stay apart too. Every character is looked at: whatever else is 32 characters long has no key.
 */
export function readJtiKey(jti: string, key: Int32Array): boolean {
  if (jti.length !== 32) return false;
  let [high, low, seen] = [0, 0, 0];
  for (let at = 0; at < 8; at++) {
    const a = DIGITS[jti.charCodeAt(at)] ?? NO_DIGIT;
    const b = DIGITS[jti.charCodeAt(at + 8)] ?? NO_DIGIT;
    const c = DIGITS[jti.charCodeAt(at + 16)] ?? NO_DIGIT;
    const d = DIGITS[jti.charCodeAt(at + 24)] ?? NO_DIGIT;
    high = (high << 4) | (a ^ c);
    low = (low << 4) | (b ^ d);
    seen |= a | b | c | d;
  }
  key[0] = Math.imul(high ^ Math.imul(low, SPREAD), SPREAD); // one to one for each `low`, so this loses nothing and makes a counter random
  key[1] = low;
  return seen < NO_DIGIT;
}

const NO_DIGIT = 16;

/** By UTF-16 code unit, every one of them, so that no character is out of range; only the lines of the digits are ever in a cache. */
const DIGITS = new Uint8Array(65_536).fill(NO_DIGIT);
for (let digit = 0; digit < 16; digit++) DIGITS[digit.toString(16).charCodeAt(0)] = digit;

/** 2^32 over the golden ratio, made odd. */
const SPREAD = 0x9e3779b1;
