import { checkHistory, type Invariant, type Verdict } from './history-checker.ts';
import type { Issued, Operation } from './history.ts';
import { jtiOf, startScenario, type Scenario, type Ticket } from '../../src/testing/storage/scenario.ts';
import type { RotateOutcome, RotateRequest } from '../../src/ports/rotation-store.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { TokenStore } from '../../src/ports/token-store.ts';
import type { Gap } from '../testing/async-store.ts';
import { explore, type Decide } from './explore.ts';
import { createGate, type Gate } from './gate.ts';
import { createRecorder, type Recorder } from './recorder.ts';

/** A store whose steps can be held up and broken: it passes the gap before and after each. */
export interface Explored {
  readonly name: string;
  readonly create: (gap: Gap, clock: Clock) => TokenStore | Promise<TokenStore>;
}

export interface Findings {
  /** Races tried: which calls, with which window. */
  readonly races: number;
  /** Of which every order was tried. */
  readonly exhausted: number;
  readonly schedules: number;
  /** About how many there are. */
  readonly estimate: number;
  readonly steps: number;
  readonly faults: number;
  readonly looked: Verdict['looked'];
  /** The first thing that was wrong: where exploring ended. */
  readonly wrong: { readonly invariants: readonly Invariant[]; readonly what: string } | undefined;
}

/**
 * Races up to three calls over a store in every order of their steps, with up to two broken connections, and has what clients saw judged. Sampled
 * where a race has more schedules than its share of `limit`. Ends at the first thing that is wrong, by any invariant or by the one it is `about`.
 */
export async function exploreStore(
  { create }: Explored,
  { limit, seed = 1, about }: { readonly limit: number; readonly seed?: number; readonly about?: Invariant },
): Promise<Findings> {
  const gate = createGate();
  const looked: Record<string, number> = {};
  let [schedules, estimate, exhausted, tried] = [0, 0, 0, 0];
  let wrong: Findings['wrong'];
  for (const [index, calls] of RACES.entries()) {
    if (wrong !== undefined) break;
    tried++;
    const share = Math.ceil((limit - schedules) / (RACES.length - index));
    const most = calls.length < 3 ? Math.max(share, limit / 60) : share; // few calls have few orders: try them all
    const explored = await explore({ limit: most, seed: seed + index }, async (decide) => {
      if (wrong !== undefined) return;
      const graceSeconds = [GRACE, 0][decide(2)] ?? GRACE;
      const verdict = await runRace({ create, gate, decide, calls, graceSeconds });
      for (const [invariant, count] of Object.entries(verdict.looked)) looked[invariant] = (looked[invariant] ?? 0) + count;
      const violations = verdict.violations.filter(({ invariant }) => about === undefined || invariant === about);
      if (violations.length === 0) return;
      const invariants = [...new Set(violations.map(({ invariant }) => invariant))];
      const first = violations[0]?.what ?? '';
      const race = calls.map(({ name }) => name).join(', ');
      wrong = { invariants, what: `${first}; of ${race}; grace ${graceSeconds} s; ${gate.order.join('; ')}` };
    });
    schedules += explored.runs;
    estimate += explored.estimate;
    exhausted += Number(explored.exhaustive);
  }
  return { races: tried, exhausted, schedules, estimate, ...gate.counts, looked: looked as Verdict['looked'], wrong };
}

export function described(name: string, { races, exhausted, schedules, estimate, steps, faults }: Findings): string {
  const all = `of about ${Math.round(estimate)} (all there are of ${exhausted} races)`;
  return `${name}: ${races} races, ${schedules} schedules ${all}, ${steps} steps, ${faults} broken connections`;
}

interface World {
  readonly scenario: Scenario;
  readonly recorder: Recorder;
  readonly graceSeconds: number;
  /** One chain: an ancestor, its child, and the newest. */
  readonly chain: readonly [Ticket, Ticket, Ticket];
  /** Each token that was proposed as the successor of another, given out or not. */
  readonly proposed: (readonly [parent: string, ticket: Ticket])[];
  readonly unanswered: Set<Ticket>;
}

interface RacedCall {
  readonly name: string;
  readonly make: (world: World) => Promise<void>;
}

