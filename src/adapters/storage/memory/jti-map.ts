import type { Jti } from '../../../domain/token/token-id.ts';
import { readJtiKey } from '../../../domain/token/jti-key.ts';

/** An entry holds its own id, and its place in the map. */
export interface JtiMapEntry<Entry> {
  readonly token: { readonly jti: Jti };
  /** 32 bits that stand for the id. */
  key: number;
  /** The next entry of the same chain. */
  next: Entry | undefined;
}

/**
 * Entries by id: chains of entries, found by 32 bits that are read from the digits of an id. A Map must hash each id that it has not met, and
 * every id of a refresh is one: V8 14 takes longer for that than for all else a Map does (`bench/` compares the two). Ids of another form
 * than 32 lower-case hex characters are left to a Map. Two ids are one only if all their characters are.
 */
export class JtiMap<Entry extends JtiMapEntry<Entry>> {
  #chains: (Entry | undefined)[] = freeChains(FEWEST_CHAINS);
  /** How far to shift a key of 32 bits so that it chooses a chain. */
  #shift = 32 - Math.log2(FEWEST_CHAINS);
  #chained = 0;
  readonly #others = new Map<Jti, Entry>();

  get size(): number {
    return this.#chained + this.#others.size;
  }

  get(jti: Jti): Entry | undefined {
    if (!readJtiKey(jti, KEY)) return this.#others.get(jti);
    return this.#find(KEY[0] ?? 0, jti);
  }

  /** Puts an entry in, in the place of one with the same id. */
  set(entry: Entry): void {
    const { jti } = entry.token;
    if (!readJtiKey(jti, KEY)) {
      this.#others.set(jti, entry);
      return;
    }
    entry.key = KEY[0] ?? 0;
    const same = this.#find(entry.key, jti);
    if (same !== undefined) this.delete(same);
    if (this.#chained === this.#chains.length) this.#grow();
    this.#link(entry);
    this.#chained++;
  }

  /** Takes out this very entry; answers whether it was in. */
  delete(entry: Entry): boolean {
    const { jti } = entry.token;
    if (this.#others.size > 0 && this.#others.get(jti) === entry) return this.#others.delete(jti);
    const chain = entry.key >>> this.#shift;
    let before: Entry | undefined;
    let there = this.#chains[chain];
    while (there !== undefined && there !== entry) {
      before = there;
      there = there.next;
    }
    if (there === undefined) return false;
    if (before === undefined) this.#chains[chain] = entry.next;
    else before.next = entry.next;
    this.#chained--;
    return true;
  }

  #find(key: number, jti: Jti): Entry | undefined {
    let entry = this.#chains[key >>> this.#shift];
    while (entry !== undefined && !(entry.key === key && entry.token.jti === jti)) entry = entry.next;
    return entry;
  }

  #link(entry: Entry): void {
    const chain = entry.key >>> this.#shift;
    entry.next = this.#chains[chain];
    this.#chains[chain] = entry;
  }

  #grow(): void {
    const chains = this.#chains;
    this.#chains = freeChains(2 * chains.length);
    this.#shift--;
    for (const first of chains) {
      let entry = first;
      while (entry !== undefined) {
        const { next } = entry;
        this.#link(entry);
        entry = next;
      }
    }
  }
}

function freeChains(count: number): undefined[] {
  return Array.from({ length: count }, () => undefined);
}

const FEWEST_CHAINS = 16;

/** The key of the id at hand, so that a look-up allocates nothing. */
const KEY = new Int32Array(2);
