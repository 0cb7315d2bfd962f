import { TokenError } from '../../domain/errors.ts';
import type { CallOptions } from '../../ports/crypto-provider.ts';

/** Web Crypto cannot stop what it has begun: an abort ends the wait for its answer. */
export function unlessAborted<T>(options: CallOptions | undefined, begin: () => Promise<T>): Promise<T> {
  const signal = options?.signal;
  if (signal === undefined) return begin();
  return new Promise((resolve, reject) => {
    const abort = () => reject(new TokenError('aborted', { cause: signal.reason }));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    void begin()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort));
  });
}
