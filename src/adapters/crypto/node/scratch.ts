/**
 * Buffer's own writers and readers, which take no encoding name to look up. Node has had them since its beginnings and uses them itself, but its
 * types leave them out.
 */
export interface FastBuffer extends Buffer {
  /** Octets written. Unlike `latin1Write`, which drops the high half of a character, so that a foreign one could pass for ASCII. */
  utf8Write(text: string, offset: number): number;
  base64urlWrite(text: string, offset: number): number;
  base64urlSlice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number): number; // only for text that is known to be ASCII
}

/** Memory of its own, outside the pool others slice from: what is written here stays here. */
export function scratchBuffer(length: number): FastBuffer {
  return Buffer.allocUnsafeSlow(length) as FastBuffer;
}

/** Tokens up to this many characters take the fast ways; longer ones the plain ones. It is the default of `maxTokenBytes`. */
export const SCRATCH_TOKEN_LENGTH = 8192;

/**
 * Room for such a token, and a little more: text that is not ASCII then never fills it to just the token's length, which is how its octets, cut off
 * at the end, could count as ASCII.
 */
export const SCRATCH_TOKEN_ROOM = SCRATCH_TOKEN_LENGTH + 8;

/** Views of the first octets of a buffer, made once each: `subarray` costs more than a hash block. */
export function prefixViews(buffer: Buffer): (length: number) => Buffer {
  const views = Array.from<Buffer | undefined>({ length: COMMON_LENGTHS });
  return (length) => (length < COMMON_LENGTHS ? (views[length] ??= buffer.subarray(0, length)) : buffer.subarray(0, length));
}

const COMMON_LENGTHS = 2048;
