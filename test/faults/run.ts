import { setTimeout } from 'node:timers/promises';
import { checkHistory, type Invariant, type Verdict } from '../proof/history-checker.ts';
import { createRecorder, type Recorder } from '../proof/recorder.ts';
import { Client, LeakSearch } from './client.ts';
import { DEADLINE_SECONDS, GRACE_SECONDS, type Endpoint } from './endpoint.ts';
import { clientLoad, sharedLoad, type Tally } from './load.ts';
import type { Progress } from './progress.ts';

/** One named run: a load on a store, and what befalls it meanwhile. */
export interface Run {
  readonly name: string;
  readonly says: string;
  /** The store it is about. */
  readonly store: 'memory' | 'sqlite' | 'redis' | 'sentinel' | 'cluster' | 'ferretdb' | 'mongo-java';
  /** What `--rotations`, and the number of faults, are without a flag: in the smoke run, and in the full one. */
  readonly smoke: Size;
  readonly full: Size;
  /** How old the answer of a check may be that is marked as cached. */
  readonly maxStalenessMs?: number;
  /** That were not shown to hold if nothing was found to judge them by. */
  readonly judged: readonly Invariant[];
  readonly run: (stage: Stage) => Promise<void>;
}

export interface Size {
  readonly rotations: number;
  readonly faults: number;
}

/** What a run has at hand. */
export interface Stage extends Size {
  readonly seed: number;
  readonly recorder: Recorder;
  readonly tally: Tally;
  readonly leaks: LeakSearch;
  /** The service's clock, which a run may set. */
  readonly clock: { now(): number; offset: number };
  /** Has 32 clients with a family each refresh until so many rotations are done; meanwhile one fault follows the other. */
  clients(endpoints: readonly (() => Endpoint)[], fault?: () => Promise<void>, options?: ClientOptions): Promise<void>;
  /** Has so many clients refresh one token at once, round after round; answers how many successors each round had. */
  shared(clients: number, endpoints: readonly (() => Endpoint)[], fault?: () => Promise<void>): Promise<readonly number[]>;
  /** Has a load of its own go on until it has counted so many rotations; meanwhile one fault follows the other. */
  load(load: Promise<unknown>, fault: () => Promise<void>): Promise<void>;
  /** So many clients, each by its own name, that write down what they see. */
  newClients(count: number): readonly Client[];
  /** Figures for the report. */
  note(name: string, value: number | string): void;
  /** Something that must hold besides the invariants. */
  check(what: string, holds: boolean): void;
}

export interface ClientOptions {
  readonly count?: number;
  readonly replayPercent?: number;
  readonly revokePercent?: number;
  /** False where a call may stand still with its whole process, as one of a synchronous store does. */
  readonly timed?: boolean;
}

export interface Report {
  readonly name: string;
  readonly seconds: number;
  readonly tally: Omit<Tally, 'stopped'>;
  readonly notes: Readonly<Record<string, number | string>>;
  readonly looked: Verdict['looked'];
  /** How many things were looked at, of all kinds. */
  readonly checks: number;
  readonly wrong: readonly string[];
}

export async function perform(run: Run, size: Size, seed: number, progress: Progress): Promise<Report> {
  const started = performance.now();
  const clock = { offset: 0, now: () => Date.now() / 1000 + clock.offset };
  const recorder = createRecorder(
    { graceSeconds: GRACE_SECONDS, maxStalenessMs: run.maxStalenessMs ?? 0 },
    () => performance.now(),
    clock.now,
  );
  const tally: Tally = { rotations: 0, replays: 0, revocations: 0, unknown: 0, stopped: false };
  const leaks = new LeakSearch();
  const notes: Record<string, number | string> = {};
  const wrong: string[] = [];
  let further = 0;
  let faults = 0;

  const clientsOf = (count: number, timed: boolean) =>
    Array.from(
      { length: count },
      (_, index) => new Client(`client ${index}`, recorder, leaks, timed ? DEADLINE_SECONDS * 1000 : undefined),
    );

  /** Faults come evenly over the rotations, each when the one before is over. */
  async function befall(fault: (() => Promise<void>) | undefined, load: Promise<unknown>): Promise<void> {
    const over = { yet: false };
    const ended = load.then(
      () => void (over.yet = true),
      () => void (over.yet = true), // thrown below
    );
    const limit = performance.now() + MOST_SECONDS * 1000;
    while (!over.yet) {
      progress.show(run.name, tally, size, faults);
      const due =
        fault !== undefined && faults < size.faults && tally.rotations >= ((faults + 0.5) / size.faults) * size.rotations;
      if (due) {
        await fault();
        faults++;
      } else if (tally.rotations >= size.rotations && (fault === undefined || faults >= size.faults)) break;
      if (performance.now() > limit) throw new Error(`${run.name} takes longer than ${MOST_SECONDS} s`);
      await Promise.race([ended, setTimeout(5)]);
    }
    tally.stopped = true;
    await load;
  }

  const stage: Stage = {
    ...size,
    seed,
    recorder,
    tally,
    leaks,
    clock,
    async clients(endpoints, fault, { count = 32, timed = true, ...percents } = {}) {
      const loads = clientsOf(count, timed).map((client, index) => {
        const endpoint = endpoints[index % endpoints.length];
        if (endpoint === undefined) throw new Error('a load needs a service');
        return clientLoad({ client, user: `user ${index}`, seed: seed * 1000 + index, tally, endpoint, ...percents });
      });
      await befall(fault, Promise.all(loads));
    },
    async shared(count, endpoints, fault) {
      const load = sharedLoad(clientsOf(count, false), endpoints, { tally, user: 'shared', rounds: size.rotations });
      await befall(fault, load);
      return load;
    },
    load: (load, fault) => befall(fault, load),
    newClients: (count) => clientsOf(count, true),
    note: (name, value) => void (notes[name] = value),
    check(what, holds) {
      further++;
      if (!holds) wrong.push(what);
    },
  };
  const watch = watchLag(recorder);
  try {
    await run.run(stage);
  } catch (error) {
    tally.stopped = true;
    wrong.push(`the run ended early: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    clearInterval(watch);
  }
  recorder.note({ type: 'logs', lines: leaks.lines + 1, leaks: leaks.leaks }); // the line that says so
  progress.clear();

  const { violations, looked } = checkHistory(recorder.history);
  stage.check(`only ${faults} of ${size.faults} faults came`, faults >= size.faults);
  for (const { invariant, what, call } of violations) wrong.push(`${invariant}: ${what} (call ${call ?? '-'})`);
  for (const invariant of run.judged) if (looked[invariant] === 0) wrong.push(`${invariant}: nothing was looked at`);
  const { stopped: _, ...counts } = tally;
  const checks = Object.values(looked).reduce((sum, count) => sum + count, further);
  const seconds = (performance.now() - started) / 1000;
  return { name: run.name, seconds, tally: counts, notes: { faults, ...notes }, looked, checks, wrong };
}

/** A deadline is kept by a timer, and a timer is late when its process stands still: on a busy machine, or in a synchronous store. */
function watchLag(recorder: Recorder): NodeJS.Timeout {
  let last = performance.now();
  return setInterval(() => {
    const now = performance.now();
    const ms = now - last - LAG_EVERY_MS;
    last = now;
    if (ms > LAG_EVERY_MS) recorder.note({ type: 'lag', at: now, ms });
  }, LAG_EVERY_MS);
}

const LAG_EVERY_MS = 10;
const MOST_SECONDS = 900;
