import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../src/adapters/storage/memory.ts';
import { replicaStore } from '../../src/adapters/storage/replica.ts';
import type { RevocationFeed } from '../../src/ports/revocation-feed.ts';
import { breakable, oldFeed } from '../adapters/storage/replica-feed.ts';
import { startService } from './endpoint.ts';
import { revocations } from './replica.ts';
import { perform, type Run, type Stage } from './run.ts';

const SIZE = { rotations: 300, faults: 1 };
const quiet = { show: () => undefined, clear: () => undefined };

/** Two hosts over one store, of which one hears nothing for a while; or whose feed was tampered with. */
function runOver(maxStalenessSeconds: number, tampered?: (feed: RevocationFeed) => RevocationFeed): Run {
  return {
    name: 'a run',
    says: 'a host hears nothing for a while',
    store: 'memory',
    smoke: SIZE,
    full: SIZE,
    maxStalenessMs: 1000,
    judged: ['I3', 'I5', 'I6'],
    async run(stage: Stage) {
      const store = memoryStore();
      const shared = oldFeed(() => Date.now() / 1000);
      const feed = breakable(shared);
      const replicas = [
        replicaStore(store, tampered?.(shared) ?? shared, { maxStalenessSeconds: 1 }),
        replicaStore(store, feed, { maxStalenessSeconds }),
      ] as const;
      for (const replica of replicas) await replica.ready();
      const [revoking, checking] = replicas.map((replica) => startService(replica, stage.clock.now));
      if (revoking === undefined || checking === undefined) throw new Error('there are two');
      await stage.load(revocations(stage, revoking, checking, 200), async () => {
        if (tampered !== undefined) return;
        feed.broken = 'hangs';
        await setTimeout(1500);
        feed.broken = 'not';
      });
      for (const replica of replicas) await replica[Symbol.asyncDispose]();
    },
  };
}

const violationsOf = async (run: Run) => (await perform(run, SIZE, 1, quiet)).wrong.filter((what) => what.startsWith('I3:'));

describe.concurrent('a fault run of replicas', () => {
  it('keeps I3 where the feed is away for longer than a copy may be stale', async () => {
    const { wrong, looked } = await perform(runOver(1), SIZE, 1, quiet);
    expect(wrong).toEqual([]);
    expect(looked.I3).toBeGreaterThan(SIZE.rotations);
  });

  it('finds out a replica that answers from a copy that is too old', async () => {
    expect(await violationsOf(runOver(300))).not.toEqual([]);
  });

  it('finds out a host that revokes without publishing it', async () => {
    const silent = (feed: RevocationFeed) => ({ ...feed, publish: () => undefined });
    expect(await violationsOf(runOver(1, silent))).not.toEqual([]);
  });
});
