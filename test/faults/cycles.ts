import { setTimeout } from 'node:timers/promises';
import { createRecorder } from '../proof/recorder.ts';
import { Client, LeakSearch } from './client.ts';
import { GRACE_SECONDS, type Endpoint } from './endpoint.ts';
import { clientLoad, type Tally } from './load.ts';
import type { Proxy } from './proxy.ts';
import type { Stage } from './run.ts';

/**
 * Loads a service again and again, with a cut in the midst of each time, and notes what is left of it: heap after a collection, sockets and timers. The
 * log of each cycle is thrown away, since it would grow too.
 */
export async function cyclesOfLoad(stage: Stage, service: Endpoint, proxy: Proxy): Promise<void> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('run it with --expose-gc, as npm run faults does');
  const heaps: number[] = [];
  for (let cycle = 0; cycle < WARM_UP + CYCLES; cycle++) {
    const rotations = cycle < WARM_UP ? Math.max(stage.rotations, WARM_UP_ROTATIONS) : stage.rotations;
    await loadOnce(stage, service, proxy, { cycle, rotations });
    await setTimeout(200);
    gc();
    gc();
    if (cycle < WARM_UP) continue;
    const resources = process.getActiveResourcesInfo();
    const counted = (name: string) => resources.filter((resource) => resource === name).length;
    heaps.push(process.memoryUsage().heapUsed);
    stage.recorder.note({ type: 'figure', name: 'heap', value: heaps.at(-1) ?? 0 });
    stage.recorder.note({ type: 'figure', name: 'sockets', value: counted('TCPSocketWrap') });
    stage.recorder.note({ type: 'figure', name: 'timers', value: counted('Timeout') });
  }
  stage.note('cycles', CYCLES);
  stage.note('MiB of heap after each', heaps.map((bytes) => (bytes / 2 ** 20).toFixed(2)).join(' '));
}

async function loadOnce(
  stage: Stage,
  service: Endpoint,
  proxy: Proxy,
  { cycle, rotations }: { readonly cycle: number; readonly rotations: number },
): Promise<void> {
  const rules = { graceSeconds: GRACE_SECONDS, maxStalenessMs: 0 };
  const recorder = createRecorder(rules, () => performance.now(), stage.clock.now);
  const tally: Tally = { rotations: 0, replays: 0, revocations: 0, unknown: 0, stopped: false };
  const leaks = new LeakSearch();
  const loads = Array.from({ length: 8 }, (_, index) =>
    clientLoad({
      client: new Client(`client ${index}`, recorder, leaks),
      user: `user ${index}`,
      seed: stage.seed + cycle * 100 + index,
      tally,
      endpoint: () => service,
    }),
  );
  while (tally.rotations < rotations / 2) await setTimeout(5);
  proxy.cutAfterApply();
  while (tally.rotations < rotations) await setTimeout(5);
  tally.stopped = true;
  await Promise.all(loads);
  stage.tally.rotations += tally.rotations;
}

/** Code is compiled, and caches fill, in the first few. */
const WARM_UP = 3;
const WARM_UP_ROTATIONS = 2_500;
const CYCLES = 10;
