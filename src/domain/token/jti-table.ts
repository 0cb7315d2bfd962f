import type { NumericDate } from '../claims/numeric-date.ts';

/**
 * Keys of 64 bits, each with the second until which it is kept: open addressing over three flat arrays, 13 bytes a slot and nothing for the
 * garbage collector to trace. A byte of each key lies apart, so that a search that finds nothing, which is what nearly every access check
 * is, seldom leaves the processor's cache (`bench/` compares it with a Map).
 */
export class JtiTable {
  /** 0 where the slot is free. */
  #tags = new Uint8Array(0);
  #keys = new Int32Array(0);
  /** Seconds after `#since`; 0 where the slot is free. */
  #ends = new Uint32Array(0);
  #size = 0;
  #since: NumericDate = 0;
  #soonest = FOR_EVER;

  get size(): number {
    return this.#size;
  }

  /** Whether the next key may need more slots. */
  get full(): boolean {
    return this.#size >= Math.floor(this.#tags.length * MOST_LOAD);
  }

  get byteLength(): number {
    return this.#tags.byteLength + this.#keys.byteLength + this.#ends.byteLength;
  }

  has(key: Int32Array): boolean {
    return this.#size > 0 && this.#find(key[0] ?? 0, key[1] ?? 0) >= 0;
  }

  /** Keeps a key until then, or longer if it was to be kept longer. */
  add(key: Int32Array, until: NumericDate, now: NumericDate): void {
    if (this.full) this.#rebuild(0);
    if (this.#size === 0) this.#since = Math.floor(now) - 1; // 32 bits of seconds reach 136 years on, whatever the year
    const left = Math.ceil(until) - this.#since;
    const end = left < FOR_EVER ? Math.max(left, 1) : FOR_EVER;
    const [high = 0, low = 0] = key;
    const found = this.#find(high, low);
    if (found >= 0) this.#ends[found] = Math.max(this.#ends[found] ?? 0, end);
    else this.#put(~found, high, low, end);
  }

  /** Forgets what was to be kept until `time` at most; answers how many went. It looks through all slots, if any is due. */
  purge(time: NumericDate): number {
    const elapsed = time - this.#since;
    return this.#size > 0 && elapsed >= this.#soonest ? this.#rebuild(elapsed) : 0;
  }

  /** The slot of a key, or the complement of the free slot it would take. */
  #find(high: number, low: number): number {
    const tags = this.#tags;
    const keys = this.#keys;
    const tag = tagOf(low);
    // high / 2^32 of the way through the slots: any number of slots will do, and those of a rebuilt table are filled in order
    let slot = ((high >>> 0) * tags.length * 2 ** -32) >>> 0;
    for (;;) {
      const there = tags[slot];
      if (there === tag && keys[2 * slot] === high && keys[2 * slot + 1] === low) return slot;
      if (there === 0) return ~slot;
      slot = slot + 1 === tags.length ? 0 : slot + 1;
    }
  }

  #put(slot: number, high: number, low: number, end: number): void {
    this.#tags[slot] = tagOf(low);
    this.#keys[2 * slot] = high;
    this.#keys[2 * slot + 1] = low;
    this.#ends[slot] = end;
    this.#size++;
    this.#soonest = Math.min(this.#soonest, end);
  }

  /** Moves what stays to new arrays, with slots enough that the next rebuild is at least a quarter of the table away. */
  #rebuild(elapsed: number): number {
    const [keys, ends, size] = [this.#keys, this.#ends, this.#size];
    const over = Math.min(Math.max(elapsed, 0), FOR_EVER - 1);
    let live = 0;
    for (let slot = 0; slot < ends.length; slot++) live += Number((ends[slot] ?? 0) > over);
    let slots = FEWEST_SLOTS;
    while (live >= slots * MOST_LOAD * 0.75) slots *= 2;
    [this.#tags, this.#keys, this.#ends] = [new Uint8Array(slots), new Int32Array(2 * slots), new Uint32Array(slots)];
    [this.#size, this.#soonest] = [0, FOR_EVER];
    for (let slot = 0; slot < ends.length; slot++) {
      const end = ends[slot] ?? 0;
      if (end <= over) continue;
      const [high, low] = [keys[2 * slot] ?? 0, keys[2 * slot + 1] ?? 0];
      this.#put(~this.#find(high, low), high, low, end);
    }
    return size - live;
  }
}

/** Of the half of the key that does not choose the slot. */
function tagOf(low: number): number {
  return low & 255 || 1;
}

const MOST_LOAD = 0.7;

/** Doubled, it comes to 1,966,080: a million keys at half load, 26 bytes each. */
const FEWEST_SLOTS = 15;

/** The last value of 32 bits: what is to be kept longer than they reach is kept as long as the table. */
const FOR_EVER = 0xffff_ffff;
