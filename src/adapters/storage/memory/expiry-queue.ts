import type { NumericDate } from '../../../domain/claims/numeric-date.ts';

/** Things to forget, the soonest first: a list for each second, and a binary heap of the seconds, which are far fewer. */
export class ExpiryQueue<T> {
  readonly #due = new Map<NumericDate, T[]>();
  readonly #seconds: NumericDate[] = [];

  push(at: NumericDate, item: T): void {
    const items = this.#due.get(at);
    if (items !== undefined) {
      items.push(item);
      return;
    }
    this.#due.set(at, [item]);
    this.#rise(at);
  }

  /** When the soonest item is due. */
  get soonest(): NumericDate {
    return this.#seconds[0] ?? Number.POSITIVE_INFINITY;
  }

  /** Takes one of the soonest items if their time has come. */
  takeDue(now: NumericDate): T | undefined {
    const { soonest } = this;
    if (soonest > now) return undefined;
    const items = this.#due.get(soonest) ?? [];
    const item = items.pop();
    if (items.length === 0) {
      this.#due.delete(soonest);
      const last = this.#seconds.pop();
      if (last !== undefined && this.#seconds.length > 0) this.#sink(last);
    }
    return item;
  }

  #rise(at: NumericDate): void {
    const heap = this.#seconds;
    let index = heap.length;
    while (index > 0) {
      const parent = heap[(index - 1) >> 1];
      if (parent === undefined || parent <= at) break;
      heap[index] = parent;
      index = (index - 1) >> 1;
    }
    heap[index] = at;
  }

  #sink(at: NumericDate): void {
    const heap = this.#seconds;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      let least = heap[child];
      if (least === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && right < least) {
        least = right;
        child++;
      }
      if (least >= at) break;
      heap[index] = least;
      index = child;
    }
    heap[index] = at;
  }
}
