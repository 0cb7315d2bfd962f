import { refuse, type Refusal } from '../errors.ts';
import { encodeBase64url } from './base64url.ts';

/** The three segments of a JWS Compact Serialization (RFC 7515 section 3.1), still encoded, and what the signature covers. */
export interface CompactJws {
  readonly ok: true;
  readonly protectedHeader: string;
  readonly payload: string;
  readonly signature: string;
  /** RFC 7515 section 5.2: the token's own text up to its second dot. */
  readonly signingInput: string;
}

/**
 * Cuts a token at its two dots. The length (a compact serialization is ASCII, so characters are bytes) is checked before anything is
 * scanned. The segments are not decoded yet: `decodeBase64url` refuses what is not strictly base64url.
 */
export function splitCompact(token: unknown, maxBytes: number): CompactJws | Refusal {
  if (typeof token !== 'string' || token.length > maxBytes) return MALFORMED;
  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  if (first < 1 || second === -1 || token.includes('.', second + 1)) return MALFORMED;
  return {
    ok: true,
    protectedHeader: token.slice(0, first),
    payload: token.slice(first + 1, second),
    signature: token.slice(second + 1),
    signingInput: token.slice(0, second),
  };
}

/** The compact serialization of a signing input and its signature. */
export function joinCompact(signingInput: string, signature: Uint8Array): string {
  return `${signingInput}.${encodeBase64url(signature)}`;
}

/**
 * The octets of a signing input, ASCII(...) in RFC 7515 section 5. As UTF-8, so that a foreign character becomes octets that no ASCII
 * text has: cut down to one octet each, it could pass for another.
 */
export function asciiBytes(signingInput: string): Uint8Array {
  return UTF8.encode(signingInput);
}

const UTF8 = new TextEncoder();
const MALFORMED = refuse('malformed');
