import type { CallOptions } from '../../../ports/crypto-provider.ts';
import { EPOCHS, idOf } from './documents.ts';
import type { Facts } from './facts.ts';
import { answered } from './failure.ts';

/**
 * Counts by inserting the next number: of several that would take one, one does. Numbers that were passed are removed, except the last few; whoever
 * then took one of these finds a higher one and takes the next.
 */
export class Epochs {
  readonly #facts: Facts;
  #raising: Promise<number> | undefined;
  #waiting: Promise<number> | undefined;

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  async newest(options: CallOptions): Promise<number> {
    const [highest] = await this.#facts.read({ _id: EPOCHS }, options, { sort: { _id: -1 }, limit: 1 });
    return highest === undefined ? 0 : Number(highest._id.slice('n:'.length));
  }

  /** A number that nobody read before this was called. Calls that wait at the same time share one. */
  async raise(options: CallOptions): Promise<number> {
    if (this.#raising === undefined) return answered(this.#begin(), options);
    this.#waiting ??= this.#raising.catch(() => 0).then(() => this.#begin());
    return answered(this.#waiting, options);
  }

  #begin(): Promise<number> {
    this.#waiting = undefined;
    const raising = this.#take().finally(() => (this.#raising = undefined));
    this.#raising = raising;
    return raising;
  }

  /** For all who wait, so without the signal of any. */
  async #take(): Promise<number> {
    for (;;) {
      const next = (await this.newest({})) + 1;
      const taken = await this.#facts.add([{ _id: idOf.epoch(next) }], 'first', {});
      if (taken.size > 0 || (await this.newest({})) !== next) continue;
      if (next % KEPT === 0) await this.#facts.remove({ _id: { ...EPOCHS, $lt: idOf.epoch(next - KEPT) } }, {});
      return next;
    }
  }
}

const KEPT = 64;
