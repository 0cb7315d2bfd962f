import { verify, type KeyObject } from 'node:crypto';

export interface Padding {
  readonly padding: number;
  readonly saltLength: number;
}

/** What `crypto.sign` and `crypto.verify` take in the place of a key. */
export type PaddedKey = KeyObject | ({ readonly key: KeyObject } & Padding);

/**
 * A key with its padding. Node reads `padding` and `saltLength` from the very object it is given as a key, so a KeyObject that has them of its
 * own does for the documented `{ key, padding, saltLength }`, which costs 13 us a call on Node 24 (`bench/suites/pieces.mjs`). No documentation
 * promises it, so this runtime is asked: a KeyObject whose two members are not read is left as it was, and the documented form is used. `key`
 * must be nobody else's.
 */
export function pssKey(key: KeyObject, { padding, saltLength }: Padding, verifyWith = verify): PaddedKey {
  const read = new Set<string>();
  const member = (name: string, value: number) => ({ configurable: true, get: () => (read.add(name), value) });
  Object.defineProperties(key, { padding: member('padding', padding), saltLength: member('saltLength', saltLength) });
  verifyWith('sha256', NOTHING, key, NOTHING);
  if (read.size === 2) return Object.defineProperties(key, { padding: { value: padding }, saltLength: { value: saltLength } });
  Reflect.deleteProperty(key, 'padding');
  Reflect.deleteProperty(key, 'saltLength');
  return { key, padding, saltLength };
}

const NOTHING = new Uint8Array();
