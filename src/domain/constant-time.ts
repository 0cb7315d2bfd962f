/**
 * Whether a text is `expected` from `start` to its end. Looks at every character whatever it finds, so that time tells nothing about how alike two
 * secrets are.
 */
export function endsWithSecret(text: string, start: number, expected: string): boolean {
  if (text.length - start !== expected.length) return false;
  let difference = 0;
  for (let index = 0; index < expected.length; index++) difference |= text.charCodeAt(start + index) ^ expected.charCodeAt(index);
  return difference === 0;
}

/** Whether two secrets are the same octets; in the same way. */
export function sameSecret(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let index = 0; index < a.length; index++) difference |= (a[index] ?? 0) ^ (b[index] ?? 0);
  return difference === 0;
}
