import { setTimeout } from 'node:timers/promises';
import { entriesOf } from '../../../application/feed-entries.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { FeedBatch, FeedReader, ReadOptions } from '../../../ports/revocation-feed.ts';
import type { Facts } from './facts.ts';
import { answered } from './failure.ts';
import { begin, ENTRIES, idOf, numberOf, type Entry } from './feed-documents.ts';

/** Reads the entries in the order of their numbers, and none before the one that it follows. */
export class MongoFeedReader implements FeedReader {
  readonly #facts: Facts;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  #history: string | undefined;
  /** The number of the last entry that was read. */
  #last: number | undefined;

  constructor(facts: Facts, clock: Clock) {
    this.#facts = facts;
    this.#clock = clock;
  }

  async read({ waitMs, signal: given }: ReadOptions): Promise<FeedBatch> {
    const { signal } = this.#closing;
    const end = performance.now() + waitMs;
    for (;;) {
      signal.throwIfAborted();
      given?.throwIfAborted();
      const batch = await answered(answered(this.#ask(), { signal }), { signal: given });
      const left = end - performance.now();
      if (batch.entries.length > 0 || batch.lost || !batch.caughtUp || left <= 0) return batch;
      const pause = setTimeout(Math.min(POLL_MS, left), undefined, { signal, ref: false });
      await answered(pause, { signal: given });
    }
  }

  close(): void {
    this.#closing.abort(new Error('the reader was closed'));
  }

  async #ask(): Promise<FeedBatch> {
    const { name, since } = await begin(this.#facts, this.#clock);
    const about = { since, now: this.#clock() };
    if (this.#history !== undefined && this.#history !== name) return this.#lose(name, about);
    this.#history = name;
    const after = this.#last === undefined ? ENTRIES : { ...ENTRIES, $gt: idOf(this.#last) };
    const found = await this.#facts.read({ _id: after }, {}, { sort: { _id: 1 }, limit: MOST_ENTRIES });
    const first = found[0] && numberOf(found[0]._id);
    // entries that nobody of this history may read any more
    if (first !== undefined && this.#last !== undefined && first > this.#last + 1) return this.#lose(name, about);
    const following = found.filter(({ _id }, index) => numberOf(_id) === (first ?? 0) + index);
    this.#last = first === undefined ? this.#last : first + following.length - 1;
    return {
      entries: (following as unknown as readonly Entry[]).flatMap(({ at, text }) => entriesOf(`${at},${text}`)),
      caughtUp: found.length < MOST_ENTRIES && following.length === found.length,
      lost: false,
      ...about,
      position: String(this.#last ?? 0),
    };
  }

  #lose(history: string, about: Pick<FeedBatch, 'since' | 'now'>): FeedBatch {
    this.#history = history;
    this.#last = undefined;
    return { entries: [], caughtUp: false, lost: true, ...about, position: '0' };
  }
}

const POLL_MS = 200;
const MOST_ENTRIES = 1000;
