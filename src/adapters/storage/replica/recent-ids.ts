import { Blacklist } from '../../../domain/token/blacklist.ts';

/**
 * Ids that were met of late: each is remembered for `seconds` at least, unless more than `most` come meanwhile, and for twice that at most. Two
 * generations, of which the older goes as a whole: nothing is ever searched for what has expired.
 */
export class RecentIds {
  #young = new Blacklist();
  #old = new Blacklist();
  #turnedAt: number;
  readonly #seconds: number;
  readonly #most: number;

  constructor(seconds: number, most: number, now: number) {
    this.#seconds = seconds;
    this.#most = most;
    this.#turnedAt = now;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  has(id: string, now: number): boolean {
    if (now - this.#turnedAt >= this.#seconds) this.#turn(now);
    return this.#young.has(id) || (this.#old.size > 0 && this.#old.has(id));
  }

  /** `now` in seconds, by a clock that nobody sets. */
  add(id: string, now: number): void {
    if (this.#young.size * 2 >= this.#most || now - this.#turnedAt >= this.#seconds) this.#turn(now);
    this.#young.add(id, Infinity, 0);
  }

  #turn(now: number): void {
    this.#old = now - this.#turnedAt >= 2 * this.#seconds ? new Blacklist() : this.#young;
    this.#young = new Blacklist();
    this.#turnedAt = now;
  }
}
