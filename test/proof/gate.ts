import type { Gap } from '../testing/async-store.ts';
import type { Decide } from './explore.ts';

export interface Gate {
  /** To be passed before and after each step; open while nothing races. */
  readonly gap: Gap;
  /**
   * Makes the calls, one step at a time, in an order that `decide` chooses. At so many gaps at most it breaks the connection instead: before a
   * step, so that it is never taken, or after it, so that nobody hears of it.
   */
  race(decide: Decide, calls: readonly (() => Promise<void>)[], mostFaults: number): Promise<void>;
  /** What was let go in the last race, in order. */
  readonly order: readonly string[];
  readonly counts: { readonly steps: number; readonly faults: number };
}

interface Waiting {
  readonly call: number;
  readonly label: string;
  go(): void;
  /** Undefined where nothing can break: a call is only about to be made. */
  readonly fail: (() => void) | undefined;
}

class BrokenConnection extends Error {}

export function createGate(): Gate {
  const counts = { steps: 0, faults: 0 };
  let order: string[] = [];
  let waiting: Waiting[] = [];
  let racing = false;
  /** Only the call that was let go last runs: whatever reaches a gap is its. */
  let current = 0;
  let arrived: () => void = () => undefined;

  function wait(label: string, breakable: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = () => reject(new BrokenConnection(`the connection broke: ${label}`));
      waiting.push({ call: current, label, go: resolve, fail: breakable ? fail : undefined });
      arrived();
    });
  }

  async function letGo(decide: Decide, faultsLeft: number): Promise<number> {
    const breakable = faultsLeft > 0 ? waiting.filter(({ fail }) => fail !== undefined) : [];
    const choice = decide(waiting.length + breakable.length);
    const faulty = choice >= waiting.length;
    const next = faulty ? breakable[choice - waiting.length] : waiting[choice];
    if (next === undefined) throw new Error('a decision for a way there is not');
    waiting = waiting.filter((one) => one !== next);
    current = next.call;
    counts.steps++;
    counts.faults += Number(faulty);
    order.push(`${faulty ? 'broken: ' : ''}${next.call} ${next.label}`);
    const stopped = new Promise<void>((resolve) => (arrived = resolve));
    if (faulty) next.fail?.();
    else next.go();
    await stopped;
    return faultsLeft - Number(faulty);
  }

  return {
    counts,
    get order() {
      return order;
    },
    async gap(label) {
      if (racing) await wait(label, true);
    },
    async race(decide, calls, mostFaults) {
      order = [];
      racing = true;
      const ends = calls.map(async (call, index) => {
        current = index;
        await wait('begins', false);
        await call();
        arrived();
      });
      const settled = Promise.all(ends);
      let faultsLeft = mostFaults;
      while (waiting.length > 0) faultsLeft = await letGo(decide, faultsLeft);
      racing = false;
      await settled;
    },
  };
}
