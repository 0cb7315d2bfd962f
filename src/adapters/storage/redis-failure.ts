import { setTimeout } from 'node:timers/promises';
import { TokenError } from '../../domain/errors.ts';
import type { CallOptions } from '../../ports/crypto-provider.ts';

/**
 * Asks until the server can answer: one that is loading, failing over or moving a slot says so, and is asked again after a pause until the
 * caller's signal ends the wait. Only calls that may be sent twice come here. What fails becomes `store_unavailable`, a full server `store_full`.
 */
export async function untilAnswered<T>(options: CallOptions, ask: () => Promise<T>): Promise<T> {
  let paused = 0;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!PASSING.test(messageOf(error))) throw refusalOf(error);
      const { signal } = options;
      if (signal?.aborted || (signal === undefined && paused >= LONGEST_WAIT_MS)) throw refusalOf(error);
      await pause(PAUSE_MS, signal);
      paused += PAUSE_MS;
    }
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

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await setTimeout(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throw refusalOf(error);
  }
}

/** Redis 6.2 puts what a script met into a sentence of its own. */
const PASSING = /(?:^|-)(?:READONLY|LOADING|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|NOREPLICAS|BUSY|MOVED|ASK) /;
const FULL = /(?:^|-)OOM /;
const PAUSE_MS = 25;
/** Without a signal of the caller's. */
const LONGEST_WAIT_MS = 1000;
