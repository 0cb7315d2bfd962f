import { hasStrayBits } from '../../../domain/jose/base64url.ts';

/**
 * Whether the ASCII text from `start` on, of which Node's decoder made `length` octets, is strict base64url. The decoder skips what is not of the alphabet,
 * which makes the octets fewer; it also takes the other alphabet, and ignores stray bits.
 */
export function isStrictFrom(text: string, start: number, length: number): boolean {
  const expected = ((text.length - start) * 3) >> 2;
  return length === expected && text.indexOf('+', start) === -1 && text.indexOf('/', start) === -1 && !hasStrayBits(text, start);
}
