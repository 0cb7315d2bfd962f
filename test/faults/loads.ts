import { setTimeout } from 'node:timers/promises';
import type { Endpoint } from './endpoint.ts';
import type { Proxy } from './proxy.ts';
import type { Stage } from './run.ts';

/** What a load of sessions that come and go is judged by. */
export const LIFE = ['I1', 'I2', 'I4', 'I5', 'I6', 'I8', 'I10'] as const;

/** A load under which connections are cut at one place. */
export async function cutting(
  stage: Stage,
  proxy: Proxy,
  service: Endpoint,
  cut: 'cutAfterApply' | 'cutBeforeSend',
): Promise<void> {
  let met = 0;
  await stage.clients([() => service], async () => {
    const before = proxy.cuts;
    proxy[cut]();
    for (let waited = 0; proxy.cuts === before && waited < 1_000; waited += 5) await setTimeout(5);
    met += Number(proxy.cuts > before);
  });
  stage.note('connections cut', proxy.cuts);
  stage.check(`only ${met} of ${stage.faults} cuts met a call`, met === stage.faults);
}

/** Many refreshes of one token at once, over several processes. */
export async function barriers(stage: Stage, services: readonly (Endpoint & { kill(): Promise<void> })[]): Promise<void> {
  const successors = await stage.shared(
    16,
    services.map((service) => () => service),
  );
  for (const service of services) await service.kill();
  const mean = successors.reduce((sum, count) => sum + count, 0) / successors.length;
  stage.note('barriers', successors.length);
  stage.note('successors per parent', mean.toFixed(3));
  stage.check(`${successors.length} barriers of ${stage.rotations}`, successors.length === stage.rotations);
  stage.check(
    'a parent has more than one successor',
    successors.every((count) => count === 1),
  );
}

/** What befalls a store while nobody can reach it, so that it is known when it was away. */
export async function storeAway({ recorder }: Stage, fault: () => Promise<void>): Promise<void> {
  recorder.note({ type: 'store', at: performance.now(), state: 'down' });
  await fault();
  recorder.note({ type: 'store', at: performance.now(), state: 'up' });
}

/** A server that stands still for longer than the deadline of a call. */
export function standingStill(stage: Stage, server: { pause(): void; resume(): void }): Promise<void> {
  return storeAway(stage, async () => {
    server.pause();
    await setTimeout(1_500);
    server.resume();
  });
}
