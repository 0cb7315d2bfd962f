/**
 * The fingerprint of a credential: a claim that ties a token to the user's current password. Keyed, so that the readable claim does
 * not tell two users with one password apart from two without, and cannot be tried against guesses.
 */
export function fingerprintInput(credential: string): Uint8Array {
  return UTF8.encode(`simplejwt credential\0${credential}`);
}

/** Upper-case hex, as Simple JWT writes its hash. */
export function fingerprintText(mac: Uint8Array): string {
  let text = '';
  for (const byte of mac) text += HEX[byte] ?? '';
  return text;
}

/** Compares without leaving early, so that time tells nothing about where two fingerprints differ. */
export function fingerprintMatches(expected: string, claim: unknown): boolean {
  if (typeof claim !== 'string' || claim.length !== expected.length) return false;
  let difference = 0;
  for (let index = 0; index < expected.length; index++) difference |= expected.charCodeAt(index) ^ claim.charCodeAt(index);
  return difference === 0;
}

const UTF8 = new TextEncoder();
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).toUpperCase().padStart(2, '0'));
