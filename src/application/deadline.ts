import { TokenError, type TokenErrorCode } from '../domain/errors.ts';
import type { CallOptions } from '../ports/crypto-provider.ts';
import { hasGone } from './late-signal.ts';
import { isThenable, type MaybePromise } from './maybe-promise.ts';

export interface Deadline {
  /** None where the application's own code is waited for, which sets its own. */
  readonly seconds?: number;
  /** Whose own signal ends the wait too. */
  readonly caller: CallOptions;
  /** What the refusal is called when time runs out or the call fails. */
  readonly code: TokenErrorCode;
}

/**
 * Runs a port's method so that it settles within a deadline. What it throws becomes `code` (a `TokenError` passes as it is), a caller's abort
 * becomes `aborted`. A method that answers at once costs neither timer nor signal, nor a promise: its answer, or refusal, comes at once.
 */
export function within<T>({ seconds, caller, code }: Deadline, call: (options: Waited) => MaybePromise<T>): MaybePromise<T> {
  if (hasGone(caller)) throw new TokenError('aborted', { cause: caller.signal?.reason });
  const ending = new Ending();
  let result: MaybePromise<T>;
  try {
    result = call(ending);
  } catch (error) {
    throw asRefusal(error, code);
  }
  if (!isThenable(result)) return result;

  const pending = Promise.resolve(result);
  const { signal } = caller;
  return new Promise<T>((resolve, reject) => {
    const give = (error: TokenError) => {
      reject(error);
      ending.abort(error);
    };
    const late = () => give(new TokenError(code, { cause: ending.failure ?? new Error(`no answer within ${seconds} s`) }));
    const timer = seconds === undefined ? undefined : setTimeout(late, seconds * 1000);
    const onAbort = () => give(new TokenError('aborted', { cause: signal?.reason }));
    if (signal?.aborted === true) onAbort(); // while the method was called
    signal?.addEventListener('abort', onAbort, { once: true });
    void pending
      .then(resolve, (error: unknown) => reject(asRefusal(error, code)))
      .finally(() => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      });
  });
}

/** The options of a call, and what it has met with so far: what it is late for, where it tries again. */
export interface Waited extends CallOptions {
  failure?: unknown;
}

/** The options of a call. Its signal is made when it is read: on Node 20 that costs more than all a store in memory does. */
class Ending implements Waited {
  failure: unknown;
  #controller: AbortController | undefined;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller ??= new AbortController(); // what is read later must be found aborted
    this.#controller.abort(reason);
  }
}

function asRefusal(error: unknown, code: TokenErrorCode): unknown {
  return error instanceof TokenError ? error : new TokenError(code, { cause: error });
}
