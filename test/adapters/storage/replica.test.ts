import { describe, it } from 'vitest';
import { memoryStore } from '../../../src/adapters/storage/memory.ts';
import { memoryFeed, replicaStore } from '../../../src/adapters/storage/replica.ts';
import { storageContract } from '../../../src/testing/storage-contract.ts';
import { asynchronous } from '../../testing/async-store.ts';
import { oldFeed } from './replica-feed.ts';

storageContract({
  name: 'replicaStore over memory',
  describe,
  it,
  async createStore(clock) {
    const store = replicaStore(memoryStore(), oldFeed(clock), { maxStalenessSeconds: 60 });
    await store.ready();
    return store;
  },
});

storageContract({
  name: 'replicaStore over memory behind promises, over a feed that has just begun',
  describe,
  it,
  createStore: (clock) => replicaStore(asynchronous(memoryStore()), memoryFeed({ clock })),
});
