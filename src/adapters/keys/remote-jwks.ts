import { ownOptions } from '../../application/option-names.ts';
import { ConfigError, TokenError } from '../../domain/errors.ts';
import { parseDuration, type Duration, type NumericDate } from '../../domain/claims/numeric-date.ts';
import type { KeySet } from '../../domain/jose/key-set.ts';
import type { Clock } from '../../ports/clock.ts';
import type { KeyHint, KeySource, VerificationKeys } from '../../ports/key-source.ts';
import { parseJwksDocument } from './jwks-document.ts';

/** Allows `http:` to a loopback address, for tests. A symbol, so that no configuration file can set it. */
export const allowInsecureHttp: unique symbol = Symbol('simplejwt: fetch keys over unencrypted http');

export interface RemoteJwksOptions {
  readonly fetch?: typeof globalThis.fetch;
  /** Most seconds one request may take (5). */
  readonly timeoutSeconds?: Duration;
  /** Least seconds between two requests caused by unknown kids (30). */
  readonly cooldownSeconds?: Duration;
  /** Seconds for which a document is fresh (300). */
  readonly maxAgeSeconds?: Duration;
  /** Seconds for which a document still serves after that, until it has been fetched again (3600; at most 86400). */
  readonly maxStaleSeconds?: Duration;
  readonly clock?: Clock;
  readonly [allowInsecureHttp]?: true;
}

/**
 * A KeySource over a JWK Set document (RFC 7517) on the web. One request is in flight at a time; a token with an unknown kid causes at most one
 * request per cooldown; a token whose key is known does not wait for a document that is to be fetched again. One that is out of reach or odd
 * leaves the old one in place until it is too stale, then the answer is `keys_unavailable` (503). Redirects, documents over 512 KiB and secrets
 * in them are refused. Throws `ConfigError` for a URL that is not https, and for an option there is not.
 */
export function remoteJwks(url: string | URL, given: RemoteJwksOptions = {}): KeySource {
  const options = ownOptions(given, OPTION_NAMES);
  const target = parseUrl(url, options[allowInsecureHttp] === true);
  const timeoutSeconds = parseDuration(options.timeoutSeconds ?? 5, 'timeoutSeconds', { maximum: 60 });
  const cooldownSeconds = parseDuration(options.cooldownSeconds ?? 30, 'cooldownSeconds', { minimum: 0 });
  const maxAgeSeconds = parseDuration(options.maxAgeSeconds ?? 300, 'maxAgeSeconds');
  const maxStaleSeconds = parseDuration(options.maxStaleSeconds ?? 3600, 'maxStaleSeconds', { minimum: 0, maximum: 86_400 });
  const { fetch = globalThis.fetch, clock = systemClock } = options;
  assertFunction(fetch, 'fetch');
  assertFunction(clock, 'clock');

  const closing = new AbortController();
  let cached: { readonly keys: KeySet; readonly at: NumericDate } | undefined;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let failure: { readonly error: unknown; readonly at: NumericDate } | undefined;
  let flight: Promise<void> | undefined;

  const ageAt = (now: NumericDate) => (cached === undefined ? Number.POSITIVE_INFINITY : Math.abs(now - cached.at));

  /** Joins the request in flight. Begins one otherwise, unless the last has only just failed. */
  function refresh(): Promise<void> {
    if (flight !== undefined) return flight;
    const now = clock();
    if (failure !== undefined && Math.abs(now - failure.at) < RETRY_SECONDS) return Promise.resolve();
    attemptedAt = now;
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutSeconds * 1000)]);
    flight = download(fetch, target, signal)
      .then(
        (keys) => {
          cached = { keys, at: clock() };
          failure = undefined;
        },
        (error: unknown) => {
          failure = { error, at: clock() };
        },
      )
      .finally(() => {
        flight = undefined;
      });
    return flight;
  }

  async function fetchThenLook(hint: KeyHint, aborted: AbortSignal | undefined): Promise<VerificationKeys> {
    await orAborted(refresh(), aborted);
    if (ageAt(clock()) > maxAgeSeconds + maxStaleSeconds) throw new TokenError('keys_unavailable', { cause: failure?.error });
    return candidatesOf(cached?.keys, hint);
  }

  return {
    candidates(hint, { signal } = {}) {
      const now = clock();
      const age = ageAt(now);
      if (age > maxAgeSeconds + maxStaleSeconds) return fetchThenLook(hint, signal);
      const stale = age > maxAgeSeconds;
      const keys = candidatesOf(cached?.keys, hint);
      // a key may have been withdrawn, so the new document is waited for; but a server that failed before holds up no known key again
      if (stale && failure === undefined) return fetchThenLook(hint, signal);
      if (keys.length > 0) {
        if (stale) void refresh();
        return keys;
      }
      const mayAsk = (stale || hint.kid !== undefined) && Math.abs(now - attemptedAt) >= cooldownSeconds;
      // a request in flight may be about to bring the key, and to wait for it costs no other
      return mayAsk || flight !== undefined ? fetchThenLook(hint, signal) : keys;
    },
    revision() {
      const age = ageAt(clock());
      const asks = age > maxAgeSeconds + maxStaleSeconds || (age > maxAgeSeconds && failure === undefined);
      return asks ? undefined : cached?.keys;
    },
    close: () => closing.abort(),
  };
}

