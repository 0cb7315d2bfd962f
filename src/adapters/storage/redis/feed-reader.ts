import { randomUUID } from 'node:crypto';
import type { NumericDate } from '../../../domain/claims/numeric-date.ts';
import type { FeedBatch, FeedReader, ReadOptions } from '../../../ports/revocation-feed.ts';
import { isIoredis, type RedisClient } from './client.ts';
import { messageOf, orAborted } from './failure.ts';
import { entriesOf } from '../../../application/feed-entries.ts';
import { READ } from './feed-scripts.ts';
import { laneOver, type Lane } from './lanes.ts';
import { listOf, textOf } from './replies.ts';

export interface FeedReaderDeps {
  readonly client: RedisClient;
  readonly key: string;
  readonly retentionSeconds: number;
  readonly clock: () => NumericDate | undefined;
  /** How many replicas must have what a read writes, for it to count; none where writes need none. */
  readonly replicas: number;
  readonly replicationTimeoutSeconds: number;
}

/**
 * Reads the stream on a connection of its own: it waits there until there is an entry, and then takes what there is. A connection that broke is never used
 * again, nor one that a client has put in its place unasked, which is known by the name that it lacks. On the next one some minutes are read again: a server
 * that took over may give ids that are lower than those which were read.
 */
export class RedisFeedReader implements FeedReader {
  readonly #deps: FeedReaderDeps;
  readonly #longestWaitMs: number;
  readonly #closing = new AbortController();
  #connection: { readonly lane: Lane; readonly name: string } | undefined;
  #history: string | undefined;
  /** The id of the last entry that was read. */
  #last = FIRST;

  constructor(deps: FeedReaderDeps) {
    this.#deps = deps;
    this.#longestWaitMs = longestWaitMs(deps.client);
  }

  async read({ waitMs, signal }: ReadOptions): Promise<FeedBatch> {
    const wait = Math.min(waitMs, this.#longestWaitMs);
    const ending = new AbortController();
    const end = (reason: unknown) => ending.abort(reason);
    const timer = setTimeout(() => end(new Error('the feed does not answer')), wait + ANSWER_MS);
    timer.unref(); // it keeps no process alive
    const left = () => end(new Error('the reader was closed'));
    const signals = [signal, this.#closing.signal];
    for (const one of signals) {
      if (one?.aborted === true) left();
      one?.addEventListener('abort', left, { once: true });
    }
    try {
      ending.signal.throwIfAborted();
      return this.#batch(await orAborted(this.#ask(wait), { signal: ending.signal })); // an answer that comes late moves nothing
    } catch (error) {
      this.#drop();
      throw error;
    } finally {
      clearTimeout(timer);
      for (const one of signals) one?.removeEventListener('abort', left);
    }
  }

  close(): void {
    this.#closing.abort();
    this.#drop();
  }

  async #ask(waitMs: number): Promise<readonly string[]> {
    const { client, key, retentionSeconds, clock, replicas, replicationTimeoutSeconds } = this.#deps;
    const begins = this.#connection === undefined;
    const { lane, name } = (this.#connection ??= { lane: laneOver(client), name: `simplejwt-feed-${randomUUID()}` });
    const request = READ.pack({
      fresh: randomUUID(),
      retention: retentionSeconds,
      clock: clock(),
      known: this.#history,
      last: this.#last,
      from: begins ? earlier(this.#last) : this.#last,
      count: MOST_ENTRIES,
    });
    const commands = [
      ['eval', READ.source, '1', key, request],
      // a master that has lost its replicas may have lost its office too
      ...(replicas > 0 ? [['wait', String(replicas), String(Math.ceil(replicationTimeoutSeconds * 1000))]] : []),
      ['client', 'getname'],
    ];
    if (begins) commands.unshift(['client', 'setname', name]);
    // it only waits: what there is the script takes, which sees in one step whether the history is still the same
    else if (waitMs > 0)
      commands.unshift(['xread', 'count', '1', 'block', String(Math.ceil(waitMs)), 'streams', key, this.#last]);

    const outcomes = await lane.send(key, commands);
    for (const { error } of outcomes) if (error !== undefined) throw new Error(messageOf(error), { cause: error });
    if (outcomes.length !== commands.length) throw new Error('a command was not answered');
    const [answer, ...after] = outcomes.slice(commands.findIndex(([command]) => command === 'eval'));
    if (replicas > 0 && Number(after[0]?.reply) < replicas) throw new Error('too few replicas are in step');
    if (after.at(-1)?.reply !== name) throw new Error('the connection was replaced');
    return listOf(answer?.reply).map(textOf);
  }

  #batch([history = '', now = '', ...rest]: readonly string[]): FeedBatch {
    const times = { since: Math.ceil(Number(history.split(':')[1]) / 1000), now: Math.floor(Number(now) / 1000) };
    if (this.#history !== undefined && this.#history !== history) {
      this.#history = history;
      this.#last = FIRST;
      return { entries: [], caughtUp: false, lost: true, ...times, position: FIRST };
    }
    this.#history = history;
    const entries = rest.flatMap((text, index) => (index % 2 === 1 ? entriesOf(text) : []));
    this.#last = rest.at(-2) ?? this.#last;
    return { entries, caughtUp: rest.length < 2 * MOST_ENTRIES, lost: false, ...times, position: this.#last };
  }

  #drop(): void {
    this.#connection?.lane.drop();
    this.#connection = undefined;
  }
}

function earlier(id: string): string {
  return `${Math.max(Number.parseInt(id, 10) - OVERLAP_MS, 0)}-0`;
}

/** Half of what the client lets a command or a silent connection live: a duplicate of it has the same settings. */
function longestWaitMs(client: RedisClient): number {
  const { commandTimeout, socketTimeout, redisOptions } = (isIoredis(client) ? (client.options ?? {}) : {}) as Timeouts;
  const limits = [commandTimeout, socketTimeout, redisOptions?.commandTimeout, redisOptions?.socketTimeout];
  return Math.min(...limits.map((limit) => (typeof limit === 'number' && limit > 0 ? limit / 2 : Infinity)));
}

interface Timeouts {
  readonly commandTimeout?: number;
  readonly socketTimeout?: number;
  readonly redisOptions?: Timeouts;
}

const FIRST = '0-0';
const MOST_ENTRIES = 1000;
/** Longer than replication lags behind, and than the clocks of servers differ by. */
const OVERLAP_MS = 300_000;
/** For an answer to come, beyond what it was waited for. */
const ANSWER_MS = 2000;
