import { performance } from 'node:perf_hooks';

/**
 * What is measured beside others. `call` is timed in slots of many calls; `sample` measures itself and answers its cost.
 *
 * @typedef {object} Contender
 * @property {string} name
 * @property {() => unknown} check Run before anything is timed: throws, or answers false, where the contender does not do its work.
 * @property {(index: number) => unknown} [call]
 * @property {() => Sample | Promise<Sample>} [sample]
 * @property {boolean} [awaited] `call` answers a promise, which is awaited before the next call.
 * @property {number} [inFlight] As many promises of `call` are under way at all times.
 * @property {boolean} [ownThread] An awaited `call` does its work on this thread, so that its CPU time can be compared.
 * @property {boolean} [ours] It is this library.
 * @property {boolean} [floor] It is the least that this machine can do, not somebody's library.
 *
 * @typedef {number | { wall: number, cpu: number }} Sample Two numbers where the time on the wall is told and CPU time compared.
 */

/**
 * Times contenders against each other. In every round each runs for one slot, in an order that turns and flips, so that a machine that
 * speeds up or slows down does so for all. Answers, a contender, the cost of one call in nanoseconds (or whatever `sample` answers), pass
 * by pass and round by round: by the clock on the wall and by the CPU time of this process.
 *
 * @param {readonly Contender[]} contenders
 * @param {{ passes: number, rounds: number, slotMs: number, warmMs?: number }} settings
 * @param {() => void} [onRound]
 */
export async function race(contenders, { passes, rounds, slotMs, warmMs = WARM_MS }, onRound = () => undefined) {
  for (const contender of contenders) await assertRight(contender);
  const runners = contenders.map(createRunner);
  for (let pass = 0; pass < passes; pass++) {
    for (const { wall, cpu, prepare } of runners) {
      wall.push([]);
      cpu.push([]);
      await prepare(slotMs, pass === 0 ? warmMs : slotMs * 3);
    }
    for (let round = 0; round < rounds; round++) {
      for (const { wall, cpu, run } of ordered(runners, round)) {
        const cost = await run();
        wall[pass].push(cost.wall);
        cpu[pass].push(cost.cpu);
      }
      onRound();
    }
  }
  return runners.map(({ contender: { name, ours = false, floor = false }, clock, wall, cpu }) => ({
    name,
    ours,
    floor,
    clock,
    wall,
    cpu,
  }));
}

/** @param {Contender} contender */
async function assertRight({ name, check }) {
  let right;
  try {
    right = await check();
  } catch (cause) {
    throw new Error(`${name} fails its check: ${cause.message}`, { cause });
  }
  if (right === false) throw new Error(`${name} answers wrongly`);
}

/** Every round begins one further on, and every other runs backwards. */
function ordered(runners, round) {
  const turned = runners.map((_, index) => runners[(index + round) % runners.length]);
  return round % 2 === 0 ? turned : turned.toReversed();
}

/** @param {Contender} contender */
function createRunner(contender) {
  const kept = { contender, wall: [], cpu: [] };
  if (contender.sample !== undefined) {
    const run = async () => {
      const cost = await contender.sample();
      return typeof cost === 'number' ? { wall: cost, cpu: cost } : cost;
    };
    return { ...kept, clock: 'cpu', run, prepare: () => undefined };
  }
  const loop = loopFor(contender);
  const width = contender.inFlight ?? 1;
  let calls = width;
  let offset = 0;

  async function run() {
    void collect?.(YOUNG); // others' garbage
    const used = process.cpuUsage();
    const started = performance.now();
    const last = loop(contender.call, offset, offset + calls);
    sink = last instanceof Promise ? await last : last;
    void collect?.(YOUNG); // its own, which it pays for
    const wall = (performance.now() - started) * 1e6;
    const { user, system } = process.cpuUsage(used);
    offset += calls;
    return { wall: wall / calls, cpu: ((user + system) * 1000) / calls };
  }

  /** Compiles what is going to be timed, and finds how many calls fill a slot. */
  async function prepare(slotMs, warmMs) {
    const end = performance.now() + warmMs;
    let fastest = Number.POSITIVE_INFINITY;
    calls = width;
    do {
      const { wall } = await run();
      fastest = Math.min(fastest, wall);
      calls = Math.max(width, Math.min(calls * 2, Math.ceil((slotMs * 1e6) / 2 / wall)));
    } while (performance.now() < end);
    calls = Math.max(width * 2, Math.ceil((slotMs * 1e6) / fastest));
  }

  const onThisThread = loop.synchronous || contender.ownThread === true;
  return { ...kept, clock: onThisThread ? 'cpu' : 'wall', run, prepare };
}

/** A loop of its own for each contender: in a shared one the call would become megamorphic, and be charged to all. */
function loopFor({ awaited = false, inFlight }) {
  if (inFlight !== undefined) return lanes(inFlight);
  const wait = awaited ? 'await ' : '';
  const source = `return ${awaited ? 'async ' : ''}(call, from, to) => { let last; for (let i = from; i < to; i++) last = ${wait}call(i); return last; }`;
  return Object.assign(new Function(source)(), { synchronous: !awaited }); // oxlint-disable-line typescript/no-implied-eval -- a fresh function, with no history of types
}

function lanes(inFlight) {
  return async function loop(call, from, to) {
    let next = from;
    const lane = async () => {
      let last;
      while (next < to) last = await call(next++);
      return last;
    };
    const ends = await Promise.all(Array.from({ length: inFlight }, lane));
    return ends[0];
  };
}

/** What the last call answered is kept, so that no compiler may leave the call out. */
export let sink;

/** Undefined where Node was not started with --expose-gc: then who happens to fill the young generation pays for all. */
const collect = globalThis.gc;
const YOUNG = { type: 'minor' };

/** As long as V8 needs to compile a verifier for good. */
const WARM_MS = 200;
