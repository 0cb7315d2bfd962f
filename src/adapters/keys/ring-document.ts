import type { AlgorithmRow } from '../../domain/jose/algorithms.ts';
import { isNumericDate } from '../../domain/claims/numeric-date.ts';
import { isJsonObject, parseJson, type JsonObject } from '../../domain/jose/json-object.ts';
import { ownMembers } from '../../application/option-names.ts';
import { parseKey, type KeyMaterial } from '../../domain/jose/key-material.ts';
import { isUsable } from '../../domain/jose/key-use.ts';
import type { ScheduledKey } from '../../domain/jose/key-schedule.ts';
import { publicMaterial } from '../../domain/jose/public-key.ts';
import type { PrivateJwk } from './key-generation.ts';
import type { KeySealing } from './sealed-key.ts';

/** A key of a ring: where it stands in the schedule, and itself. One that was withdrawn is a name. */
export interface RingKey extends ScheduledKey {
  readonly stored: StoredKey;
  /** Signs. */
  readonly material: KeyMaterial | undefined;
  /** Verifies: the public half, or the secret. */
  readonly verifying: KeyMaterial | undefined;
}

/** A key as it is stored: with `jwk` in the open, or `sealed`; with neither once it was withdrawn. */
export interface StoredKey extends ScheduledKey {
  readonly jwk?: JsonObject | undefined;
  readonly sealed?: string | undefined;
}

/** Text for the store. */
export function writeRing(keys: readonly StoredKey[]): string {
  return JSON.stringify({
    keys: keys.map(({ kid, from, withdrawnAt, jwk, sealed }) => ({ kid, from, withdrawnAt, jwk, sealed })),
  });
}

/**
 * Reads what a store answered. Keys that were read before keep their objects, so that nobody imports them again. Throws for what this library did
 * not write, and for a key that no sealing key opens: a ring that is half understood would sign with the wrong key.
 */
export async function readRing(
  text: string,
  row: AlgorithmRow,
  sealing: KeySealing | undefined,
  before: readonly RingKey[],
): Promise<readonly RingKey[]> {
  const document = parseJson(text);
  const list: unknown = isJsonObject(document) ? ownMembers(document)['keys'] : undefined;
  if (!Array.isArray(list) || list.length > MAX_KEYS) throw new Error('the key store holds no keyring');
  return Promise.all(
    list.map(async (item: unknown): Promise<RingKey> => {
      const stored = parseStored(item);
      const { kid, from, withdrawnAt } = stored;
      if (withdrawnAt !== undefined) return { kid, from, withdrawnAt, stored, material: undefined, verifying: undefined };
      const same = before.find((key) => key.kid === kid && key.material !== undefined);
      const material = same?.material ?? parseKey(await openJwk(stored, sealing), [row], 'store');
      if (!isUsable(material, row, 'sign') || material.kid !== kid)
        throw new Error('the key store holds a key of another algorithm');
      return {
        kid,
        from,
        withdrawnAt,
        stored,
        material,
        verifying: same?.verifying ?? (material.kty === 'oct' ? material : publicMaterial(material)),
      };
    }),
  );
}

/** A new key, ready to be written. */
export async function storedKey(jwk: PrivateJwk, from: number, sealing: KeySealing | undefined): Promise<StoredKey> {
  const { kid } = jwk;
  const sealed = await sealing?.seal(JSON.stringify(jwk), kid);
  return { kid, from, withdrawnAt: undefined, jwk: sealed === undefined ? jwk : undefined, sealed };
}

async function openJwk({ kid, jwk, sealed }: StoredKey, sealing: KeySealing | undefined): Promise<JsonObject> {
  if (sealing === undefined && sealed === undefined && jwk !== undefined) return jwk;
  // with a sealing key an open one was put there by somebody who has none
  if (sealing !== undefined && sealed === undefined) throw new Error('the key store holds a key that is not sealed');
  if (sealing === undefined) throw new Error('the key store holds sealed keys: give the sealingKey');
  const opened = parseJson(await sealing.open(sealed ?? '', kid));
  if (!isJsonObject(opened)) throw new Error('the key store holds a sealed text that is no key');
  return opened;
}

function parseStored(item: unknown): StoredKey {
  const { kid, from, withdrawnAt, jwk, sealed } = isJsonObject(item) ? ownMembers(item) : NOTHING;
  const right =
    typeof kid === 'string' &&
    isNumericDate(from) &&
    (withdrawnAt === undefined || isNumericDate(withdrawnAt)) &&
    (jwk === undefined || isJsonObject(jwk)) &&
    (sealed === undefined || typeof sealed === 'string');
  if (!right) throw new Error('the key store holds a key that is not one of a keyring');
  return { kid, from, withdrawnAt, jwk, sealed };
}

const MAX_KEYS = 100;
const NOTHING: JsonObject = Object.freeze({ kid: undefined, from: undefined });
