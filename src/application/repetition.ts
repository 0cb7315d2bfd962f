import { ConfigError, TokenError } from '../domain/errors.ts';
import type { Waited } from './deadline.ts';
import { recover, type MaybePromise } from './maybe-promise.ts';

/**
 * Makes a call, and where it fails makes it again after a pause, and again after a longer one, until the wait for it is over. The call is told
 * when it is made again: an earlier one, whose outcome nobody knows, may have done its work. A `TokenError` is a decision and a `ConfigError` a
 * mistake; neither would turn out otherwise, so they pass as they are. A call that answers at once stays as fast as it is.
 */
export function repeated<T>(waited: Waited, call: (again: boolean) => MaybePromise<T>): MaybePromise<T> {
  return recover(
    () => call(false),
    (error) => {
      if (isFinal(error)) throw error;
      return callAgain(error, waited, call);
    },
  );
}

async function callAgain<T>(failure: unknown, waited: Waited, call: (again: boolean) => MaybePromise<T>): Promise<T> {
  waited.failure = failure;
  const { signal } = waited;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    await pauseFor(pause, signal);
    if (signal?.aborted === true) throw waited.failure;
    try {
      return await call(true);
    } catch (error) {
      if (isFinal(error)) throw error;
      waited.failure = error;
    }
  }
}

const isFinal = (error: unknown) => error instanceof TokenError || error instanceof ConfigError;

/** Cut short when the wait is over, so that nothing is left behind. */
function pauseFor(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener('abort', end, { once: true });
  });
}

/** A lost connection is often back at once; a server that starts again takes about a second. */
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 200;
