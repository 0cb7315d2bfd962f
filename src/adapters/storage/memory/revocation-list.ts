import { ownOptions } from '../../../application/option-names.ts';
import { createClaimsPolicy } from '../../../domain/claims/claims-policy.ts';
import type { Duration, NumericDate } from '../../../domain/claims/numeric-date.ts';
import { ConfigError, TokenError } from '../../../domain/errors.ts';
import { retainUntil } from '../../../domain/token/retention.ts';
import type { Clock } from '../../../ports/clock.ts';
import { systemClock } from '../../system-clock.ts';
import { Blacklist } from './blacklist.ts';

export interface RevocationListOptions {
  /** Most entries (1,000,000). At the bound what has expired gives way, and else `add` throws `store_full`; no live entry is ever evicted. */
  readonly maxEntries?: number;
  /** That of the verifier (0): a token within its leeway is still good, so its entry stays. */
  readonly leeway?: Duration;
  /** The time in seconds. */
  readonly clock?: Clock;
}

/** The revoked tokens of a verifier that stands without a token service. */
export interface RevocationList {
  /** Revokes a token by its id until it expires; `Infinity` for one that never does. A second call can only prolong it. */
  add(jti: string, expiresAt: NumericDate): void;
  /** Whether a token was revoked, without a look at the clock; false for what is no string. Ask only about tokens that were verified. */
  has(jti: unknown): boolean;
  /** How many entries there are, with the expired ones that were not collected yet. */
  readonly size: number;
  /** Forgets tokens that had expired at `now`, by their leeway and a minute more; answers how many. `add` does it too when room runs out. */
  purge(now?: NumericDate): number;
}

/**
 * Revoked ids in this process, lost on restart and shared with no other: 26 bytes an entry at a million, where a Map takes 77. A token without an
 * id cannot be revoked by it, so have the verifier require one. An id of 32 lower-case hex characters counts by 64 bits, which may refuse
 * a good token once in 2^64 / size checks if ids are random, and never lets a revoked one in; all other ids are kept exactly.
 */
export function revocationList(options: RevocationListOptions = {}): RevocationList {
  const { maxEntries = 1_000_000, leeway, clock = systemClock } = ownOptions(options, ['maxEntries', 'leeway', 'clock']);
  if (!Number.isSafeInteger(maxEntries) || maxEntries < 1) {
    throw new ConfigError('invalid_option', 'maxEntries', 'maxEntries must be a whole number of at least 1');
  }
  if (typeof clock !== 'function') {
    throw new ConfigError('invalid_option', 'clock', 'clock must be a function that answers seconds since the epoch');
  }
  const { leewaySeconds } = createClaimsPolicy({ leeway });
  const blacklist = new Blacklist();

  return {
    get size() {
      return blacklist.size;
    },
    has: (jti) => typeof jti === 'string' && blacklist.has(jti),
    add(jti, expiresAt) {
      if (typeof jti !== 'string') throw new ConfigError('invalid_option', 'jti', 'jti must be a string');
      if (typeof expiresAt !== 'number' || !(expiresAt > -Infinity)) {
        throw new ConfigError(
          'invalid_option',
          'expiresAt',
          'expiresAt must be a number of seconds, or Infinity for a token without exp',
        );
      }
      const now = clock();
      const full = () => blacklist.size >= maxEntries;
      if (full() && !blacklist.has(jti)) {
        blacklist.purge(now);
        if (full()) throw new TokenError('store_full');
      }
      blacklist.add(jti, retainUntil(expiresAt, leewaySeconds), now);
    },
    purge: (now = clock()) => blacklist.purge(now),
  };
}
