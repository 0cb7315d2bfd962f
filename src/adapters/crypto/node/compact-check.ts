import { prefixViews, SCRATCH_TOKEN_LENGTH, SCRATCH_TOKEN_ROOM, scratchBuffer } from './scratch.ts';

/**
 * A way in for compact tokens over any check of octets: text goes to memory that is there already, so that a verification allocates nothing but
 * its answer. The signature is encoded again and must be what the token has: Node's decoder forgives too much. Undefined for a token that is
 * too long for this way.
 */
export function createCompactCheck(
  signatureLength: number,
  matches: (data: Uint8Array, signature: Uint8Array) => boolean,
): (token: string, lastDot: number) => boolean | undefined {
  const encodedLength = Math.ceil((signatureLength * 4) / 3);
  const room = scratchBuffer(signatureLength + 3);
  const signature = room.subarray(0, signatureLength);

  return function checkCompact(token, lastDot) {
    if (token.length > SCRATCH_TOKEN_LENGTH) return undefined;
    const encoded = token.slice(lastDot + 1);
    if (encoded.length !== encodedLength || room.base64urlWrite(encoded, 0) !== signatureLength) return false;
    if (room.base64urlSlice(0, signatureLength) !== encoded) return false;
    // a foreign character takes more than one octet: then the token is not ASCII
    return input.utf8Write(token, 0) === token.length && matches(inputUpTo(lastDot), signature);
  };
}

/** One for all keys: nothing awaits between the write and the check. */
const input = scratchBuffer(SCRATCH_TOKEN_ROOM);
const inputUpTo = prefixViews(input);
