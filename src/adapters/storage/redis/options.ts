import { ownOptions } from '../../../application/option-names.ts';
import { ConfigError } from '../../../domain/errors.ts';
import type { Clock } from '../../../ports/clock.ts';

export interface RedisStoreOptions {
  /** What every key begins with (`simplejwt:`). Two services that share a server and no tokens take different ones. */
  readonly prefix?: string;
  /**
   * When a write counts as done: `acked` (the default) when the master has answered, `replicated` when replicas have it too (WAIT). Replication
   * narrows what a failover can lose; it is no consensus.
   */
  readonly durability?: 'acked' | 'replicated';
  /** With `replicated`: how many replicas must have it (1). Give the number that may be elected, or one without it may be. */
  readonly replicas?: number;
  /** With `replicated`: for how long they are waited for before the call fails as `store_unavailable` (0.5): below `storeDeadlineSeconds`. */
  readonly replicationTimeoutSeconds?: number;
  /** Told once when the server may evict records, which would undo revocations. By default `process.emitWarning`. */
  readonly onWarning?: (text: string) => void;
  /** For tests: seconds since the epoch, in place of the server's TIME. */
  readonly clock?: Clock;
}

export interface RedisSettings extends Required<Omit<RedisStoreOptions, 'clock'>> {
  readonly clock: Clock | undefined;
}

export function settingsOf(options: RedisStoreOptions): RedisSettings {
  const {
    prefix = 'simplejwt:',
    durability = 'acked',
    replicas = 1,
    replicationTimeoutSeconds = 0.5,
    onWarning = (text: string) => process.emitWarning(text),
    clock,
  } = ownOptions(options, NAMES);
  refuse(typeof prefix === 'string' && prefix.isWellFormed(), 'prefix', 'prefix must be a string, such as simplejwt:');
  refuse(durability === 'acked' || durability === 'replicated', 'durability', 'durability must be acked or replicated');
  refuse(isCount(replicas), 'replicas', 'replicas must be a whole number of at least 1');
  refuse(
    typeof replicationTimeoutSeconds === 'number' && replicationTimeoutSeconds >= 0.001 && replicationTimeoutSeconds <= 60, // WAIT takes 0 for ever
    'replicationTimeoutSeconds',
    'replicationTimeoutSeconds must be a number from 0.001 to 60; 0.5 is below the default storeDeadlineSeconds',
  );
  refuse(typeof onWarning === 'function', 'onWarning', 'onWarning must be a function that takes a text');
  refuse(
    clock === undefined || typeof clock === 'function',
    'clock',
    'clock must be a function that answers seconds since the epoch',
  );
  return { prefix, durability, replicas, replicationTimeoutSeconds, onWarning, clock };
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

function refuse(good: boolean, option: string, message: string): void {
  if (!good) throw new ConfigError('invalid_option', option, message);
}

const NAMES = ['prefix', 'durability', 'replicas', 'replicationTimeoutSeconds', 'onWarning', 'clock'] as const;
