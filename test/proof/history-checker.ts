import type { History } from './history.ts';
import { Ledger, type Use } from './ledger.ts';

export interface Verdict {
  readonly violations: readonly Violation[];
  /** How many calls, tokens or figures each invariant was judged on. One that was judged on none is not shown to hold. */
  readonly looked: Readonly<Record<Invariant, number>>;
}

export interface Violation {
  readonly invariant: Invariant;
  readonly what: string;
  /** The call it was seen in, where there was one. */
  readonly call?: number;
}

/** Judges what clients saw of a token service by the invariants that it keeps whatever fails beneath it. Pure: it reads nothing but the history. */
export function checkHistory(history: History): Verdict {
  const ledger = new Ledger(history);
  const violations: Violation[] = [];
  const looked = {} as Record<Invariant, number>;
  for (const { invariant, judge } of INVARIANTS) {
    looked[invariant] = 0;
    for (const finding of judge(ledger, history)) {
      looked[invariant]++;
      if (finding.wrong !== undefined) violations.push({ invariant, what: finding.wrong, ...callOf(finding) });
    }
  }
  return { violations, looked };
}

/** Throws unless nothing was wrong and each of these invariants was judged on something. */
export function assertKept({ violations, looked }: Verdict, invariants: readonly Invariant[]): void {
  const first = violations[0];
  if (first !== undefined) {
    throw new Error(`${violations.length} violations; the first: ${first.invariant}, ${first.what}, call ${first.call ?? '-'}`);
  }
  const idle = invariants.filter((invariant) => looked[invariant] === 0);
  if (idle.length > 0) throw new Error(`nothing was looked at for ${idle.join(', ')}`);
}

/** One thing that was looked at, and what was wrong with it. */
interface Finding {
  readonly wrong?: string | undefined;
  readonly call?: number;
}

interface Row {
  readonly invariant: string;
  readonly judge: (ledger: Ledger, history: History) => Iterable<Finding>;
}

const REVOKED: ReadonlySet<string | undefined> = new Set(['revoked', 'family_revoked', 'reused']);
/** How soon after a store's recovery a call must succeed, and what a call may take beyond its deadline. */
const RECOVERY_MS = 2000;
const SETTLE_MS = 250;

const INVARIANTS = [
  {
    // at most one distinct successor to a refresh token, answered or seen alive later
    invariant: 'I1',
    *judge({ successors }) {
      for (const [, children] of successors)
        yield { wrong: unless(children.size === 1, `${children.size} successors of one token`) };
    },
  },
  {
    // no token is accepted whose revocation was acknowledged before the call was made
    invariant: 'I2',
    *judge(ledger) {
      for (const use of ledger.uses) {
        if (isStale(use) || ledger.revokedSince(use.operation.token) >= use.invoked.at) continue;
        yield { call: use.id, wrong: unless(use.end !== 'ok', `${use.operation.name} accepts a token after its revocation`) };
      }
    },
  },
  {
    // where stale answers are allowed, they are no older than is allowed
    invariant: 'I3',
    *judge(ledger, { rules }) {
      for (const use of ledger.uses) {
        const age = use.invoked.at - ledger.revokedSince(use.operation.token);
        if (!isStale(use) || age <= 0) continue;
        yield { call: use.id, wrong: unless(use.end !== 'ok' || age <= rules.maxStalenessMs, 'a check staler than is allowed') };
      }
    },
  },
  {
    // an ancestor that comes back ends its family before the call returns
    invariant: 'I4',
    *judge(ledger) {
      for (const use of ledger.uses) {
        const after = ledger.reusedSince(use.operation.token) < use.invoked.at;
        const ancestor = use.operation.name === 'refresh' && ledger.isAncestor(use);
        if (after || ancestor) {
          const what = ancestor ? 'an ancestor is exchanged' : 'a token lives on in a family that reuse has ended';
          yield { call: use.id, wrong: unless(use.end !== 'ok', what) };
        }
      }
    },
  },
  {
    // no false theft: what only uses and retries happened to is never refused as revoked or reused
    invariant: 'I5',
    *judge(ledger) {
      for (const use of ledger.uses) {
        if (!ledger.tokens.has(use.operation.token)) continue;
        const refused = use.end === 'fail' && REVOKED.has(use.code);
        yield {
          call: use.id,
          wrong: !refused || mayBeRefused(ledger, use) ? undefined : refusalOf(ledger, use),
        };
      }
    },
  },
  {
    // every pair that was acknowledged verifies and refreshes, unless it was revoked or has expired
    invariant: 'I6',
    *judge(ledger) {
      for (const use of ledger.uses) {
        if (!ledger.tokens.has(use.operation.token) || use.end === 'unknown') continue;
        const lost = use.end === 'fail' && !REVOKED.has(use.code) && !ledger.isOutOfTime(use);
        yield {
          call: use.id,
          wrong: unless(!lost, `${use.operation.name} of a token that was handed out is refused: ${use.code}`),
        };
      }
    },
  },
  { invariant: 'I7', judge: judgeLiveness },
  {
    // every call ends within its deadline and a little, but for what the clients' own process stood still
    invariant: 'I8',
    *judge({ calls }, { entries }) {
      const end = entries.reduce((latest, entry) => Math.max(latest, 'at' in entry ? entry.at : 0), 0);
      for (const { id, deadlineMs, invoked, settled, crashed } of calls) {
        if (deadlineMs === undefined || crashed) continue;
        const took = (settled?.at ?? end) - invoked.at;
        const late =
          took > deadlineMs + SETTLE_MS && took - lagIn(entries, invoked.at, invoked.at + took) > deadlineMs + SETTLE_MS;
        yield { call: id, wrong: unless(!late, `a call takes ${Math.round(took)} ms`) };
      }
    },
  },
  { invariant: 'I9', judge: judgeFigures },
  {
    // no token in a log or a message
    invariant: 'I10',
    *judge(_ledger, { entries }) {
      for (const entry of entries) {
        if (entry.type === 'logs' && entry.lines > 0)
          yield { wrong: unless(entry.leaks === 0, `${entry.leaks} log lines hold a token`) };
      }
    },
  },
  { invariant: 'I11', judge: judgeRetries },
] as const satisfies readonly Row[];