/** A token without a kid is matched only by keys that were published without one (Simple JWT demands a kid). */
function candidatesOf(set: KeySet | undefined, hint: KeyHint): VerificationKeys {
  const keys = set?.candidates(hint) ?? [];
  return hint.kid === undefined ? keys.filter(({ kid }) => kid === undefined) : keys;
}

async function download(fetch: typeof globalThis.fetch, url: URL, signal: AbortSignal): Promise<KeySet> {
  const response = await fetch(url, {
    signal,
    redirect: 'manual', // refused below: not every runtime has 'error'
    headers: { accept: 'application/jwk-set+json, application/json' },
  });
  const redirected = response.redirected || response.type === 'opaqueredirect';
  if (redirected || response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    throw new Error(redirected ? 'the server redirected the request' : `the server answered ${response.status}`);
  }
  const body: ReadableStream<Uint8Array<ArrayBuffer>> = response.body;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const reader = body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.length;
    if (length > MAX_DOCUMENT_BYTES) {
      await reader.cancel();
      throw new Error(`the document is longer than ${MAX_DOCUMENT_BYTES} bytes`);
    }
    chunks.push(part.value);
  }
  return parseJwksDocument(new Uint8Array(await new Blob(chunks).arrayBuffer()));
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

function assertFunction(value: unknown, option: string): void {
  if (typeof value !== 'function') throw new ConfigError('invalid_option', option, `${option} must be a function`);
}

function parseUrl(url: string | URL, insecure: boolean): URL {
  const target = typeof url === 'string' && URL.canParse(url) ? new URL(url) : url;
  if (!(target instanceof URL)) throw new ConfigError('invalid_option', 'jwkUrl', 'jwkUrl must be an absolute https URL');
  const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(target.hostname);
  if (target.protocol !== 'https:' && !(insecure && loopback && target.protocol === 'http:')) {
    throw new ConfigError(
      'invalid_option',
      'jwkUrl',
      'jwkUrl must be https; for tests on loopback use remoteJwks(url, { [allowInsecureHttp]: true })',
    );
  }
  if (target.username !== '' || target.password !== '') {
    throw new ConfigError('invalid_option', 'jwkUrl', 'jwkUrl must not hold a user name or password');
  }
  return target;
}

const OPTION_NAMES = [
  'fetch',
  'timeoutSeconds',
  'cooldownSeconds',
  'maxAgeSeconds',
  'maxStaleSeconds',
  'clock',
] as const satisfies readonly (keyof RemoteJwksOptions)[];
const systemClock: Clock = () => Math.floor(Date.now() / 1000);
const MAX_DOCUMENT_BYTES = 512 * 1024;
/** After a failure the next request waits this long, so that an outage is not answered by a storm. */
const RETRY_SECONDS = 1;
