import { chain, recover } from '../../application/maybe-promise.ts';
import type { NumericDate } from '../../domain/claims/numeric-date.ts';
import { ConfigError, TokenError } from '../../domain/errors.ts';
import { keyStandings, nextKeyFrom, type KeyState } from '../../domain/jose/key-schedule.ts';
import { createKeySet, type KeySet } from '../../domain/jose/key-set.ts';
import type { KeyMaterial } from '../../domain/jose/key-material.ts';
import type { CallOptions } from '../../ports/crypto-provider.ts';
import type { SigningKeys } from '../../ports/signing-keys.ts';
import { createCachedKeys, type FetchedKeys } from './cached-keys.ts';
import { generateKey, withKid } from './key-generation.ts';
import { parseKeyringOptions, type KeyringOptions } from './keyring-options.ts';
import { readRing, storedKey, writeRing, type RingKey, type StoredKey } from './ring-document.ts';
import { tell } from './tell.ts';

/** Several keys, of which one at a time signs. */
export interface Keyring extends SigningKeys {
  /** What each key is doing, in order of when they sign. */
  list(options?: CallOptions): Promise<readonly KeyEntry[]>;
  /** Plans the next key at once instead of when it is due: it is published now, and signs when it has been for long enough. */
  rotate(options?: CallOptions): Promise<void>;
  /**
   * An emergency: from now on this key serves nobody, here at once and on other hosts with their next look at the store. If it was the primary,
   * the next key signs at once. Throws `ConfigError` for a kid there is not.
   */
  withdraw(kid: string, options?: CallOptions): Promise<void>;
}

export interface KeyEntry {
  readonly kid: string;
  readonly state: KeyState;
  /** Since or from when it signs. */
  readonly from: NumericDate;
  /** When this state ends by itself; undefined where nothing is planned. */
  readonly until: NumericDate | undefined;
}

/**
 * Keys that are renewed by the clock. Give it to `createTokenService({ algorithm, keys })`. The next key is made when its publication is due, by
 * whichever process comes first: the store's compare-and-swap lets exactly one do it, and the others find it with their next look. Nothing runs in
 * the background; what is due is seen to when keys are used. A store that fails holds up nobody for `maxStaleSeconds`; then the answer is 503.
 */
