import type { IdKey } from './id-key.ts';

/**
 * Ids that were met of late: each is remembered for `seconds` at least, and for twice that at most, unless too many others come. Of an id as this library
 * mints them 62 bits lie in one of eight places beside each other, so that a look-up is one look into memory: one that was never met is taken for one that
 * was with a probability of 4e-13 where a million were. All others are kept exactly.
 */
export class RecentIds {
  /** Two halves an id; the last two bits of the second tell its generation, and are 0 where the place is free. */
  #places = new Int32Array(2 * FEWEST);
  #shift = shiftOf(FEWEST);
  #size = 0;
  #generation = 1;
  #young = new Set<string>();
  #old = new Set<string>();
  #turnedAt: number;
  readonly #seconds: number;
  readonly #most: number;

  /** `most` is rounded up to a power of two. Times are in seconds, by a clock that nobody sets. */
  constructor(seconds: number, most: number, now: number) {
    this.#seconds = seconds;
    this.#most = most;
    this.#turnedAt = now;
  }

  get size(): number {
    return this.#size + this.#young.size + this.#old.size;
  }

  has({ id, minted, bits }: IdKey, now: number): boolean {
    if (now - this.#turnedAt >= this.#seconds) this.#turn(now);
    return minted ? this.#find(bits) >= 0 : this.#young.has(id) || this.#old.has(id);
  }

  add({ id, minted, bits }: IdKey, now: number): void {
    if (now - this.#turnedAt >= this.#seconds) this.#turn(now);
    if (minted) {
      if (this.#size >= this.#places.length * MOST_LOAD && this.#places.length < 4 * this.#most) this.#grow();
      this.#put(bits[0] ?? 0, ((bits[1] ?? 0) & ~GENERATION) | this.#generation);
    } else {
      this.#young.add(id);
      if (this.#young.size * 2 > this.#most) [this.#old, this.#young] = [this.#young, new Set()];
    }
  }

  delete({ id, minted, bits }: IdKey): void {
    if (minted) {
      const found = this.#find(bits);
      if (found < 0) return;
      this.#places[found + 1] = 0;
      this.#size--;
    } else {
      this.#young.delete(id);
      this.#old.delete(id);
    }
  }

  #find(bits: Int32Array): number {
    const [places, high, low] = [this.#places, bits[0] ?? 0, bits[1] ?? 0];
    const first = (high >>> this.#shift) * PLACES;
    for (let at = first; at < first + PLACES; at += 2) {
      const second = places[at + 1] ?? 0;
      if (places[at] === high && ((second ^ low) & ~GENERATION) === 0 && (second & GENERATION) !== 0) return at;
    }
    return -1;
  }

  /** In the place of itself, of nobody, of one that is older, or of whoever comes first. */
  #put(high: number, low: number): void {
    const places = this.#places;
    const first = (high >>> this.#shift) * PLACES;
    let [place, rank] = [first, 0];
    for (let at = first; at < first + PLACES; at += 2) {
      const second = places[at + 1] ?? 0;
      const generation = second & GENERATION;
      const same = generation !== 0 && places[at] === high && ((second ^ low) & ~GENERATION) === 0;
      const better = same ? 3 : generation === 0 ? 2 : generation !== (low & GENERATION) ? 1 : 0;
      if (better > rank) [place, rank] = [at, better];
    }
    if (rank === 2) this.#size++;
    places[place] = high;
    places[place + 1] = low;
  }

  #grow(): void {
    const before = this.#places;
    this.#places = new Int32Array(2 * before.length);
    this.#shift--;
    this.#size = 0;
    for (let at = 0; at < before.length; at += 2) {
      const second = before[at + 1] ?? 0;
      if ((second & GENERATION) !== 0) this.#put(before[at] ?? 0, second);
    }
  }

  /** What is of the generation before this one goes. */
  #turn(now: number): void {
    const gone = now - this.#turnedAt >= 2 * this.#seconds ? GENERATION : GENERATION ^ this.#generation;
    for (let at = 1; at < this.#places.length; at += 2) {
      if (((this.#places[at] ?? 0) & gone) === 0) continue;
      this.#places[at] = 0;
      this.#size--;
    }
    this.#old = gone === GENERATION ? new Set() : this.#young;
    this.#young = new Set();
    this.#generation ^= GENERATION;
    this.#turnedAt = now;
  }
}

/** So that a half of 32 bits chooses one of as many groups of eight. */
function shiftOf(places: number): number {
  return 32 - Math.log2((2 * places) / PLACES);
}

const FEWEST = 1024;
/** Halves of eight ids: a line of the processor's cache. */
const PLACES = 16;
/** Three eighths of the places, each of two halves: of a thousand ids a few find their group full. */
const MOST_LOAD = 3 / 16;
/** Two bits, of which each stands for one. */
const GENERATION = 3;
