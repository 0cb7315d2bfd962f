import { setTimeout } from 'node:timers/promises';
import { memoryFeed, type MemoryFeedOptions } from '../../../src/adapters/storage/replica.ts';
import type { FeedReader, RevocationFeed } from '../../../src/ports/revocation-feed.ts';
import type { Clock } from '../../../src/ports/clock.ts';

/** A feed in memory that has been there for an hour: so tokens of now are answered from its copies. */
export function oldFeed(clock: Clock, options: MemoryFeedOptions = {}): RevocationFeed {
  let born = false;
  const feed = memoryFeed({ ...options, clock: () => (born ? clock() : clock() - 3600) });
  born = true;
  return feed;
}

/** A feed that can be broken: what is sent is lost, fails, or is answered never. */
export function breakable(feed: RevocationFeed): RevocationFeed & { broken: 'not' | 'fails' | 'hangs' } {
  const pass = async (signal: AbortSignal | undefined): Promise<void> => {
    if (self.broken === 'fails') throw new Error('the feed is away');
    while (self.broken === 'hangs') {
      if (signal?.aborted === true) throw new Error('nobody waits any more');
      await setTimeout(5);
    }
  };
  const self = {
    broken: 'not' as 'not' | 'fails' | 'hangs',
    retentionSeconds: feed.retentionSeconds,
    async publish(...[revocations, options]: Parameters<RevocationFeed['publish']>) {
      await pass(options.signal);
      await feed.publish(revocations, options);
    },
    follow(): FeedReader {
      const reader = feed.follow();
      return {
        async read(options) {
          await pass(options.signal);
          const batch = await reader.read(options);
          await pass(options.signal); // it broke while a read waited
          return batch;
        },
        close: () => reader.close(),
      };
    },
  };
  return self;
}