const CALLS: readonly RacedCall[] = [
  { name: 'use', make: (world) => refresh(world, world.chain[2]) },
  { name: 'replay', make: (world) => refresh(world, world.chain[1]) },
  { name: 'ancestor', make: (world) => refresh(world, world.chain[0]) },
  { name: 'check', make: check },
  { name: 'logout', make: logout },
  { name: 'end', make: endFamily },
  { name: 'everywhere', make: revokeUser },
  { name: 'login', make: login },
];

/** Every choice of one, two or three of them; a call may race itself. */
const RACES: readonly (readonly RacedCall[])[] = CALLS.flatMap((first, index) => [
  [first],
  ...CALLS.slice(index).flatMap((second, offset) => [
    [first, second],
    ...CALLS.slice(index + offset).map((third) => [first, second, third]),
  ]),
]).toSorted((one, other) => one.length - other.length);

interface RunOptions {
  readonly create: Explored['create'];
  readonly gate: Gate;
  readonly decide: Decide;
  readonly calls: readonly RacedCall[];
  readonly graceSeconds: number;
}

async function runRace({ create, gate, decide, calls, graceSeconds }: RunOptions): Promise<Verdict> {
  let ticks = 0;
  const scenario = await startScenario((clock) => create(gate.gap, clock));
  const recorder = createRecorder({ graceSeconds, maxStalenessMs: 0 }, () => ++ticks, scenario.clock);
  const world = await prepare(scenario, recorder, graceSeconds);
  await gate.race(
    decide,
    calls.map(
      ({ make }) =>
        () =>
          make(world),
    ),
    MOST_FAULTS,
  );
  await audit(world);
  return checkHistory(recorder.history);
}

async function prepare(scenario: Scenario, recorder: Recorder, graceSeconds: number): Promise<World> {
  const start = { scenario, recorder, graceSeconds, proposed: [], unanswered: new Set<Ticket>() };
  const first = scenario.mint();
  const logged = recorder.begin({ name: 'login', user: first.user });
  await scenario.record(first);
  logged.ok({ ...issuedOf(first), access: { jti: ACCESS, exp: first.token.exp } });
  const chain = [first, first, first] as [Ticket, Ticket, Ticket];
  const world: World = { ...start, chain };
  for (const index of [1, 2] as const) chain[index] = { ...first, token: await exchanged(world, chain[index - 1] ?? first) };
  return world;
}

async function exchanged(world: World, ticket: Ticket): Promise<Ticket['token']> {
  await refresh(world, ticket);
  const last = world.proposed.at(-1)?.[1];
  if (last === undefined) throw new Error('a store must work before it is raced');
  return last.token;
}

/** What clients do when it is over: retry what had no answer, look at all there is, use what lives, and bring back what is spent. */
async function audit(world: World): Promise<void> {
  const { scenario, chain, proposed, unanswered } = world;
  for (const ticket of unanswered) await refresh(world, ticket);
  const all = [...chain, ...proposed.map(([, ticket]) => ticket)];
  for (const ticket of all) await verify(world, ticket);
  await verifyAccess(world);
  const alive = await newestAlive(world, all);
  if (alive !== undefined) {
    await refresh(world, alive);
    await refresh(world, alive); // a replay, or reuse
  }
  const now = scenario.clock();
  scenario.clock.set(chain[0].token.exp - 1); // what was revoked stays so to the end
  for (const ticket of all) await verify(world, ticket);
  scenario.clock.set(now);
  await refresh(world, chain[0]);
  for (const ticket of all.slice(2)) await verify(world, ticket);
  await verifyAccess(world);
}

async function newestAlive({ scenario }: World, all: readonly Ticket[]): Promise<Ticket | undefined> {
  let newest: Ticket | undefined;
  for (const ticket of all) if ((await scenario.status(ticket, { mustBeRecorded: 'token' })) === 'active') newest = ticket;
  return newest;
}

