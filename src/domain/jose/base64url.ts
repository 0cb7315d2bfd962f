/**
 * Reads base64url as RFC 7515 section 2 has it: RFC 4648 section 5 without padding, and nothing else. Padding, whitespace, foreign
 * characters, an impossible length and stray bits after the last octet answer undefined, so that one value has one spelling.
 */
export function decodeBase64url(text: string): Uint8Array | undefined {
  const tail = text.length % 4;
  if (tail === 1) return undefined;
  const whole = text.length - tail;
  const bytes = new Uint8Array((whole / 4) * 3 + (tail === 0 ? 0 : tail - 1));
  let at = 0;
  for (let i = 0; i < whole; i += 4) {
    const group = (sextet(text, i) << 18) | (sextet(text, i + 1) << 12) | (sextet(text, i + 2) << 6) | sextet(text, i + 3);
    if (group < 0) return undefined; // one foreign character (-1) makes the whole group negative
    bytes[at++] = group >> 16;
    bytes[at++] = group >> 8;
    bytes[at++] = group;
  }
  if (tail === 0) return bytes;
  const last = tail === 3 ? sextet(text, whole + 2) : 0;
  const group = (sextet(text, whole) << 18) | (sextet(text, whole + 1) << 12) | (last << 6);
  const strayBits = tail === 3 ? group & 0xff : group & 0xffff;
  if (group < 0 || strayBits !== 0) return undefined;
  bytes[at++] = group >> 16;
  if (tail === 3) bytes[at] = group >> 8;
  return bytes;
}

/** Whether `decodeBase64url` would take it. */
export function isBase64url(text: string): boolean {
  return ONLY_ALPHABET.test(text) && !hasStrayBits(text);
}

/** Whether a text of the alphabet says more than its octets: bits after the last of them, or a character too many. */
export function hasStrayBits(text: string): boolean {
  const left = text.length % 4;
  return left !== 0 && !(LAST_CHARACTERS[left] ?? '').includes(text.charAt(text.length - 1));
}

/** Writes octets as base64url without padding (RFC 7515 section 2). */
export function encodeBase64url(bytes: Uint8Array): string {
  const whole = bytes.length - (bytes.length % 3);
  let text = '';
  for (let i = 0; i < whole; i += 3) {
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += character(group >> 18) + character(group >> 12) + character(group >> 6) + character(group);
  }
  const left = bytes.length - whole;
  if (left === 0) return text;
  const group = ((bytes[whole] ?? 0) << 16) | ((bytes[whole + 1] ?? 0) << 8);
  text += character(group >> 18) + character(group >> 12);
  return left === 1 ? text : text + character(group >> 6);
}

function character(bits: number): string {
  return ALPHABET.charAt(bits & 63);
}

function sextet(text: string, index: number): number {
  return SEXTETS[text.charCodeAt(index)] ?? -1; // beyond the table: not ASCII
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const ONLY_ALPHABET = /^[A-Za-z0-9_-]*$/;
/** The last characters that leave no stray bits, by how many characters the last group has: none may stand alone. */
const LAST_CHARACTERS = ['', '', 'AQgw', 'AEIMQUYcgkosw048'];

/** The six bits of each ASCII character of the alphabet, -1 of any other. */
export const SEXTETS = new Int8Array(128).fill(-1);
for (let value = 0; value < ALPHABET.length; value += 1) SEXTETS[ALPHABET.charCodeAt(value)] = value;
