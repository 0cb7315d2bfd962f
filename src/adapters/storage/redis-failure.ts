import { setTimeout } from 'node:timers/promises';
import { TokenError } from '../../domain/errors.ts';
import type { CallOptions } from '../../ports/crypto-provider.ts';

/**
 * Pauses after a failure that passes: a server that is loading, failing over or moving a slot says so, and is asked again until the caller's signal
 * ends the wait. Throws any other: what fails is `store_unavailable`, a full server `store_full`.
 */
export async function pauseAfter(error: unknown, pauses: number, options: CallOptions): Promise<void> {
  if (!PASSING.test(messageOf(error))) throw refusalOf(error);
  const { signal } = options;
  if (signal === undefined && pauses >= MOST_PAUSES) throw refusalOf(error);
  try {
    await setTimeout(PAUSE_MS, undefined, signal === undefined ? {} : { signal });
  } catch {
    throw refusalOf(error);
  }
}

/** Waits for what comes by itself, or for the caller to leave. */
export async function orAborted(waited: Promise<void>, { signal }: CallOptions): Promise<void> {
  if (signal === undefined) return waited;
  const ending = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const leave = () => reject(refusalOf(signal.reason));
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true, signal: ending.signal });
  });
  await Promise.race([waited, aborted]).finally(() => ending.abort());
}

/** What a client or server says went wrong, as the application knows it. */
export function refusalOf(error: unknown): TokenError {
  if (error instanceof TokenError) return error;
  return new TokenError(FULL.test(messageOf(error)) ? 'store_full' : 'store_unavailable', { cause: error });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Redis 6.2 puts what a script met into a sentence of its own. */
const PASSING = /(?:^|-)(?:READONLY|LOADING|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|NOREPLICAS|BUSY|MOVED|ASK) /;
const FULL = /(?:^|-)OOM /;
const PAUSE_MS = 25;
/** Without a signal of the caller's: a second. */
const MOST_PAUSES = 40;
