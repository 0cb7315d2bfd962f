import { createHash } from 'node:crypto';

/**
 * @typedef {{ octets(length: number): Buffer, below(limit: number): number, pick<T>(list: readonly T[]): T }} Random
 */

/**
 * Chance that repeats itself: the same seed, the same octets.
 *
 * @param {string} seed
 * @returns {Random}
 */
export function seeded(seed) {
  let drawn = 0;
  const octets = (length) =>
    length === 0 ? Buffer.alloc(0) : createHash('shake256', { outputLength: length }).update(`${seed}/${drawn++}`).digest();
  const below = (limit) => octets(6).readUIntBE(0, 6) % limit;
  return { octets, below, pick: (list) => list[below(list.length)] };
}
