import { ownOptions } from '../../application/option-names.ts';
import { parseAlgorithm } from '../../application/verification-options.ts';
import { parseDuration, type Duration, type NumericDate } from '../../domain/claims/numeric-date.ts';
import { ConfigError } from '../../domain/errors.ts';
import type { Algorithm, AlgorithmRow } from '../../domain/jose/algorithms.ts';
import { parseKey, type KeyInput, type KeyMaterial } from '../../domain/jose/key-material.ts';
import { assertUsable } from '../../domain/jose/key-use.ts';
import { hasPublicMembers } from '../../domain/jose/public-key.ts';
import type { Clock } from '../../ports/clock.ts';
import type { KeyStorage } from '../../ports/key-storage.ts';
import { systemClock } from '../system-clock.ts';
import { memoryKeyStorage } from './memory-key-storage.ts';
import { createKeySealing, type KeySealing } from './sealed-key.ts';
import { steadyClock } from './steady-clock.ts';

export interface KeyringOptions {
  /** What its keys sign with. */
  readonly algorithm: Algorithm;
  /** How long a key signs (`'30d'`). */
  readonly rotateEvery?: Duration;
  /** How long a key that signs no more still verifies (`'2d'`): at least the longest life of a token and the leeway. */
  readonly overlap?: Duration;
  /** How long a key is published before it signs (`'1h'`, at most half of `rotateEvery`), so that whoever keeps a copy of the public keys has it. */
  readonly publishAhead?: Duration;
  /** Where the keys are kept, and shared. Default: in memory, gone with the process. */
  readonly store?: KeyStorage;
  /** 32 random bytes (or base64url of them): private keys are stored sealed under it (AES-256-GCM). A list: the first seals, all open. */
  readonly sealingKey?: Uint8Array | string | readonly (Uint8Array | string)[];
  /** The first key of an empty store, such as the one a service signed with so far: a JWK, or PEM with its public half. */
  readonly initialKey?: KeyInput;
  /** How often the store is looked at for what other processes did (10). */
  readonly refreshSeconds?: Duration;
  /** How long keys serve while the store fails (300, at most `publishAhead`); then nothing is signed or verified. */
  readonly maxStaleSeconds?: Duration;
  /** Most seconds a look may take (5). */
  readonly timeoutSeconds?: Duration;
  readonly clock?: Clock;
  readonly events?: KeyringEvents;
}

/** Observers: what they throw is dropped. */
export interface KeyringEvents {
  /** This process made a key, which signs from then on. */
  minted?(event: { readonly kid: string; readonly from: NumericDate }): unknown;
  withdrawn?(event: { readonly kid: string }): unknown;
  /** The store failed, or holds what cannot be read. */
  failed?(event: { readonly error: unknown }): unknown;
}

export interface KeyringSettings {
  readonly row: AlgorithmRow & { readonly name: Algorithm };
  readonly rotateSeconds: number;
  readonly overlapSeconds: number;
  readonly publishSeconds: number;
  readonly refreshSeconds: number;
  readonly maxStaleSeconds: number;
  readonly timeoutSeconds: number;
  readonly store: KeyStorage;
  readonly sealing: KeySealing | undefined;
  readonly initialKey: KeyMaterial | undefined;
  readonly clock: Clock;
  readonly elapsed: () => number;
  readonly events: KeyringEvents;
}

/** Throws `ConfigError` for an option there is not, and for what cannot be meant. */
export function parseKeyringOptions(given: KeyringOptions): KeyringSettings {
  const options = ownOptions(given, OPTION_NAMES);
  const { clock, store = memoryKeyStorage(), sealingKey, initialKey, events = {} } = options;
  const row = parseAlgorithm(options.algorithm, 'algorithm');
  const rotateSeconds = parseDuration(options.rotateEvery ?? '30d', 'rotateEvery', { minimum: 2 });
  const half = Math.floor(rotateSeconds / 2);
  const publishSeconds = parseDuration(options.publishAhead ?? Math.min(3600, half), 'publishAhead', { maximum: half });
  // a host that cannot read the store for so long stops signing before a key that it cannot know begins to
  const maxStaleSeconds = parseDuration(options.maxStaleSeconds ?? Math.min(300, publishSeconds), 'maxStaleSeconds', {
    maximum: publishSeconds,
  });
  if (typeof store !== 'object' || store === null || typeof store.read !== 'function' || typeof store.replace !== 'function')
    throw new ConfigError('invalid_option', 'store', 'store must be a KeyStorage: it has read and replace');
  if (clock !== undefined && typeof clock !== 'function')
    throw new ConfigError('invalid_option', 'clock', 'clock must be a function that answers seconds since the epoch');
  return {
    row,
    rotateSeconds,
    publishSeconds,
    maxStaleSeconds,
    overlapSeconds: parseDuration(options.overlap ?? '2d', 'overlap'),
    refreshSeconds: parseDuration(options.refreshSeconds ?? Math.min(10, maxStaleSeconds), 'refreshSeconds', {
      maximum: maxStaleSeconds,
    }),
    timeoutSeconds: parseDuration(options.timeoutSeconds ?? 5, 'timeoutSeconds', { maximum: 60 }),
    store,
    sealing: sealingKey === undefined ? undefined : createKeySealing(sealingKey),
    initialKey: initialKey === undefined ? undefined : parseInitialKey(initialKey, row),
    clock: clock ?? systemClock,
    elapsed: steadyClock(clock),
    events: ownOptions(events, EVENTS),
  };
}

function parseInitialKey(input: KeyInput, row: AlgorithmRow): KeyMaterial {
  const key = parseKey(input, [row], 'initialKey');
  assertUsable(key, row, 'sign', 'initialKey');
  if (key.kty !== 'oct' && !hasPublicMembers(key))
    throw new ConfigError('invalid_key', 'initialKey', 'initialKey must have its public half: give a JWK with both halves');
  return key;
}

const EVENTS = ['minted', 'withdrawn', 'failed'] as const satisfies readonly (keyof KeyringEvents)[];
const OPTION_NAMES = [
  'algorithm',
  'rotateEvery',
  'overlap',
  'publishAhead',
  'store',
  'sealingKey',
  'initialKey',
  'refreshSeconds',
  'maxStaleSeconds',
  'timeoutSeconds',
  'clock',
  'events',
] as const satisfies readonly (keyof KeyringOptions)[];
