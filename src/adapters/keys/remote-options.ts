import { ownOptions } from '../../application/option-names.ts';
import { parseDuration, type Duration } from '../../domain/claims/numeric-date.ts';
import { ConfigError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RemoteKeyEvents } from './remote-events.ts';
import { steadyClock } from './steady-clock.ts';

/** Allows `http:` to a loopback address, for tests. A symbol, so that no configuration file can set it. */
export const allowInsecureHttp: unique symbol = Symbol('simplejwt: fetch keys over unencrypted http');

export interface RemoteJwksOptions {
  readonly fetch?: typeof globalThis.fetch;
  /** Most seconds one request may take, to the last byte of its answer (5). */
  readonly timeoutSeconds?: Duration;
  /** Least seconds between two requests caused by unknown kids, and for which a document is fresh (30). */
  readonly cooldownSeconds?: Duration;
  /** Most seconds for which a document is fresh. Default: what its Cache-Control says, at most 3600; 300 where it says nothing. */
  readonly maxAgeSeconds?: Duration;
  /** Seconds for which a document still serves after that, while it cannot be fetched again (3600; at most 86400). */
  readonly maxStaleSeconds?: Duration;
  /** What time passes by; only its steps forward count. Default: the runtime's monotonic clock. */
  readonly clock?: Clock;
  readonly events?: RemoteKeyEvents;
  readonly [allowInsecureHttp]?: true;
}

export interface RemoteSettings {
  readonly fetch: typeof globalThis.fetch;
  readonly timeoutSeconds: number;
  readonly cooldownSeconds: number;
  readonly usualSeconds: number;
  readonly mostSeconds: number;
  readonly maxStaleSeconds: number;
  readonly elapsed: () => number;
  readonly events: RemoteKeyEvents;
  readonly insecure: boolean;
}

/** Throws `ConfigError` for an option there is not, and for what cannot be meant. */
export function parseRemoteOptions(given: RemoteJwksOptions, further: readonly string[] = []): RemoteSettings {
  const options = ownOptions(given, [...OPTION_NAMES, ...further]);
  const { maxAgeSeconds, fetch = globalThis.fetch, clock, events = {} } = options;
  assertFunction(fetch, 'fetch');
  if (clock !== undefined) assertFunction(clock, 'clock');
  if (typeof events !== 'object' || events === null)
    throw new ConfigError('invalid_option', 'events', 'events must be an object of observers: fetched, failed');
  const maxAge = maxAgeSeconds === undefined ? undefined : parseDuration(maxAgeSeconds, 'maxAgeSeconds');
  return {
    fetch,
    timeoutSeconds: parseDuration(options.timeoutSeconds ?? 5, 'timeoutSeconds', { maximum: 60 }),
    cooldownSeconds: parseDuration(options.cooldownSeconds ?? 30, 'cooldownSeconds', { minimum: 0 }),
    usualSeconds: maxAge ?? USUAL_SECONDS,
    mostSeconds: maxAge ?? MOST_SECONDS,
    maxStaleSeconds: parseDuration(options.maxStaleSeconds ?? 3600, 'maxStaleSeconds', { minimum: 0, maximum: 86_400 }),
    elapsed: steadyClock(clock),
    events: ownOptions(events, EVENTS),
    insecure: options[allowInsecureHttp] === true,
  };
}

/** An address that keys may be fetched from: https, or http to this machine where that was allowed; no user name, no password. */
export function parseKeyUrl(url: unknown, insecure: boolean, option: string): URL {
  const target = typeof url === 'string' && URL.canParse(url) ? new URL(url) : url;
  if (!(target instanceof URL)) throw new ConfigError('invalid_option', option, `${option} must be an absolute https URL`);
  const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(target.hostname);
  if (target.protocol !== 'https:' && !(insecure && loopback && target.protocol === 'http:')) {
    throw new ConfigError(
      'invalid_option',
      option,
      `${option} must be https; for tests on loopback use remoteJwks(url, { [allowInsecureHttp]: true })`,
    );
  }
  if (target.username !== '' || target.password !== '') {
    throw new ConfigError('invalid_option', option, `${option} must not hold a user name or password`);
  }
  return new URL(target); // whoever gave it may change it
}

function assertFunction(value: unknown, option: string): void {
  if (typeof value !== 'function') throw new ConfigError('invalid_option', option, `${option} must be a function`);
}

const USUAL_SECONDS = 300;
const MOST_SECONDS = 3600;
const EVENTS = ['fetched', 'failed'] as const satisfies readonly (keyof RemoteKeyEvents)[];
const OPTION_NAMES = [
  'fetch',
  'timeoutSeconds',
  'cooldownSeconds',
  'maxAgeSeconds',
  'maxStaleSeconds',
  'clock',
  'events',
] as const satisfies readonly (keyof RemoteJwksOptions)[];
