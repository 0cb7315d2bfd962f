import type { NumericDate } from '../../domain/claims/numeric-date.ts';

/** A binary heap of things to forget, the soonest first. */
export class ExpiryQueue<T> {
  readonly #heap: { readonly at: NumericDate; readonly item: T }[] = [];

  push(at: NumericDate, item: T): void {
    const heap = this.#heap;
    let index = heap.length;
    const entry = { at, item };
    while (index > 0) {
      const parent = heap[(index - 1) >> 1];
      if (parent === undefined || parent.at <= at) break;
      heap[index] = parent;
      index = (index - 1) >> 1;
    }
    heap[index] = entry;
  }

  /** Takes the soonest item if its time has come. */
  takeDue(now: NumericDate): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.at > now) return undefined;
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) this.#sink(last);
    return first.item;
  }

  #sink(entry: { readonly at: NumericDate; readonly item: T }): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      let least = heap[child];
      if (least === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && right.at < least.at) {
        least = right;
        child++;
      }
      if (least.at >= entry.at) break;
      heap[index] = least;
      index = child;
    }
    heap[index] = entry;
  }
}