export function keyring(options: KeyringOptions): Keyring {
  const settings = parseKeyringOptions(options);
  const { row, store, sealing, initialKey, clock, events, overlapSeconds, publishSeconds, refreshSeconds } = settings;
  const algorithm = row.name;
  let view: RingView = { version: undefined, keys: [], set: undefined };
  let minting: Promise<void> | undefined;

  const cached = createCachedKeys({ ...settings, url: 'keyring', events: {}, load, cooldownSeconds: LOOK_SECONDS });
  const standings = (now = clock()) => keyStandings(view.keys, now, overlapSeconds);

  /** A read that began before a write of this process must not undo it; a store that forgets must not bring back what was withdrawn. */
  async function look(options: CallOptions): Promise<void> {
    const { version: before = 0 } = view;
    const stored = await store.read(options);
    if ((stored?.version ?? 0) < before) throw new Error('the key store has lost what it had');
    if (stored === undefined || stored.version <= (view.version ?? 0)) return;
    const keys = await readRing(stored.text, row, sealing, view.keys);
    if (stored.version > (view.version ?? 0)) view = { version: stored.version, keys, set: undefined };
  }

  async function load(signal: AbortSignal): Promise<FetchedKeys> {
    try {
      await look({ signal });
      const now = clock();
      const due = nextKeyFrom(standings(now), now, settings) !== undefined;
      if (due && !standings(now).some(({ state }) => state === 'signing')) await mint({ signal });
      else if (due) void mint({}).catch((error: unknown) => tell(events, 'failed', { error }));
      return inHand();
    } catch (error) {
      tell(events, 'failed', { error });
      throw error;
    }
  }

  function inHand(): FetchedKeys {
    const serving = standings().flatMap(({ key, state }) => (SERVING.has(state) && key.verifying ? [key.verifying] : []));
    const known = view.set;
    const same = known?.keys.length === serving.length && serving.every((key, at) => key === known.keys[at]);
    const set = same && known !== undefined ? known : createKeySet(serving, [row], 'keys', 'in-hand');
    view = { ...view, set };
    return { keys: set, freshSeconds: refreshSeconds, revalidateSeconds: 0 };
  }

  /** Reads, edits and writes until nobody else came in between, or nothing is left to do. */
  async function change(edit: (now: NumericDate) => readonly StoredKey[] | undefined, call: CallOptions): Promise<boolean> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      await look(call);
      const { version } = view;
      const edited = edit(clock());
      if (edited === undefined) return false;
      if (!(await store.replace(writeRing(edited), version, call))) continue;
      await look(call);
      cached.put(inHand());
      return true;
    }
    throw new Error('the key store was changed by others time and again');
  }

  /** All that is still of use, as it is stored. */
  const kept = (now: NumericDate): StoredKey[] =>
    standings(now)
      .filter(({ state, until }) => state !== 'expired' && !(state === 'withdrawn' && (until ?? now) <= now))
      .map(({ key }) => key.stored);

  function mint(call: CallOptions): Promise<void> {
    minting ??= plan((now) => nextKeyFrom(standings(now), now, settings), call).finally(() => {
      minting = undefined;
    });
    return minting;
  }

  /**
   * Adds a key, unless there is nothing to add any more: somebody else was first. It is made before it is told when it signs: what takes long must
   * not put that into the past, where the key before it would be reckoned retired while it still signs.
   */
  async function plan(fromAt: (now: NumericDate) => NumericDate | undefined, call: CallOptions): Promise<void> {
    await look(call);
    if (fromAt(clock()) === undefined) return;
    const key = await newKey();
    let from: NumericDate | undefined;
    const changed = await change((now) => {
      from = fromAt(now);
      return from === undefined ? undefined : [...kept(now), { ...key, from }];
    }, call);
    if (changed && from !== undefined) tell(events, 'minted', { kid: key.kid, from });
  }

  async function newKey(): Promise<StoredKey> {
    const first = view.version === undefined && initialKey !== undefined;
    return storedKey(first ? await withKid(initialKey, algorithm) : await generateKey(algorithm), clock(), sealing);
  }

  /** By the clock of this moment, not of the last look. Where no key signs yet (another host's clock is ahead), the first to come does. */
  function primaryNow(): KeyMaterial {
    const all = standings();
    const standing = all.find(({ state }) => state === 'signing') ?? all.find(({ state }) => state === 'published');
    if (standing?.key.material === undefined)
      throw new TokenError('signer_unavailable', { cause: new Error('the keyring is empty') });
    return standing.key.material;
  }

  return {
    algorithm,
    overlapSeconds,
    candidates: cached.candidates,
    revision: () => cached.revision?.(),
    primary: (call = {}) => recover<KeyMaterial, never>(() => chain(cached.settle(call), primaryNow), unavailable),
    async published(call = {}) {
      await cached.settle(call);
      const keys = standings().filter(({ state }) => SERVING.has(state));
      const open = keys.flatMap(({ key: { verifying } }) =>
        verifying === undefined || verifying.kty === 'oct' ? [] : [verifying],
      );
      return { keys: open, maxAgeSeconds: Math.max(1, Math.min(MOST_AGE_SECONDS, Math.floor(publishSeconds / 2))) };
    },
    async ready() {
      await cached.hydrate();
      primaryNow();
    },
    async list(call = {}) {
      await cached.settle(call);
      return standings().map(({ key: { kid, from }, state, until }) => ({ kid, state, from, until }));
    },
    async rotate(call = {}) {
      await cached.settle(call);
      await plan((now) => (standings(now).some(({ state }) => state === 'published') ? undefined : now + publishSeconds), call);
    },
    async withdraw(kid, call = {}) {
      await cached.settle(call);
      const spare = await newKey(); // an emergency does not wait to see whether it is needed
      const changed = await change((now) => {
        const all = standings(now);
        const found = all.find(({ key }) => key.kid === kid);
        if (found === undefined)
          throw new ConfigError('invalid_option', 'kid', 'kid must name a key of the keyring: list() tells them');
        if (found.state === 'withdrawn') return undefined;
        const without = kept(now).map((stored) =>
          stored.kid === kid ? { kid, from: stored.from, withdrawnAt: now, jwk: undefined, sealed: undefined } : stored,
        );
        if (found.state !== 'signing') return without;
        const next = all.find(({ state }) => state === 'published');
        if (next !== undefined) return without.map((stored) => (stored.kid === next.key.kid ? { ...stored, from: now } : stored));
        return [...without, { ...spare, from: now }];
      }, call);
      if (changed) tell(events, 'withdrawn', { kid });
    },
    close: () => cached.close?.(),
  };
}

interface RingView {
  readonly version: number | undefined;
  readonly keys: readonly RingKey[];
  readonly set: KeySet | undefined;
}

function unavailable(error: unknown): never {
  if (error instanceof TokenError && error.code === 'aborted') throw error;
  throw new TokenError('signer_unavailable', { cause: error instanceof TokenError ? (error.cause ?? error) : error });
}

/** A published key verifies too: the host that signs first has the fastest clock. */
const SERVING: ReadonlySet<KeyState> = new Set(['published', 'signing', 'verifying']);
/** Between two looks that unknown kids cause. */
const LOOK_SECONDS = 1;
const MOST_TRIES = 100;
const MOST_AGE_SECONDS = 300;
