import { seeded } from './random.ts';

/** Chooses one of so many ways to go on. */
export type Decide = (ways: number) => number;

export interface Exploration {
  /** Runs made, each with decisions of its own. */
  readonly runs: number;
  /** Whether these were all there are; else they were drawn. */
  readonly exhaustive: boolean;
  /** About how many there are. */
  readonly estimate: number;
}

/**
 * Makes a run with every sequence of decisions there is; where there are more than `limit`, with so many drawn by the seed. A run must decide by
 * nothing but `decide`, so that the same decisions lead to the same run.
 */
export async function explore(
  { limit, seed }: { readonly limit: number; readonly seed: number },
  run: (decide: Decide) => Promise<void>,
): Promise<Exploration> {
  const draw = seeded(seed);
  const probes = Math.max(2, Math.min(MOST_PROBES, Math.floor(limit / 4)));
  let runs = probes;
  const estimate = await estimated(run, draw, probes);
  if (estimate <= limit) {
    let path: number[] = [];
    for (; runs < limit; runs++) {
      const widths: number[] = [];
      await run((ways) => {
        const depth = widths.push(ways) - 1;
        return (path[depth] ??= 0);
      });
      path = nextPath(path, widths);
      if (path.length === 0) return { runs: runs + 1, exhaustive: true, estimate: runs + 1 - probes };
    }
    runs -= Math.ceil(limit / 2); // the estimate was too low, and what was tried so far has much in common
  }
  for (; runs < limit; runs++) await run(draw);
  return { runs, exhaustive: false, estimate };
}

/** Knuth's: the mean, over runs drawn, of the product of the ways there were at each decision. */
async function estimated(run: (decide: Decide) => Promise<void>, draw: Decide, probes: number): Promise<number> {
  let sum = 0;
  for (let probe = 0; probe < probes; probe++) {
    let product = 1;
    await run((ways) => {
      product *= ways;
      return draw(ways);
    });
    sum += product;
  }
  return sum / probes;
}

function nextPath(path: readonly number[], widths: readonly number[]): number[] {
  for (let depth = widths.length - 1; depth >= 0; depth--) {
    const taken = path[depth] ?? 0;
    if (taken + 1 < (widths[depth] ?? 0)) return [...path.slice(0, depth), taken + 1];
  }
  return [];
}

const MOST_PROBES = 32;
