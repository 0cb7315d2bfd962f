import { TokenError } from '../../../domain/errors.ts';
import type { CallOptions } from '../../../ports/crypto-provider.ts';

/**
 * Waits for an answer, or for the caller to leave. A failure that may pass, or whose outcome is unknown, comes out as the driver says it, so that the
 * application asks again; one that will not pass is a `TokenError`.
 */
export async function answered<T>(waited: Promise<T>, { signal }: CallOptions): Promise<T> {
  try {
    return await (signal === undefined ? waited : unlessAborted(waited, signal));
  } catch (error) {
    throw LASTING.has(codeOf(error)) ? new TokenError('store_unavailable', { cause: error }) : fullOr(error);
  }
}

/** Why a wait was ended that its caller would go on with: what became of the command is not known. */
export class NoAnswer extends Error {}

/** The places of the documents that were there already; throws what else went wrong. */
export function duplicatesOf(error: unknown): ReadonlySet<number> {
  const all: unknown[] = [member(error, 'writeErrors')].flat();
  const errors = all.filter((one) => one !== undefined);
  if (errors.length === 0 || isUnsure(error)) throw error;
  return new Set(
    errors.map((one) => {
      const index = member(one, 'index');
      if (codeOf(one) !== DUPLICATE_KEY || typeof index !== 'number') throw error;
      return index;
    }),
  );
}

/** Whether the majority may not have what was written. */
function isUnsure(error: unknown): boolean {
  const ask = member(error, 'result', 'getWriteConcernError');
  return typeof ask !== 'function' || Reflect.apply(ask, member(error, 'result'), []) !== undefined;
}

function codeOf(error: unknown): unknown {
  return member(error, 'code');
}

function fullOr(error: unknown): unknown {
  return FULL.has(codeOf(error)) ? new TokenError('store_full', { cause: error }) : error;
}

async function unlessAborted<T>(waited: Promise<T>, signal: AbortSignal): Promise<T> {
  waited.catch(() => undefined); // late is not heard
  const { promise: aborted, reject } = deferred<never>();
  const leave = () =>
    reject(signal.reason instanceof NoAnswer ? signal.reason : new TokenError('store_unavailable', { cause: signal.reason }));
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  return Promise.race([waited, aborted]).finally(() => signal.removeEventListener('abort', leave));
}

function deferred<T>() {
  let reject: (reason: Error) => void = () => undefined;
  const promise = new Promise<T>((_, refuse) => (reject = refuse));
  return { promise, reject };
}

function member(value: unknown, ...names: readonly string[]): unknown {
  let found = value;
  for (const name of names) found = typeof found === 'object' && found !== null ? Reflect.get(found, name) : undefined;
  return found;
}

const DUPLICATE_KEY = 11000;
/** BadValue, UserNotFound, Unauthorized, AuthenticationFailed, CommandNotFound, InvalidNamespace, CommandNotSupported. */
const LASTING = new Set<unknown>([2, 11, 13, 18, 59, 73, 115]);
/** OutOfDiskSpace, and the quota of a hosted server. */
const FULL = new Set<unknown>([14031, 8000]);
