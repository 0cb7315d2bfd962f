import { parseDuration, type Duration, type NumericDate } from '../domain/claims/numeric-date.ts';
import { ConfigError } from '../domain/errors.ts';
import { SEXTETS } from '../domain/jose/base64url.ts';
import type { KeySource } from '../ports/key-source.ts';
import type { VerifiedToken } from './jwt-payload.ts';
import { ownOptions } from './option-names.ts';

export interface VerifiedTokenCacheOptions {
  /** Most tokens kept (4096), rounded up to a power of two. A token of usual size and its claims take about 1 KiB. */
  readonly maxEntries?: number;
  /** How long a token is kept (30 seconds; at most 60). */
  readonly lifetime?: Duration;
}

/** True for the defaults; false, the default itself, for none. */
export type VerifiedTokenCacheOption = boolean | VerifiedTokenCacheOptions;

export interface VerifiedTokenCacheConfig {
  readonly maxEntries: number;
  readonly lifetimeSeconds: number;
}

/** Throws `ConfigError` for what cannot be meant. */
export function parseVerifiedTokenCache(option: unknown): VerifiedTokenCacheConfig | false {
  if (option === undefined || option === false) return false;
  if (option !== true && (typeof option !== 'object' || option === null)) {
    throw new ConfigError(
      'invalid_option',
      'verifiedTokenCache',
      'verifiedTokenCache must be true, false or { maxEntries, lifetime }',
    );
  }
  const given: VerifiedTokenCacheOptions = option === true ? {} : option;
  const { maxEntries = 4096, lifetime = 30 } = ownOptions(given, ['maxEntries', 'lifetime']);
  if (!Number.isSafeInteger(maxEntries) || maxEntries < PLACES || maxEntries > 2 ** 20) {
    throw new ConfigError('invalid_option', 'maxEntries', `maxEntries must be a whole number from ${PLACES} to 1048576`);
  }
  return {
    maxEntries: 2 ** Math.ceil(Math.log2(maxEntries)),
    lifetimeSeconds: parseDuration(lifetime, 'lifetime', { minimum: 1, maximum: 60 }),
  };
}

/**
 * Tokens whose signature held a short while ago. It spares the signature and the parsing and nothing else: whoever finds a token here checks its
 * claims against the clock, and its revocation, as for any other.
 */
export interface VerifiedTokenCache {
  find(token: unknown, now: NumericDate): VerifiedToken | undefined;
  /** Another number after each change of keys. */
  readonly generation: number;
  /**
   * Answers a copy, frozen, since many calls will answer it. Only for a token whose signature was just checked, with keys of this `generation`:
   * one that was checked while they changed is not kept.
   */
  keep(token: string, verified: VerifiedToken, now: NumericDate, generation: number): VerifiedToken;
}

/**
 * A table of eight places for each value of some bits of the signature: of fixed size, without a list to keep in order and without hashing the
 * token, which takes longer than the look-up (`bench/suites/cache.mjs`). Only verified tokens get in, so nobody without the key chooses places.
 * All go when a source's keys change. Undefined where the option says so. Throws `ConfigError` for a source that does not tell when its keys
 * change.
 */
export function createVerifiedTokenCache(
  config: VerifiedTokenCacheConfig | false,
  sources: readonly KeySource[],
): VerifiedTokenCache | undefined {
  if (config === false) return undefined;
  const { maxEntries, lifetimeSeconds } = config;
  const keys = watchKeys(sources);
  const tags = new Int32Array(maxEntries);
  const mask = maxEntries / PLACES - 1;
  let entries = emptied(maxEntries);
  let turn = 0;
  let generation = 0;

  function dropIfKeysChanged(): void {
    if (!keys.changed()) return;
    entries = emptied(maxEntries);
    generation += 1;
  }

  return {
    get generation() {
      return generation;
    },
    find(token, now) {
      if (typeof token !== 'string') return undefined;
      dropIfKeysChanged();
      const bits = signatureBits(token);
      const first = (bits & mask) * PLACES;
      for (let place = first; place < first + PLACES; place++) {
        const entry = tags[place] === bits ? entries[place] : undefined;
        if (entry !== undefined && isOf(entry, token)) {
          return now >= entry.keptAt && now < entry.keptAt + lifetimeSeconds ? entry.verified : undefined;
        }
      }
      return undefined;
    },
    keep(token, { header, claims }, now, since) {
      dropIfKeysChanged();
      const verified = frozen<VerifiedToken>({ ok: true, header, claims: Object.fromEntries(Object.entries(claims)) });
      if (generation !== since) return verified;
      const bits = signatureBits(token);
      const place = placeFor(token, (bits & mask) * PLACES, entries);
      tags[place] = bits;
      entries[place] = { token, ending: endingOf(token), verified, keptAt: now, turn };
      turn += 1;
      return verified;
    },
  };
}

