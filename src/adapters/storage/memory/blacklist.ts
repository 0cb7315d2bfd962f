import type { NumericDate } from '../../../domain/claims/numeric-date.ts';
import { readJtiKey } from '../../../domain/token/jti-key.ts';
import { JtiTable } from '../../../domain/token/jti-table.ts';

/**
 * Ids of revoked tokens, each with the time until which it is kept. An id of 32 lower-case hex characters counts by 64 bits of its 128: random
 * ids are taken for one another with a probability of N / 2^64 a check, 5e-14 at a million entries, and then a good token is refused,
 * never a revoked one let in. Nobody can aim at it: only ids of tokens whose signature held are asked about. Ids of any other form are
 * kept as they are.
 */
export class Blacklist {
  readonly #table = new JtiTable();
  readonly #others = new Map<string, NumericDate>();
  #soonestOther: NumericDate = Infinity;
  #purgedUntil: NumericDate = 0;

  get size(): number {
    return this.#table.size + this.#others.size;
  }

  /** What was to be kept until then at most may be gone. */
  get purgedUntil(): NumericDate {
    return this.#purgedUntil;
  }

  has(jti: string): boolean {
    return readJtiKey(jti, KEY) ? this.#table.has(KEY) : this.#others.has(jti);
  }

  /** Keeps an id until then, or longer if it was to be kept longer. */
  add(jti: string, until: NumericDate, now: NumericDate): void {
    if (this.#table.full) this.purge(now);
    if (readJtiKey(jti, KEY)) return this.#table.add(KEY, until, now);
    this.#others.set(jti, Math.max(until, this.#others.get(jti) ?? until));
    this.#soonestOther = Math.min(this.#soonestOther, until);
  }

  /** Forgets what was to be kept until `time` at most; answers how many went. */
  purge(time: NumericDate): number {
    const count = this.#table.purge(time) + this.#purgeOthers(time);
    if (count > 0) this.#purgedUntil = Math.max(this.#purgedUntil, time);
    return count;
  }

  #purgeOthers(time: NumericDate): number {
    if (!(time >= this.#soonestOther)) return 0;
    const size = this.#others.size;
    this.#soonestOther = Infinity;
    for (const [jti, until] of this.#others) {
      if (until <= time) this.#others.delete(jti);
      else this.#soonestOther = Math.min(this.#soonestOther, until);
    }
    return size - this.#others.size;
  }
}

/** The key of the id at hand, so that a check allocates nothing. */
const KEY = new Int32Array(2);
