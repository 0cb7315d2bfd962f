/**
 * Kids that a fresh document did not have. One is asked for again after a cooldown, then after two, four and so on up to sixteen: a key just
 * published is soon found, and a retired one that some client never gives up costs ever less. Bounded: the oldest is forgotten first.
 */
export interface UnknownKids {
  has(kid: string, now: number): boolean;
  /** A document that was just fetched lacks it. */
  missed(kid: string, now: number): void;
  /** The keys have changed. */
  clear(): void;
}

export function createUnknownKids(cooldownSeconds: number): UnknownKids {
  const misses = new Map<string, { readonly count: number; readonly until: number }>();
  return {
    has: (kid, now) => now < (misses.get(kid)?.until ?? Number.NEGATIVE_INFINITY),
    missed(kid, now) {
      const { count, until } = misses.get(kid) ?? { count: 0, until: Number.NEGATIVE_INFINITY };
      if (now < until) return; // many waited for the same request
      misses.delete(kid); // so that it is the youngest
      misses.set(kid, { count: count + 1, until: now + cooldownSeconds * 2 ** Math.min(count, MOST_DOUBLINGS) });
      for (const oldest of misses.keys()) {
        if (misses.size <= MOST_KIDS) break;
        misses.delete(oldest);
      }
    },
    clear: () => misses.clear(),
  };
}

const MOST_DOUBLINGS = 4;
/** A kid has at most 256 characters, so these take at most half a megabyte. */
const MOST_KIDS = 1024;
