import { TokenError } from '../../../domain/errors.ts';
import type { CallOptions } from '../../../ports/crypto-provider.ts';
import { answered, NoAnswer } from './failure.ts';

/** Sends a command and waits for its answer, for as long as the caller does and a command may take. */
export type Send = <T>(options: CallOptions, command: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/**
 * The driver itself would wait for a server for 30 s, and for an answer for ever: its `timeoutMS` has no effect in its newest 6 and 7. With the signal
 * it also drops what it has not sent yet. A rotation that it sent half a minute later would spend a token long after its holder was refused.
 */
export function sender(timeoutSeconds: number): Send {
  return async function send({ signal }, command) {
    if (signal?.aborted === true) throw new TokenError('store_unavailable', { cause: signal.reason });
    const leaving = new AbortController();
    const leave = () => leaving.abort(signal?.reason);
    signal?.addEventListener('abort', leave, { once: true });
    const late = () => leaving.abort(new NoAnswer(`no answer within ${timeoutSeconds} s`));
    const timer = setTimeout(late, timeoutSeconds * 1000);
    try {
      return await answered(command(leaving.signal), leaving);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', leave);
    }
  };
}
