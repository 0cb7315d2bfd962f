import type { MaybePromise } from '../../application/maybe-promise.ts';
import { TokenError } from '../../domain/errors.ts';
import type { KeySet } from '../../domain/jose/key-set.ts';
import type { CallOptions } from '../../ports/crypto-provider.ts';
import type { KeyHint, KeySource, VerificationKeys } from '../../ports/key-source.ts';
import type { Freshness } from './document-freshness.ts';
import type { RemoteKeysStatus } from './remote-events.ts';
import type { RemoteSettings } from './remote-options.ts';
import { tell } from './tell.ts';
import { createUnknownKids } from './unknown-kids.ts';

/** A KeySource over a document that is fetched. */
export interface RemoteJwks extends KeySource {
  /** Fetches the document unless a fresh one is at hand, for a start-up that wants to know. Rejects with `keys_unavailable`. */
  hydrate(options?: CallOptions): Promise<void>;
  status(): RemoteKeysStatus;
}

/** What keeps keys that are fetched, for those who build a KeySource of it. */
export interface CachedKeys extends RemoteJwks {
  /** Waits where a token with a known key would. Rejects with `keys_unavailable`. */
  settle(options: CallOptions): MaybePromise<void>;
  /** Takes keys that came another way. */
  put(fetched: FetchedKeys): void;
}

/** Keys as they were fetched. */
export interface FetchedKeys extends Freshness {
  /** The same object as before where nothing has changed: whoever imported its keys need not again. */
  readonly keys: KeySet;
}

export interface CachedKeysDeps extends Omit<RemoteSettings, 'fetch' | 'insecure' | 'usualSeconds' | 'mostSeconds'> {
  readonly url: string;
  /** Fetches, given what is at hand. */
  readonly load: (signal: AbortSignal) => Promise<FetchedKeys>;
}

/**
 * When to fetch, and what serves meanwhile. One request is in flight at a time. A fresh document serves; in the last fifth of its freshness, and
 * where its publisher allows it after that too, it is fetched again in the background. After that a token waits for the new one, since a key may
 * have been withdrawn; but a publisher that fails holds up no known key: then the old one serves until it is too stale.
 */
