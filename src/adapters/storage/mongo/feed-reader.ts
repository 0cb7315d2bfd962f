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
      // an answer that comes late moves nothing
      const batch = this.#batch(await answered(answered(this.#ask(), { signal }), { signal: given }));
      const left = end - performance.now();
      if (batch.entries.length > 0 || batch.lost || !batch.caughtUp || left <= 0) return batch;
      const pause = setTimeout(Math.min(POLL_MS, left), undefined, { signal, ref: false });
      await answered(pause, { signal: given });
    }
  }

  close(): void {
    this.#closing.abort(new Error('the reader was closed'));
  }

  async #ask(): Promise<Answer> {
    const { name, since } = await begin(this.#facts, this.#clock);
    const about = { since, now: this.#clock() };
    const after = this.#last === undefined ? ENTRIES : { ...ENTRIES, $gt: idOf(this.#last) };
    const found = await this.#facts.read({ _id: after }, {}, { sort: { _id: 1 }, limit: MOST_ENTRIES });
    return { history: name, about, found: found as unknown as readonly Entry[] };
  }

  #batch({ history, about, found }: Answer): FeedBatch {
    if (this.#history !== undefined && this.#history !== history) return this.#lose(history, about);
    this.#history = history;
    const first = found[0] && numberOf(found[0]._id);
    // entries that nobody of this history may read any more
    if (first !== undefined && this.#last !== undefined && first > this.#last + 1) return this.#lose(history, about);
    const following = found.filter(({ _id }, index) => numberOf(_id) === (first ?? 0) + index);
    this.#last = first === undefined ? this.#last : first + following.length - 1;
    return {
      entries: following.flatMap(({ at, text }) => entriesOf(`${at},${text}`)),
      caughtUp: found.length < MOST_ENTRIES && following.length === found.length,
      lost: false,
      ...about,
      position: String(this.#last ?? 0),
    };
  }

  #lose(history: string, about: Answer['about']): FeedBatch {
    this.#history = history;
    this.#last = undefined;
    return { entries: [], caughtUp: false, lost: true, ...about, position: '0' };
  }
}

interface Answer {
  readonly history: string;
  readonly about: Pick<FeedBatch, 'since' | 'now'>;
  /** What comes after the last entry that was read when it was asked. */
  readonly found: readonly Entry[];
}

const POLL_MS = 200;
const MOST_ENTRIES = 1000;
