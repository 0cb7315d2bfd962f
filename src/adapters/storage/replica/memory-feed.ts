import { ownOptions } from '../../../application/option-names.ts';
import { parseDuration, type Duration, type NumericDate } from '../../../domain/claims/numeric-date.ts';
import { ConfigError } from '../../../domain/errors.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { FeedBatch, FeedEntry, FeedReader, ReadOptions, RevocationFeed } from '../../../ports/revocation-feed.ts';
import { systemClock } from '../../system-clock.ts';

export interface MemoryFeedOptions {
  /** For how long an entry can be read (2 hours). A replica asks its store about tokens older than half of that. */
  readonly retentionSeconds?: Duration;
  /** The time in seconds. */
  readonly clock?: Clock;
}

/** A feed within this process: for tests, and for replicas of a store in memory. */
export function memoryFeed(options: MemoryFeedOptions = {}): RevocationFeed {
  const { retentionSeconds: given = '2h', clock = systemClock } = ownOptions(options, ['retentionSeconds', 'clock']);
  const retentionSeconds = parseDuration(given, 'retentionSeconds');
  if (typeof clock !== 'function')
    throw new ConfigError('invalid_option', 'clock', 'clock must be a function that answers seconds since the epoch');
  const log = new Log(clock);

  return {
    retentionSeconds,
    publish(revocations) {
      log.append(revocations.map(({ kind, id }) => ({ kind, id, at: clock() })));
      log.trim(clock() - retentionSeconds);
    },
    follow: () => readerOf(log),
  };
}

function readerOf(log: Log): FeedReader {
  const closing = new AbortController();
  let next = 0;

  function batch(): FeedBatch {
    const entries = log.entriesFrom(next);
    next = log.end;
    return { entries, caughtUp: true, lost: false, since: log.since, now: log.clock(), position: String(next) };
  }

  return {
    async read({ waitMs, signal }: ReadOptions) {
      if (log.end === next && waitMs > 0) await log.more(waitMs, signal, closing.signal);
      if (closing.signal.aborted || signal?.aborted === true) throw new Error('the reader was closed');
      return batch();
    },
    close: () => closing.abort(),
  };
}

class Log {
  readonly clock: Clock;
  readonly since: NumericDate;
  #entries: FeedEntry[] = [];
  /** How many went before the first. */
  #trimmed = 0;
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock) {
    this.clock = clock;
    this.since = clock();
  }

  get end(): number {
    return this.#trimmed + this.#entries.length;
  }

  entriesFrom(position: number): readonly FeedEntry[] {
    return this.#entries.slice(Math.max(position - this.#trimmed, 0));
  }

  append(entries: readonly FeedEntry[]): void {
    for (const entry of entries) this.#entries.push(entry);
    for (const wake of this.#waiting) wake();
  }

  /** In steps of a quarter, so that each entry is moved few times. */
  trim(before: NumericDate): void {
    const due = this.#entries[Math.floor(this.#entries.length / 4)];
    if (due === undefined || due.at >= before) return;
    const kept = this.#entries.findIndex(({ at }) => at >= before);
    const gone = kept === -1 ? this.#entries.length : kept;
    this.#entries = this.#entries.slice(gone);
    this.#trimmed += gone;
  }

  more(ms: number, ...signals: readonly (AbortSignal | undefined)[]): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        for (const signal of signals) signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      timer.unref(); // it keeps no process alive
      this.#waiting.add(end);
      for (const signal of signals) {
        if (signal?.aborted === true) end();
        signal?.addEventListener('abort', end, { once: true });
      }
    });
  }
}
