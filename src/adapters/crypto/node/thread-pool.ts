import { sign, verify } from 'node:crypto';
import { TokenError } from '../../../domain/errors.ts';
import type { CallOptions } from '../../../ports/crypto-provider.ts';
import type { PaddedKey } from './pss-key.ts';

/**
 * `crypto.sign` on a thread of libuv's pool. A caller may reuse the memory of `data` at once: Node copies it before another thread reads it, but
 * promises that nowhere, so it is given a copy.
 */
export function signInPool(
  hash: string | undefined,
  data: Uint8Array,
  key: PaddedKey,
  options: CallOptions | undefined,
): Promise<Uint8Array> {
  return answered(options?.signal, (done) => sign(hash, new Uint8Array(data), key, done));
}

/** `crypto.verify` there. A caller may reuse the memory of `data` and `signature` at once. */
export function verifyInPool(
  hash: string | undefined,
  data: Uint8Array,
  key: PaddedKey,
  signature: Uint8Array,
  options: CallOptions | undefined,
): Promise<boolean> {
  return answered(options?.signal, (done) => verify(hash, new Uint8Array(data), key, new Uint8Array(signature), done));
}

/** What a thread has begun it finishes: an abort does not stop the call, but nobody waits for its answer any more. */
function answered<T>(
  signal: AbortSignal | undefined,
  begin: (done: (error: Error | null, answer: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new TokenError('aborted', { cause: signal?.reason }));
    if (signal?.aborted === true) return abort();
    signal?.addEventListener('abort', abort, { once: true });
    begin((error, answer) => {
      signal?.removeEventListener('abort', abort);
      if (error === null) resolve(answer);
      else reject(error);
    });
  });
}
