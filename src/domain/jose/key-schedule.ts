import type { NumericDate } from '../claims/numeric-date.ts';

/** When a key signs: from an instant until the next one does. */
export interface ScheduledKey {
  readonly kid: string;
  readonly from: NumericDate;
  /** Since when it serves nobody any more: an emergency. */
  readonly withdrawnAt?: NumericDate | undefined;
}

/**
 * `published`: known to verifiers, does not sign yet. `signing`: the primary. `verifying`: retired, its last tokens are still about.
 * `withdrawn`: serves nobody from that moment. `expired`: no token of it can be about.
 */
export type KeyState = 'published' | 'signing' | 'verifying' | 'withdrawn' | 'expired';

export interface KeyStanding<Key> {
  readonly key: Key;
  readonly state: KeyState;
  /** When this state ends by itself; undefined where nothing is planned. */
  readonly until: NumericDate | undefined;
}

/**
 * The state of each key at an instant, in order of when they sign. Nothing but the keys and the clock decides it, so all hosts come to the same
 * answer. A key signs until its successor does, however late that comes: a service whose keys cannot be renewed goes on with those it has.
 */
export function keyStandings<Key extends ScheduledKey>(
  keys: readonly Key[],
  now: NumericDate,
  overlapSeconds: number,
): readonly KeyStanding<Key>[] {
  const ordered = keys.toSorted((a, b) => a.from - b.from);
  return ordered.map((key, index) => {
    if (key.withdrawnAt !== undefined) return { key, state: 'withdrawn', until: key.withdrawnAt + overlapSeconds };
    const successor = ordered.slice(index + 1).find(({ withdrawnAt }) => withdrawnAt === undefined);
    if (now < key.from) return { key, state: 'published', until: key.from };
    if (successor === undefined || now < successor.from) return { key, state: 'signing', until: successor?.from };
    const until = successor.from + overlapSeconds;
    return { key, state: now < until ? 'verifying' : 'expired', until };
  });
}

/** When the next key is to sign: undefined as long as one is planned, or its publication is not yet due. */
export function nextKeyFrom(
  standings: readonly KeyStanding<ScheduledKey>[],
  now: NumericDate,
  { rotateSeconds, publishSeconds }: { readonly rotateSeconds: number; readonly publishSeconds: number },
): NumericDate | undefined {
  if (standings.some(({ state }) => state === 'published')) return undefined;
  const primary = standings.find(({ state }) => state === 'signing');
  if (primary === undefined) return now;
  const planned = primary.key.from + rotateSeconds;
  return now >= planned - publishSeconds ? Math.max(planned, now + publishSeconds) : undefined;
}
