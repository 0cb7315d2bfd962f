import { endsWithSecret } from '../constant-time.ts';

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

/** In constant time. */
export function fingerprintMatches(expected: string, claim: unknown): boolean {
  return typeof claim === 'string' && endsWithSecret(claim, 0, expected);
}

const UTF8 = new TextEncoder();
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).toUpperCase().padStart(2, '0'));
