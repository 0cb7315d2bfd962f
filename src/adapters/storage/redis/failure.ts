import { setTimeout } from 'node:timers/promises';
import { TokenError } from '../../../domain/errors.ts';
import type { CallOptions } from '../../../ports/crypto-provider.ts';

/**
 * Pauses after a failure that passes, until the caller's signal ends the wait: a server that is loading, failing over or moving a slot says so, and a
 * connection that was lost comes back. What was lost with it is sent again, with the same attempt. Throws any other: what a server refuses is
 * `store_unavailable`, where it is full `store_full`.
 */
export async function pauseAfter(error: unknown, pauses: number, options: CallOptions): Promise<void> {
  if (error instanceof TokenError || isRefused(messageOf(error))) throw refusalOf(error);
  const { signal } = options;
  if (signal === undefined && pauses >= MOST_PAUSES) throw refusalOf(error);
  try {
    await setTimeout(PAUSE_MS, undefined, signal === undefined ? {} : { signal });
  } catch {
    throw refusalOf(error);
  }
}

/** Waits for what comes by itself, or for the caller to leave. */
export async function orAborted<T>(waited: Promise<T>, { signal }: CallOptions): Promise<T> {
  if (signal === undefined) return waited;
  const ending = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const leave = () => reject(refusalOf(signal.reason));
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true, signal: ending.signal });
  });
  return Promise.race([waited, aborted]).finally(() => ending.abort());
}

/** What a client or server says went wrong, as the application knows it. */
export function refusalOf(error: unknown): TokenError {
  if (error instanceof TokenError) return error;
  return new TokenError(FULL.test(messageOf(error)) ? 'store_full' : 'store_unavailable', { cause: error });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A server's replies begin with a code, such as NOPERM; what a client says of its connection does not. */
function isRefused(message: string): boolean {
  return /^-?[A-Z]{2,}[A-Z0-9]* /.test(message) && !PASSING.test(message);
}

/** Redis 6.2 puts what a script met into a sentence of its own. */
const PASSING = /(?:^|-)(?:READONLY|LOADING|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|NOREPLICAS|BUSY|MOVED|ASK) /;
const FULL = /(?:^|-)OOM /;
const PAUSE_MS = 25;
/** Without a signal of the caller's: a second. */
const MOST_PAUSES = 40;
