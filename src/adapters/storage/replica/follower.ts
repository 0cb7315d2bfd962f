import type { FeedBatch, FeedReader } from '../../../ports/revocation-feed.ts';
import { tell } from './events.ts';
import type { ReplicaSettings } from './options.ts';

/**
 * Reads a feed for as long as it is not closed, and tells how old what it has read is: as old as the call of the last read that came to the end of the
 * feed, since whatever was published before that is in it. Age is told by two clocks. Each check looks at the one on the wall, which goes on while the
 * machine sleeps; a timer goes by the one that nobody sets.
 */
export class Follower {
  readonly #reader: FeedReader;
  readonly #settings: ReplicaSettings;
  readonly #take: (batch: FeedBatch) => void;
  readonly #closing = new AbortController();
  readonly #ended: Promise<void>;
  #waiters: (() => void)[] = [];
  /** When the last complete read was called, by each clock; undefined until there is one. */
  #completeAt: Moment | undefined;
  /** From when to when, by the clock on the wall, the copy is fresh: empty until it is complete, and when it is too old. */
  #freshFrom = Infinity;
  #freshUntil = -Infinity;
  #expiry: NodeJS.Timeout | undefined;
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
    const { clocks } = this.#settings;
    const at = this.#completeAt;
    return at && Math.max(clocks.steady() - at.steady, Math.abs(clocks.wall() - at.wall));
  }

  /** When the copy was last complete, by the clock that nobody sets. */
  get seconds(): number {
    return this.#completeAt?.steady ?? 0;
  }

  get fresh(): boolean {
    const now = this.#settings.clocks.wall();
    return (now >= this.#freshFrom && now <= this.#freshUntil) || this.#isStale();
  }

  /** Resolves when the copy is complete for the first time. */
  complete(): Promise<void> {
    if (this.#completeAt !== undefined || this.closed) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#expire();
    await this.#reader.close();
    await this.#ended;
  }

  async #follow(): Promise<void> {
    const { clocks, events, maxStalenessSeconds } = this.#settings;
    // an idle feed proves itself again and again: the copy is two such waits old at the most, which is half of what it may be
    const waitMs = Math.floor((maxStalenessSeconds * 1000) / 4);
    for (let failed = 0; !this.closed;) {
      const calledAt = { steady: clocks.steady(), wall: clocks.wall() };
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
      this.#expire();
      this.#wasFresh = false;
      tell(events, 'lost');
    }
    this.#take(batch);
    this.position = batch.position;
    if (!batch.caughtUp) return;
    this.#completeAt = calledAt;
    this.#renew(calledAt);
    if (!this.#wasFresh) tell(events, 'caughtUp', { entries: batch.entries.length });
    this.#wasFresh = true;
    this.#wake();
  }

  #renew({ steady, wall }: Moment): void {
    const { clocks, maxStalenessSeconds } = this.#settings;
    this.#freshFrom = wall - maxStalenessSeconds;
    this.#freshUntil = wall + maxStalenessSeconds;
    clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => this.#expire(), (steady + maxStalenessSeconds - clocks.steady()) * 1000);
    this.#expiry.unref(); // it keeps no process alive
  }

  #expire(): void {
    clearTimeout(this.#expiry);
    this.#freshFrom = Infinity;
    this.#freshUntil = -Infinity;
  }

  /** Tells of it once; answers false. */
  #isStale(): false {
    const { ageSeconds } = this;
    if (this.#wasFresh && ageSeconds !== undefined) tell(this.#settings.events, 'stale', { ageSeconds });
    this.#wasFresh = false;
    return false;
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }
}

interface Moment {
  readonly steady: number;
  readonly wall: number;
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
