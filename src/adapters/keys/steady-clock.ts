import type { Clock } from '../../ports/clock.ts';

/**
 * Seconds that only ever pass: for ages, cooldowns and deadlines. Without a clock it is the runtime's own monotonic one. Over a clock that can be
 * set, its steps forward are added up; where it was set back, the runtime's clock tells what has passed. So a clock set back makes nothing young
 * again, nor holds up a request.
 */
export function steadyClock(clock: Clock | undefined): () => number {
  if (clock === undefined) return runtimeSeconds;
  let last = { time: clock(), running: runtimeSeconds() };
  let elapsed = 0;
  return () => {
    const now = { time: clock(), running: runtimeSeconds() };
    elapsed += now.time >= last.time ? now.time - last.time : now.running - last.running;
    last = now;
    return elapsed;
  };
}

function runtimeSeconds(): number {
  return performance.now() / 1000;
}