async function refresh(world: World, ticket: Ticket): Promise<void> {
  const { scenario, recorder, graceSeconds, proposed, unanswered } = world;
  const rules = { graceSeconds, mustBeRecorded: 'token', endFamilyOnReuse: true } as const;
  const request: RotateRequest & { readonly successor: Ticket['token'] } = scenario.request(ticket, rules);
  proposed.push([ticket.token.jti, { ...ticket, token: request.successor }]);
  const ending = recorder.begin({ name: 'refresh', token: ticket.token.jti });
  const outcome = await twice<RotateOutcome>(async () => scenario.store.rotate(request, {}));
  if (outcome === undefined) {
    unanswered.add(ticket);
    ending.unknown();
  } else if ('successor' in outcome && outcome.successor !== undefined) {
    ending.ok(issuedOf({ ...ticket, token: outcome.successor }));
  } else ending.fail(outcome.outcome);
}

async function verify({ scenario, recorder, proposed }: World, ticket: Ticket): Promise<void> {
  const parent = proposed.find(([, { token }]) => token.jti === ticket.token.jti)?.[0];
  const operation: Operation = { name: 'verify', token: ticket.token.jti, ...(parent !== undefined && { parent }) };
  const ending = recorder.begin(operation);
  const status = await twice(() => scenario.status(ticket, { mustBeRecorded: 'token' }));
  if (status === undefined) ending.unknown();
  else if (status === 'active') ending.ok();
  else ending.fail(status);
}

async function check(world: World): Promise<void> {
  await verify(world, world.chain[2]);
  await verifyAccess(world);
}

/** An access token of the first login: it has no record, so its family and user answer for it. */
async function verifyAccess({ scenario, recorder, chain }: World): Promise<void> {
  const ending = recorder.begin({ name: 'verify', token: ACCESS });
  const of = { jti: jtiOf(ACCESS), onRecord: false, mustBeRecorded: 'family' } as const;
  const status = await twice(() => scenario.status(chain[0], of));
  if (status === undefined) ending.unknown();
  else if (status === 'active') ending.ok();
  else ending.fail(status);
}

async function logout({ scenario, recorder, chain, graceSeconds }: World): Promise<void> {
  const ending = recorder.begin({ name: 'blacklist', token: chain[2].token.jti });
  const outcome = await twice(() => scenario.blacklist(chain[2], graceSeconds));
  if (outcome === undefined) ending.unknown();
  else if (outcome === 'blacklisted') ending.ok();
  else ending.fail(outcome);
}

async function endFamily({ scenario, recorder, chain }: World): Promise<void> {
  const ending = recorder.begin({ name: 'revokeFamily', family: chain[0].family });
  const outcome = await twice(() => scenario.revokeFamily(chain[0].family, chain[0].user));
  if (outcome === undefined) ending.unknown();
  else ending.ok();
}

async function revokeUser({ scenario, recorder, chain }: World): Promise<void> {
  const ending = recorder.begin({ name: 'revokeUser', user: chain[0].user });
  const outcome = await twice(() => scenario.revokeUser(chain[0].user));
  if (outcome === undefined) ending.unknown();
  else ending.ok();
}

async function login({ scenario, recorder, proposed, chain }: World): Promise<void> {
  const ticket = scenario.mint({ user: chain[0].user });
  const ending = recorder.begin({ name: 'login', user: ticket.user });
  const epoch = await twice(async () => scenario.store.epoch({}));
  if (epoch === undefined) return ending.unknown();
  const begun = recorder.now();
  const outcome = await twice(() => scenario.record(ticket, { epoch }));
  if (outcome === 'recorded') proposed.push([`the login of ${ticket.token.jti}`, ticket]);
  if (outcome === undefined) ending.unknown();
  else if (outcome === 'recorded') ending.ok({ ...issuedOf(ticket), begunAt: begun });
  else ending.fail(outcome);
}

/** The same request again where its answer is not known, as a service sends it; undefined where that has none either. */
async function twice<T>(send: () => Promise<T>): Promise<T | undefined> {
  for (const _ of [1, 2]) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
  }
  return undefined;
}

function issuedOf({ token: { jti, exp }, family, user }: Ticket): Issued {
  return { family, user, refresh: { jti, exp } };
}

const ACCESS = 'access';
const GRACE = 10;
const MOST_FAULTS = 2;
