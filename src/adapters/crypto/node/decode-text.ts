import { decodeBase64url } from '../../../domain/jose/base64url.ts';
import { decodeUtf8 } from '../../../domain/jose/json-object.ts';
import { SCRATCH_TOKEN_LENGTH, SCRATCH_TOKEN_ROOM, scratchBuffer } from './scratch.ts';
import { isStrictFrom } from './strict-base64url.ts';

/**
 * Base64url to text in one step, as strict as the domain's two (`bench/suites/pieces.mjs`: a third of the portable way). Node's decoder takes the low octet of a
 * character for the whole, so what is not known to be ASCII is looked at first.
 */
export function decodeText(segment: string, ascii: boolean): string | undefined {
  if (segment.length > SCRATCH_TOKEN_LENGTH) return decodePortably(segment);
  if (!ascii && scratch.utf8Write(segment, 0) !== segment.length) return undefined; // a foreign character takes more than one octet
  const length = scratch.base64urlWrite(segment, 0);
  if (!isStrictFrom(segment, 0, length)) return undefined;
  const text = scratch.utf8Slice(0, length);
  // octets that are not UTF-8 become U+FFFD, which may also be there by right
  return text.includes(REPLACEMENT) ? decodePortably(segment) : text;
}

function decodePortably(segment: string): string | undefined {
  const bytes = decodeBase64url(segment);
  return bytes && decodeUtf8(bytes);
}

const scratch = scratchBuffer(SCRATCH_TOKEN_ROOM);
const REPLACEMENT = '\uFFFD';
