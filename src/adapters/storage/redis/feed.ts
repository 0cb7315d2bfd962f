import { randomUUID } from 'node:crypto';
import { ownOptions } from '../../../application/option-names.ts';
import { parseDuration, type Duration } from '../../../domain/claims/numeric-date.ts';
import type { RevocationFeed } from '../../../ports/revocation-feed.ts';
import { connectionOf, type RedisClient } from './client.ts';
import { commandsOver } from './commands.ts';
import { orAborted, refusalOf } from './failure.ts';
import { textOfRevocations } from '../../../application/feed-entries.ts';
import { RedisFeedReader } from './feed-reader.ts';
import { PUBLISH } from './feed-scripts.ts';
import { laneOver } from './lanes.ts';
import { settingsOf, type RedisStoreOptions } from './options.ts';
import { replicatedSend } from './replicated.ts';

export interface RedisFeedOptions extends Omit<RedisStoreOptions, 'onWarning'> {
  /**
   * For how long an entry can be read (2 hours): at least twice as long as access tokens live, since a replica asks its store about tokens older than
   * half of it. Where hosts differ, the longest counts.
   */
  readonly retentionSeconds?: Duration;
}

export interface RedisFeed extends RevocationFeed, AsyncDisposable {}

/**
 * A feed of revocations in Redis (6.2 or later), over the ioredis or node-redis client that the application has: a stream, `<prefix>feed`, in one slot of
 * a Cluster. Publications of one tick are one command. A reader has a connection of its own, on which it waits for the next entry (`XREAD BLOCK`).
 * Disposing closes only connections that the feed made for `durability: 'replicated'`; a reader closes its own.
 */
export function redisFeed(client: RedisClient, options: RedisFeedOptions = {}): RedisFeed {
  const { retentionSeconds: given = '2h', ...rest } = ownOptions(options, NAMES);
  const retentionSeconds = parseDuration(given, 'retentionSeconds', { minimum: 60 });
  const settings = settingsOf(rest);
  const connection = connectionOf(client);
  const lane = settings.durability === 'replicated' ? laneOver(client) : undefined;
  const write = lane === undefined ? connection.send : replicatedSend(lane, settings);
  const commands = commandsOver(connection, write, () => undefined); // an evicted feed is noticed, where an evicted record is not
  const key = `${settings.prefix}feed`;
  const clock = () => settings.clock?.();

  let waiting: Publication[] = [];

  function flush(): void {
    const publications = waiting;
    const [only] = publications;
    if (only === undefined) return; // it went when the batch was full
    waiting = [];
    const entries = publications.map(({ text }) => text).join(',');
    const packed = PUBLISH.pack({ fresh: randomUUID(), retention: retentionSeconds, clock: clock(), entries });
    // each of several waits for as long as its own caller does
    const options = publications.length === 1 ? only.options : {};
    commands
      .run(PUBLISH, key, [packed], options, () => undefined)
      .then(
        () => publications.forEach(({ resolve }) => resolve()),
        (error: unknown) => publications.forEach(({ reject }) => reject(error)),
      );
  }

  return {
    retentionSeconds,
    async publish(revocations, call) {
      if (revocations.length === 0) return;
      if (call.signal?.aborted === true) throw refusalOf(call.signal.reason);
      const text = textOfRevocations(revocations);
      const published = new Promise<void>((resolve, reject) => {
        // after the microtasks, in which the callers that an answer woke up send their next
        if (waiting.length === 0) process.nextTick(flush);
        waiting.push({ text, options: call, resolve, reject });
        if (waiting.length >= LARGEST) flush();
      });
      await orAborted(published, call);
    },
    follow: () =>
      new RedisFeedReader({
        ...settings,
        client,
        key,
        retentionSeconds,
        clock,
        replicas: lane === undefined ? 0 : settings.replicas,
      }),
    async [Symbol.asyncDispose]() {
      await lane?.close();
    },
  };
}

interface Publication {
  readonly text: string;
  readonly options: { readonly signal?: AbortSignal | undefined };
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Calls in one entry of the stream. */
const LARGEST = 256;
const NAMES = ['prefix', 'durability', 'replicas', 'replicationTimeoutSeconds', 'clock', 'retentionSeconds'] as const;