export function createCachedKeys(deps: CachedKeysDeps): CachedKeys {
  const { url, load, elapsed, events, timeoutSeconds, cooldownSeconds, maxStaleSeconds } = deps;
  const closing = new AbortController();
  const unknown = createUnknownKids(cooldownSeconds);
  let held: (FetchedKeys & { readonly at: number }) | undefined;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let failure: { readonly error: unknown; readonly at: number } | undefined;
  let flight: Promise<void> | undefined;
  let puts = 0;
  const counts = { requests: 0, failures: 0 };

  /** Seconds for which the document at hand has been past its freshness. */
  const overdue = (now: number) => (held === undefined ? Number.POSITIVE_INFINITY : now - held.at - held.freshSeconds);
  const mustWait = (late: number) => late > (held?.revalidateSeconds ?? 0) && failure === undefined;

  /** Joins the request in flight. Begins one otherwise, unless the last has only just failed. */
  function refresh(): Promise<void> {
    if (flight !== undefined) return flight;
    const now = elapsed();
    if (closing.signal.aborted || (failure !== undefined && now - failure.at < RETRY_SECONDS)) return Promise.resolve();
    attemptedAt = now;
    counts.requests += 1;
    const before = puts;
    flight = withinTimeout(load, timeoutSeconds, closing.signal)
      .then(
        (fetched) => {
          if (puts !== before) return; // what was put meanwhile is younger
          const changed = fetched.keys !== held?.keys;
          put(fetched);
          tell(events, 'fetched', { url, keys: fetched.keys.keys.length, changed });
        },
        (error: unknown) => {
          counts.failures += 1;
          failure = { error, at: elapsed() };
          tell(events, 'failed', { url, error, serving: overdue(failure.at) <= maxStaleSeconds });
        },
      )
      .finally(() => {
        flight = undefined;
      });
    return flight;
  }

  function put(fetched: FetchedKeys): void {
    if (fetched.keys !== held?.keys) unknown.clear();
    held = { ...fetched, at: elapsed() };
    failure = undefined;
    puts += 1;
  }

  async function fetched(aborted: AbortSignal | undefined): Promise<void> {
    await orAborted(refresh(), aborted);
    if (overdue(elapsed()) > maxStaleSeconds) throw new TokenError('keys_unavailable', { cause: failure?.error });
  }

  async function fetchThenLook(hint: KeyHint, aborted: AbortSignal | undefined): Promise<VerificationKeys> {
    const before = held;
    await fetched(aborted);
    const keys = candidatesOf(held?.keys, hint);
    if (keys.length === 0 && hint.kid !== undefined && held !== before) unknown.missed(hint.kid, elapsed());
    return keys;
  }

  const mayServe = (late: number) => late <= maxStaleSeconds && !mustWait(late);

  /** In the background, where it is nearly time. */
  function renew(late: number): void {
    if (late > -(held?.freshSeconds ?? 0) * AHEAD) void refresh();
  }

  return {
    candidates(hint, { signal } = {}) {
      const now = elapsed();
      const late = overdue(now);
      if (!mayServe(late)) return fetchThenLook(hint, signal);
      const keys = candidatesOf(held?.keys, hint);
      if (keys.length > 0) {
        renew(late);
        return keys;
      }
      const { kid } = hint;
      const mayAsk = (late > 0 || kid !== undefined) && now - attemptedAt >= cooldownSeconds;
      const known = kid !== undefined && unknown.has(kid, now);
      // a request in flight may be about to bring the key, and to wait for it costs no other
      return (mayAsk && !known) || flight !== undefined ? fetchThenLook(hint, signal) : keys;
    },
    settle({ signal }) {
      const late = overdue(elapsed());
      return mayServe(late) ? renew(late) : fetched(signal);
    },
    put,
    revision() {
      const late = overdue(elapsed());
      return mayServe(late) ? held?.keys : undefined;
    },
    async hydrate({ signal } = {}) {
      if (overdue(elapsed()) > 0) await fetched(signal);
    },
    status() {
      const now = elapsed();
      const late = overdue(now);
      const state = late <= 0 ? 'fresh' : late <= maxStaleSeconds ? 'stale' : 'expired';
      return {
        state: held === undefined ? 'empty' : state,
        keys: held?.keys.keys.length ?? 0,
        ageSeconds: held === undefined ? undefined : now - held.at,
        ...counts,
        error: failure?.error,
      };
    },
    close: () => closing.abort(),
  };
}

/** A token without a kid is matched only by keys that were published without one (Simple JWT demands a kid). */
function candidatesOf(set: KeySet | undefined, hint: KeyHint): VerificationKeys {
  const keys = set?.candidates(hint) ?? [];
  return hint.kid === undefined ? keys.filter(({ kid }) => kid === undefined) : keys;
}

/** Ends with its time, whatever the call makes of the signal. The timer lets go of the process as soon as the answer is there. */
function withinTimeout<T>(call: (signal: AbortSignal) => Promise<T>, seconds: number, closing: AbortSignal): Promise<T> {
  const ending = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const end = (reason: unknown) => {
      reject(reason);
      ending.abort(reason);
    };
    const timer = setTimeout(() => end(new DOMException(`no answer within ${seconds} s`, 'TimeoutError')), seconds * 1000);
    const onClose = () => end(closing.reason);
    closing.addEventListener('abort', onClose, { once: true });
    void call(ending.signal)
      .then(resolve, reject)
      .finally(() => {
        clearTimeout(timer);
        closing.removeEventListener('abort', onClose);
      });
  });
}

function orAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new TokenError('aborted', { cause: signal.reason }));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** After a failure the next request waits this long, so that an outage is not answered by a storm. */
const RETRY_SECONDS = 1;
/** The last part of a document's freshness, in which it is fetched again before anybody has to wait for it. */
const AHEAD = 0.2;
