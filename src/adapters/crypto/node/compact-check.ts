import { prefixViews, SCRATCH_TOKEN_LENGTH, SCRATCH_TOKEN_ROOM, scratchBuffer } from './scratch.ts';
import { decodeOctets } from './decode-octets.ts';

/**
 * A way in for compact tokens over any check of octets: text goes to memory that is there already, so that a verification allocates nothing but
 * its answer. Undefined for a token that is too long for this way.
 */
export function createCompactCheck(
  signatureLength: number,
  matches: (data: Uint8Array, signature: Uint8Array) => boolean,
): (token: string, lastDot: number) => boolean | undefined {
  const encodedLength = Math.ceil((signatureLength * 4) / 3);
  const signature = scratchBuffer(signatureLength);

  return function checkCompact(token, lastDot) {
    if (token.length > SCRATCH_TOKEN_LENGTH) return undefined;
    const start = lastDot + 1;
    if (token.length - start !== encodedLength) return false;
    // a foreign character takes more than one octet: then the token is not ASCII
    if (input.utf8Write(token, 0) !== token.length) return false;
    return decodeOctets(input, start, token.length, signature) === signatureLength && matches(inputUpTo(lastDot), signature);
  };
}

/** One for all keys: nothing awaits between the write and the check. */
const input = scratchBuffer(SCRATCH_TOKEN_ROOM);
const inputUpTo = prefixViews(input);
