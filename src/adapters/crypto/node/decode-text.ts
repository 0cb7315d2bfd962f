import { decodeBase64url, hasStrayBits } from '../../../domain/jose/base64url.ts';
import { decodeUtf8 } from '../../../domain/jose/json-object.ts';
import { SCRATCH_TOKEN_LENGTH, scratchBuffer } from './scratch.ts';

/**
 * Base64url to text in one step, as strict as the domain's two: Node's decoder skips foreign characters, takes the other alphabet and ignores
 * stray bits (`bench/suites/pieces.mjs`: a third of the portable way). It also takes the low octet of a character for the whole, so the short way to strictness is
 * for ASCII alone; anything else is encoded again and must be what was given.
 */
export function decodeText(segment: string, ascii: boolean): string | undefined {
  if (segment.length > SCRATCH_TOKEN_LENGTH) return decodePortably(segment);
  const length = scratch.base64urlWrite(segment, 0);
  const strict = ascii ? isStrict(segment, length) : scratch.base64urlSlice(0, length) === segment;
  if (!strict) return undefined;
  const text = scratch.utf8Slice(0, length);
  // octets that are not UTF-8 become U+FFFD, which may also be there by right
  return text.includes(REPLACEMENT) ? decodePortably(segment) : text;
}

/** Each character that the decoder skipped makes the octets fewer. */
function isStrict(segment: string, length: number): boolean {
  const expected = (segment.length * 3) >> 2;
  return length === expected && !segment.includes('+') && !segment.includes('/') && !hasStrayBits(segment);
}

function decodePortably(segment: string): string | undefined {
  const bytes = decodeBase64url(segment);
  return bytes && decodeUtf8(bytes);
}

const scratch = scratchBuffer(SCRATCH_TOKEN_LENGTH);
const REPLACEMENT = '\uFFFD';
