import { recover } from '../../application/maybe-promise.ts';
import { TokenError } from '../../domain/errors.ts';
import type { KeySet } from '../../domain/jose/key-set.ts';
import type { CallOptions } from '../../ports/crypto-provider.ts';
import type { KeyHint, KeySource, VerificationKeys } from '../../ports/key-source.ts';
import type { Freshness } from './document-freshness.ts';
import type { RemoteKeyEvents, RemoteKeysStatus } from './remote-events.ts';
import type { RemoteSettings } from './remote-options.ts';
import { createUnknownKids } from './unknown-kids.ts';

/** A KeySource over a document that is fetched. */
export interface RemoteJwks extends KeySource {
  /** Fetches the document unless a fresh one is at hand, for a start-up that wants to know. Rejects with `keys_unavailable`. */
  hydrate(options?: CallOptions): Promise<void>;
  status(): RemoteKeysStatus;
}

/** Keys as they were fetched. */
export interface FetchedKeys extends Freshness {
  /** The same object as before where nothing has changed: whoever imported its keys need not again. */
  readonly keys: KeySet;
}

export interface CachedKeysDeps extends RemoteSettings {
  readonly url: string;
  /** Fetches, given what is at hand. */
  readonly load: (signal: AbortSignal) => Promise<FetchedKeys>;
}

/**
 * When to fetch, and what serves meanwhile. One request is in flight at a time. A fresh document serves; in the last fifth of its freshness, and
 * where its publisher allows it after that too, it is fetched again in the background. After that a token waits for the new one, since a key may
 * have been withdrawn; but a publisher that fails holds up no known key: then the old one serves until it is too stale.
 */
export function createCachedKeys(deps: CachedKeysDeps): RemoteJwks {
  const { url, load, elapsed, events, timeoutSeconds, cooldownSeconds, maxStaleSeconds } = deps;
  const closing = new AbortController();
  const unknown = createUnknownKids(cooldownSeconds);
  let held: (FetchedKeys & { readonly at: number }) | undefined;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let failure: { readonly error: unknown; readonly at: number } | undefined;
  let flight: Promise<void> | undefined;
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
    flight = withinTimeout(load, timeoutSeconds, closing.signal)
      .then(
        (fetched) => {
          const changed = fetched.keys !== held?.keys;
          if (changed) unknown.clear();
          held = { ...fetched, at: elapsed() };
          failure = undefined;
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

  async function fetchThenLook(hint: KeyHint, aborted: AbortSignal | undefined): Promise<VerificationKeys> {
    const before = held;
    await orAborted(refresh(), aborted);
    const now = elapsed();
    if (overdue(now) > maxStaleSeconds) throw new TokenError('keys_unavailable', { cause: failure?.error });
    const keys = candidatesOf(held?.keys, hint);
    if (keys.length === 0 && hint.kid !== undefined && held !== before) unknown.missed(hint.kid, now);
    return keys;
  }

  return {
    candidates(hint, { signal } = {}) {
      const now = elapsed();
      const late = overdue(now);
      if (late > maxStaleSeconds) return fetchThenLook(hint, signal);
      const keys = candidatesOf(held?.keys, hint);
      if (mustWait(late)) return fetchThenLook(hint, signal);
      if (keys.length > 0) {
        if (late > -(held?.freshSeconds ?? 0) * AHEAD) void refresh();
        return keys;
      }
      const mayAsk =
        (late > 0 || hint.kid !== undefined) &&
        now - attemptedAt >= cooldownSeconds &&
        !(hint.kid !== undefined && unknown.has(hint.kid, now));
      // a request in flight may be about to bring the key, and to wait for it costs no other
      return mayAsk || flight !== undefined ? fetchThenLook(hint, signal) : keys;
    },
    revision() {
      const late = overdue(elapsed());
      return late > maxStaleSeconds || mustWait(late) ? undefined : held?.keys;
    },
    async hydrate({ signal } = {}) {
      if (overdue(elapsed()) > 0) await orAborted(refresh(), signal);
      if (overdue(elapsed()) > maxStaleSeconds) throw new TokenError('keys_unavailable', { cause: failure?.error });
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

/** With a timer of its own, which lets go of the process and the signal as soon as the answer is there. */
async function withinTimeout<T>(call: (signal: AbortSignal) => Promise<T>, seconds: number, closing: AbortSignal): Promise<T> {
  const timeout = new AbortController();
  const late = () => timeout.abort(new DOMException(`no answer within ${seconds} s`, 'TimeoutError'));
  const timer = setTimeout(late, seconds * 1000);
  const onClose = () => timeout.abort(closing.reason);
  closing.addEventListener('abort', onClose, { once: true });
  try {
    return await call(timeout.signal);
  } finally {
    clearTimeout(timer);
    closing.removeEventListener('abort', onClose);
  }
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

function tell<Name extends keyof RemoteKeyEvents>(
  events: RemoteKeyEvents,
  name: Name,
  event: Parameters<NonNullable<RemoteKeyEvents[Name]>>[0],
): void {
  const observer: ((event: never) => unknown) | undefined = events[name];
  void recover(
    () => observer?.call(events, event as never),
    () => undefined,
  );
}

/** After a failure the next request waits this long, so that an outage is not answered by a storm. */
const RETRY_SECONDS = 1;
/** The last part of a document's freshness, in which it is fetched again before anybody has to wait for it. */
const AHEAD = 0.2;
