import { ConfigError } from '../errors.ts';
import type { AlgorithmRow } from './algorithms.ts';
import type { KeyMaterial } from './key-material.ts';
import { assertUsable, isUsable } from './key-use.ts';

/** The keys that may verify. Everything is worked out when it is made: a look-up allocates nothing. */
export interface KeySet {
  readonly keys: readonly KeyMaterial[];
  /** The keys to try for a header, none where its alg or kid names none. */
  candidates(header: { readonly alg: string; readonly kid?: string | undefined }): readonly KeyMaterial[];
}

/**
 * Makes a KeySet. A kid in a header selects among keys that were given one, and is ignored where none was. Keys `in-hand` are
 * configuration: none, more than 100, an unfit one, or two of one algorithm and kid are a `ConfigError`. Keys that were `fetched` are
 * somebody else's: unfit ones and secrets never serve, nor do two that share algorithm and kid.
 */
export function createKeySet(
  keys: readonly KeyMaterial[],
  rows: readonly AlgorithmRow[],
  option: string,
  mode: 'in-hand' | 'fetched',
): KeySet {
  const inHand = mode === 'in-hand';
  if (inHand) assertKeys(keys, rows, option);
  const serving = inHand ? keys : keys.filter(({ kty }) => kty !== 'oct');
  const named = serving.some(({ kid }) => kid !== undefined);
  const shelves = new Map(
    rows.map((row) => [
      row.name,
      shelf(
        serving.filter((key) => isUsable(key, row, 'verify')),
        inHand,
        option,
      ),
    ]),
  );
  return Object.freeze({
    keys: Object.freeze([...serving]),
    candidates({ alg, kid }: { readonly alg: string; readonly kid?: string | undefined }) {
      const found = shelves.get(alg);
      if (found === undefined) return NONE;
      return kid === undefined || !named ? found.all : (found.byKid.get(kid) ?? NONE);
    },
  });
}

/** The keys of one algorithm. */
interface Shelf {
  readonly all: readonly KeyMaterial[];
  readonly byKid: ReadonlyMap<string, readonly KeyMaterial[]>;
}

function shelf(keys: readonly KeyMaterial[], inHand: boolean, option: string): Shelf {
  const kids = keys.map(({ kid }) => kid).filter((kid) => kid !== undefined);
  const doubled = new Set(kids.filter((kid, i) => kids.indexOf(kid) !== i));
  if (inHand && doubled.size > 0) {
    throw new ConfigError(
      'ambiguous_key',
      option,
      `${option} has two keys with one kid for one algorithm: give each its own kid.`,
    );
  }
  const all = keys.filter(({ kid }) => kid === undefined || !doubled.has(kid));
  const byKid = all.flatMap((key) => (key.kid === undefined ? [] : [[key.kid, Object.freeze([key])] as const]));
  return { all: Object.freeze(all), byKid: new Map(byKid) };
}

function assertKeys(keys: readonly KeyMaterial[], rows: readonly AlgorithmRow[], option: string): void {
  if (keys.length === 0) throw new ConfigError('invalid_key', option, `${option} is an empty list: give at least one key.`);
  if (keys.length > MAX_KEYS)
    throw new ConfigError('invalid_key', option, `${option} has more than ${MAX_KEYS} keys: drop the retired ones.`);
  for (const key of keys) {
    if (rows.some((row) => isUsable(key, row, 'verify'))) continue;
    const nearest = rows.find(({ kty }) => kty === key.kty) ?? rows[0]; // so that the complaint is about what is wrong with it
    if (nearest !== undefined) assertUsable(key, nearest, 'verify', option);
  }
}

/** A bound, so that one token never costs an unbounded number of signature checks. */
const MAX_KEYS = 100;
const NONE: readonly KeyMaterial[] = Object.freeze([]);