export type Invariant = (typeof INVARIANTS)[number]['invariant'];

/** A call succeeds soon after the store has come back, and none is left without an answer once it has. */
function* judgeLiveness({ calls }: Ledger, { entries }: History): Iterable<Finding> {
  const states = entries.filter((entry) => entry.type === 'store');
  for (const [index, { state, at }] of states.entries()) {
    if (state !== 'up') continue;
    const next = states[index + 1]?.at ?? Infinity;
    const made = calls.filter(({ invoked }) => invoked.at >= at && invoked.at < at + RECOVERY_MS);
    if (next >= at + RECOVERY_MS && made.length > 0) {
      const soon = made.some(({ end, settled }) => end !== 'unknown' && settled !== undefined && settled.at <= at + RECOVERY_MS);
      yield { wrong: unless(soon, 'no call is answered within 2 s of the recovery') };
    }
    for (const { id, end, invoked, crashed } of calls) {
      if (invoked.at < at + RECOVERY_MS || invoked.at >= next - RECOVERY_MS || crashed) continue;
      yield { call: id, wrong: unless(end !== 'unknown', 'a call has no answer although the store is up') };
    }
  }
}

/** Heap flat over the cycles, sockets and timers back to where they were. */
function* judgeFigures(_ledger: Ledger, { entries }: History): Iterable<Finding> {
  for (const [name, slack] of [
    ['heap', 1.05],
    ['sockets', 1],
    ['timers', 1],
  ] as const) {
    const values = entries.flatMap((entry) => (entry.type === 'figure' && entry.name === name ? [entry.value] : []));
    const [baseline, ...later] = values;
    if (baseline === undefined || later.length === 0) continue;
    yield { wrong: unless((later.at(-1) ?? baseline) <= baseline * slack, `${name} grows from ${baseline} to ${later.at(-1)}`) };
  }
}

/** A call whose outcome was unknown, made again and again, has one result. */
function* judgeRetries(ledger: Ledger): Iterable<Finding> {
  for (const [, calls] of ledger.refreshes) {
    const first = calls.find(({ end }) => end === 'unknown');
    if (first === undefined) continue;
    const answers = new Set<string>();
    for (const call of calls) {
      if (call === first || call.invoked.at < (first.settled ?? first.invoked).at || call.end === 'unknown') continue;
      if (call.issued !== undefined) answers.add(call.issued.refresh.jti);
      const wrong = call.end === 'fail' ? unless(mayBeRefused(ledger, call), `a retry is refused: ${call.code}`) : undefined;
      yield { call: call.id, wrong: wrong ?? unless(answers.size <= 1, 'a retry is answered otherwise than the one before') };
    }
  }
}

/** Whether anything that clients did explains that this token is refused. */
function mayBeRefused(ledger: Ledger, use: Use): boolean {
  if (ledger.isOutOfTime(use)) return true;
  if (use.code === 'reused') return ledger.mayBeReuse(use);
  if (ledger.mayHaveEnded(use)) return true;
  return use.operation.name === 'verify' ? ledger.mayBeSpent(use) : ledger.mayBeReuse(use);
}

function lagIn(entries: History['entries'], from: number, to: number): number {
  return entries.reduce((sum, entry) => sum + (entry.type === 'lag' && entry.at > from && entry.at <= to ? entry.ms : 0), 0);
}

function refusalOf(ledger: Ledger, use: Use): string {
  return `${use.operation.name} is refused: ${use.code}, ${ledger.secondsSinceSpent(use)} s after another may have spent the token`;
}

function isStale({ operation }: Use): boolean {
  return operation.name === 'verify' && operation.cached === true;
}

function unless(holds: boolean, what: string): string | undefined {
  return holds ? undefined : what;
}

function callOf({ call }: Finding): { readonly call?: number } {
  return call === undefined ? {} : { call };
}
