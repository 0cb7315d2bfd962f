import { signing, verifying } from '../contenders/contenders.mjs';

export const heap = {
  name: 'heap',
  about: 'bytes of JavaScript heap that a call allocates, in a process whose young generation is never collected meanwhile',
  unit: 'bytes',
  compared: 'share',
  baseline: 'fast-jwt',
  rows: [
    { name: 'HS256 verify', prepare: () => allocating(verifying('HS256')) },
    { name: 'HS256 sign', prepare: () => allocating(signing('HS256')) },
  ].map((row) => ({ ...row, rounds: 5, execArgv: ['--min-semi-space-size=128', '--max-semi-space-size=128'] })),
};

async function allocating(line) {
  const { contenders, notApplicable } = await line;
  const synchronous = contenders.filter(
    ({ awaited, inFlight, floor, cached }) => !awaited && inFlight === undefined && !floor && !cached,
  );
  return {
    contenders: synchronous.map(({ name, ours, call, check }) => ({
      name,
      ours,
      sample: () => allocatedBy(call),
      check: async () => {
        const right = await check();
        for (let index = 0; index < WARM; index++) call(index);
        return right;
      },
    })),
    notApplicable,
  };
}

function allocatedBy(call) {
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < CALLS; index++) call(index);
  const bytes = (process.memoryUsage().heapUsed - before) / CALLS;
  if (bytes < 0) throw new Error('garbage was collected while it was counted');
  return bytes;
}

const WARM = 30_000;
const CALLS = 2_000;
