import type { FeedBatch, FeedReader } from '../../../ports/revocation-feed.ts';
import { ageOf, momentBy, type Moment } from './clocks.ts';
import { tell } from './events.ts';
import type { ReplicaSettings } from './options.ts';

/**
 * Reads a feed for as long as it is not closed, and tells how old what it has read is: as old as the call of the last read that came to the end of the
 * feed, since whatever was published before that is in it.
 */
export class Follower {
  readonly #reader: FeedReader;
  readonly #settings: ReplicaSettings;
  readonly #take: (batch: FeedBatch) => void;
  readonly #closing = new AbortController();
  readonly #ended: Promise<void>;
  #waiters: (() => void)[] = [];
  /** When the last complete read was called; undefined until there is one. */
  #completeAt: Moment | undefined;
  #wasFresh = false;
  position: string | undefined;
  failures = 0;
  losses = 0;

  constructor(reader: FeedReader, settings: ReplicaSettings, take: (batch: FeedBatch) => void) {
    this.#reader = reader;
    this.#settings = settings;
    this.#take = take;
    this.#ended = this.#follow();
  }

  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  get ageSeconds(): number | undefined {
    return this.#completeAt && ageOf(this.#completeAt, this.#settings.clocks);
  }

  get fresh(): boolean {
    const { ageSeconds } = this;
    if (ageSeconds !== undefined && ageSeconds <= this.#settings.maxStalenessSeconds && !this.closed) return true;
    if (this.#wasFresh && ageSeconds !== undefined) tell(this.#settings.events, 'stale', { ageSeconds });
    this.#wasFresh = false;
    return false;
  }

  /** Resolves when the copy is complete for the first time. */
  complete(): Promise<void> {
    if (this.#completeAt !== undefined || this.closed) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#reader.close();
    await this.#ended;
  }

  async #follow(): Promise<void> {
    const { clocks, events, maxStalenessSeconds } = this.#settings;
    // an idle feed proves itself again and again: the copy is two such waits old at the most, which is half of what it may be
    const waitMs = Math.floor((maxStalenessSeconds * 1000) / 4);
    for (let failed = 0; !this.closed;) {
      const calledAt = momentBy(clocks);
      try {
        const behind = this.#completeAt === undefined || failed > 0;
        const batch = await this.#reader.read({ waitMs: behind ? 0 : waitMs, signal: this.#closing.signal });
        this.#accept(batch, calledAt);
        failed = 0;
      } catch (error) {
        if (this.closed) break;
        this.failures++;
        tell(events, 'failed', { error });
        await pause(Math.min(FIRST_PAUSE_MS * 2 ** failed++, MOST_PAUSE_MS), this.#closing.signal);
      }
    }
    this.#wake();
  }

  #accept(batch: FeedBatch, calledAt: Moment): void {
    const { events } = this.#settings;
    if (batch.lost) {
      this.losses++;
      this.#completeAt = undefined;
      this.#wasFresh = false;
      tell(events, 'lost');
    }
    this.#take(batch);
    this.position = batch.position;
    if (!batch.caughtUp) return;
    this.#completeAt = calledAt;
    if (!this.#wasFresh) tell(events, 'caughtUp', { entries: batch.entries.length });
    this.#wasFresh = true;
    this.#wake();
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    timer.unref(); // it keeps no process alive
    signal.addEventListener('abort', end, { once: true });
  });
}

const FIRST_PAUSE_MS = 25;
const MOST_PAUSE_MS = 1000;
