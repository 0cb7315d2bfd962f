import { decodeBase64url, hasStrayBits } from '../../../domain/jose/base64url.ts';
import { decodeUtf8 } from '../../../domain/jose/json-object.ts';
import { decodeOctets } from './decode-octets.ts';
import { SCRATCH_TOKEN_LENGTH, SCRATCH_TOKEN_ROOM, scratchBuffer } from './scratch.ts';

/**
 * Base64url to text in one step, as strict as the domain's two (`bench/suites/pieces.mjs`: a third of the portable way). A segment that is known
 * to be ASCII had its MAC checked; before any other a dear signature may follow, for which see `decode-octets.ts`.
 */
export function decodeText(segment: string, ascii: boolean): string | undefined {
  if (segment.length > SCRATCH_TOKEN_LENGTH) return decodePortably(segment);
  const length = ascii ? decodeAscii(segment) : decodeOctets(input, 0, input.utf8Write(segment, 0), scratch);
  if (length === -1) return undefined;
  const text = scratch.utf8Slice(0, length);
  // octets that are not UTF-8 become U+FFFD, which may also be there by right
  return text.includes(REPLACEMENT) ? decodePortably(segment) : text;
}

/**
 * By Node's decoder, which takes the low octet of a character for the whole, skips what is not of the alphabet (so that the octets are fewer),
 * takes the other alphabet too, and ignores stray bits.
 */
function decodeAscii(segment: string): number {
  const length = scratch.base64urlWrite(segment, 0);
  const strict =
    length === (segment.length * 3) >> 2 && !segment.includes('+') && !segment.includes('/') && !hasStrayBits(segment);
  return strict ? length : -1;
}

function decodePortably(segment: string): string | undefined {
  const bytes = decodeBase64url(segment);
  return bytes && decodeUtf8(bytes);
}

const input = scratchBuffer(SCRATCH_TOKEN_ROOM);
const scratch = scratchBuffer(SCRATCH_TOKEN_LENGTH);
const REPLACEMENT = '\uFFFD';
