/**
 * Writes the 64 bits that stand for an id of 32 lower-case hex characters, the form this library and Simple JWT mint; answers whether it is
 * one. Half of the id is mixed into the other rather than cut off, so that ids which begin with a date or end in a counter stay apart
 * too. Every character is looked at: whatever else is 32 characters long has no key.
 */
export function readJtiKey(jti: string, key: Int32Array): boolean {
  if (jti.length !== 32) return false;
  let [a, b, c, d, seen] = [0, 0, 0, 0, 0];
  for (let at = 0; at < 8; at++) {
    const first = DIGITS[codeAt(jti, at)] ?? NO_DIGIT;
    const second = DIGITS[codeAt(jti, at + 8)] ?? NO_DIGIT;
    const third = DIGITS[codeAt(jti, at + 16)] ?? NO_DIGIT;
    const fourth = DIGITS[codeAt(jti, at + 24)] ?? NO_DIGIT;
    a = (a << 4) | first;
    b = (b << 4) | second;
    c = (c << 4) | third;
    d = (d << 4) | fourth;
    seen |= first | second | third | fourth;
  }
  const low = b ^ Math.imul(d, SPREAD);
  // a multiplication by an odd number is one to one: these lose nothing, and scatter what only counts
  key[0] = Math.imul(a ^ Math.imul(c, SPREAD) ^ Math.imul(low, SCATTER), SPREAD);
  key[1] = low;
  return seen < NO_DIGIT;
}

/**
 * Through the prototype: looked up in the string itself it is ten times slower where strings of many kinds were met (V8 tells apart those that were cut,
 * joined, parsed and interned).
 */
function codeAt(text: string, at: number): number {
  return String.prototype.charCodeAt.call(text, at);
}

const NO_DIGIT = 16;

/** By UTF-16 code unit, every one of them, so that no character is out of range; only the lines of the digits are ever in a cache. */
const DIGITS = new Uint8Array(65_536).fill(NO_DIGIT);
for (let digit = 0; digit < 16; digit++) DIGITS[digit.toString(16).charCodeAt(0)] = digit;

/** 2^32 over the golden ratio, made odd. */
const SPREAD = 0x9e3779b1;
/** Another odd number, so that the first does not undo itself. */
const SCATTER = 0x85ebca6b;