/** The place this token has already, else an empty one, else that of the oldest. */
function placeFor(token: string, first: number, entries: readonly (Entry | undefined)[]): number {
  let chosen = first;
  let oldest = Number.POSITIVE_INFINITY;
  for (let place = first; place < first + PLACES; place++) {
    const entry = entries[place];
    if (entry?.token === token) return place;
    const turn = entry?.turn ?? Number.NEGATIVE_INFINITY;
    if (turn >= oldest) continue;
    [chosen, oldest] = [place, turn];
  }
  return chosen;
}

interface Entry {
  readonly token: string;
  /** Its last characters. */
  readonly ending: Uint8Array;
  readonly verified: VerifiedToken;
  readonly keptAt: NumericDate;
  /** Of two kept in one second, which came first. */
  readonly turn: number;
}

function emptied(maxEntries: number): (Entry | undefined)[] {
  return Array.from<Entry | undefined>({ length: maxEntries }).fill(undefined);
}

/**
 * Whether the entry is of this very token. So much of the signature that nobody guesses it goes first, and in constant time: how far a guess was
 * right must not show.
 */
function isOf(entry: Entry, token: string): boolean {
  const { ending } = entry;
  if (entry.token.length !== token.length) return false;
  const start = token.length - ENDING_LENGTH;
  let difference = 0;
  for (let index = 0; index < ENDING_LENGTH; index++) difference |= token.charCodeAt(start + index) ^ (ending[index] ?? 0);
  return difference === 0 && entry.token === token;
}

/** ASCII, since the token was verified. */
function endingOf(token: string): Uint8Array {
  return new TextEncoder().encode(token.slice(-ENDING_LENGTH));
}

/** Thirty bits, of the characters before the last, which may hold fewer. */
function signatureBits(token: string): number {
  let bits = 0;
  for (let at = token.length - 6; at < token.length - 1; at++)
    bits = (bits << 6) | ((SEXTETS[token.charCodeAt(at) & 0x7f] ?? 0) & 63);
  return bits;
}

/** Whether keys may have changed since it was asked last. Fixed sources never do. */
function watchKeys(sources: readonly KeySource[]): { changed(): boolean } {
  const changing = sources.filter(({ fixed }) => fixed !== true);
  const revisions = changing.map((source) => {
    if (source.revision !== undefined) return source.revision.bind(source);
    throw new ConfigError(
      'invalid_option',
      'verifiedTokenCache',
      'verifiedTokenCache needs keys in hand, or a KeySource that tells by revision() when its keys change',
    );
  });
  let seen: readonly unknown[] = revisions.map(() => undefined);

  return {
    changed() {
      if (revisions.length === 0) return false;
      const now = revisions.map((revision) => revision());
      const same = now.every((revision, index) => revision !== undefined && revision === seen[index]);
      seen = now;
      return !same;
    },
  };
}

/** In steps, not by recursion: claims may be nested deeper than the stack. */
function frozen<T extends object>(root: T): T {
  const open: object[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const child of Object.values(Object.freeze(node)) as unknown[]) {
      if (typeof child === 'object' && child !== null) open.push(child);
    }
  }
  return root;
}

const PLACES = 8;
/** 144 bits. The shortest signature has 43 characters. */
const ENDING_LENGTH = 24;
