/**
 * An identifier as keys and scripts hold it: percent-encoded, so that it holds no separator and no two are one. What random identifiers are made of
 * stays as it is.
 */
export function encodeId(id: string): string {
  return PLAIN.test(id) ? id : encodeURIComponent(id);
}

/** What encodeURIComponent leaves alone. */
const PLAIN = /^[\w.!~*'()-]+$/;
