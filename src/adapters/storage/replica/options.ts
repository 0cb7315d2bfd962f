import { ownOptions } from '../../../application/option-names.ts';
import { parseDuration, type Duration } from '../../../domain/claims/numeric-date.ts';
import { ConfigError } from '../../../domain/errors.ts';
import type { RevocationFeed } from '../../../ports/revocation-feed.ts';
import type { TokenStore } from '../../../ports/token-store.ts';
import { runtimeClocks, type Clocks } from './clocks.ts';
import type { ReplicaEvents } from './events.ts';

export interface ReplicaStoreOptions {
  /** Most seconds by which the copy may be behind (5). Past that no check is answered from it. */
  readonly maxStalenessSeconds?: Duration;
  /**
   * What a check does while the copy is too old, or not complete yet: `ask` (the default) asks the store, which fails closed if it is away too; `refuse`
   * fails at once with `store_unavailable` (503).
   */
  readonly beyond?: 'ask' | 'refuse';
  /** Most families that are remembered as being on record, for `requireOutstanding` (1,000,000, 26 bytes each). */
  readonly maxKnownFamilies?: number;
  readonly events?: ReplicaEvents;
  /** For tests: seconds that pass, in place of the runtime's clocks. */
  readonly clock?: () => number;
}

export interface ReplicaSettings {
  readonly maxStalenessSeconds: number;
  readonly beyond: 'ask' | 'refuse';
  readonly maxKnownFamilies: number;
  readonly events: ReplicaEvents;
  readonly clocks: Clocks;
}

export function settingsOf(options: ReplicaStoreOptions): ReplicaSettings {
  const {
    maxStalenessSeconds = 5,
    beyond = 'ask',
    maxKnownFamilies = 1_000_000,
    events = {},
    clock,
  } = ownOptions(options, NAMES);
  refuse(beyond === 'ask' || beyond === 'refuse', 'beyond', 'beyond must be ask or refuse');
  refuse(
    Number.isSafeInteger(maxKnownFamilies) && maxKnownFamilies >= 1,
    'maxKnownFamilies',
    'maxKnownFamilies must be a whole number of at least 1',
  );
  refuse(
    typeof events === 'object' && events !== null,
    'events',
    'events must be an object of observers: caughtUp, stale, lost, failed',
  );
  refuse(clock === undefined || typeof clock === 'function', 'clock', 'clock must be a function that answers seconds');
  return {
    maxStalenessSeconds: parseDuration(maxStalenessSeconds, 'maxStalenessSeconds', { maximum: 300 }),
    beyond,
    maxKnownFamilies,
    events: ownOptions(events, EVENTS),
    clocks: clock === undefined ? runtimeClocks : { steady: clock, wall: clock },
  };
}

export function assertParts(store: TokenStore, feed: RevocationFeed): void {
  refuse(hasMethods(store, 'status', 'revokeFamily'), 'store', 'store must be a TokenStore, such as redisStore(client)');
  refuse(hasMethods(feed, 'publish', 'follow'), 'feed', 'feed must be a RevocationFeed, such as redisFeed(client)');
}

function hasMethods(value: unknown, ...names: readonly string[]): boolean {
  return typeof value === 'object' && value !== null && names.every((name) => typeof Reflect.get(value, name) === 'function');
}

function refuse(good: boolean, option: string, message: string): void {
  if (!good) throw new ConfigError('invalid_option', option, message);
}

const NAMES = ['maxStalenessSeconds', 'beyond', 'maxKnownFamilies', 'events', 'clock'] as const;
const EVENTS = ['caughtUp', 'stale', 'lost', 'failed'] as const satisfies readonly (keyof ReplicaEvents)[];
