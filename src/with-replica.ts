import type { OpenedStore } from './adapters/cli/serve-store.ts';
import { replicaStore } from './adapters/storage/replica.ts';
import type { RevocationFeed } from './ports/revocation-feed.ts';

/** The store of `serve --replica`: access tokens are checked by a copy of its revocations. */
export function withReplica(opened: OpenedStore, feed: RevocationFeed): OpenedStore {
  const copy = replicaStore(opened.store, feed, { maxStalenessSeconds: REPLICA_SECONDS });
  return {
    ...opened,
    store: copy,
    note: `${opened.note}\nAccess tokens are checked by a copy of its revocations in this process, ${REPLICA_SECONDS} s old at the most; past that the store is asked.`,
    replica: true,
    async [Symbol.asyncDispose]() {
      await copy[Symbol.asyncDispose]();
      await opened[Symbol.asyncDispose]();
    },
  };
}

/** By how much the copy of `--replica` may be behind. */
const REPLICA_SECONDS = 5;
