import { setImmediate, setTimeout } from 'node:timers/promises';
import { seeded } from '../proof/random.ts';
import type { Client, End, Pair } from './client.ts';
import type { Endpoint } from './endpoint.ts';

/** How a run is going; the load counts, and stops when it is told to. */
export interface Tally {
  rotations: number;
  replays: number;
  revocations: number;
  unknown: number;
  stopped: boolean;
}

export interface LoadOptions {
  readonly client: Client;
  readonly user: string;
  readonly seed: number;
  readonly tally: Tally;
  /** Whom to ask next: services come and go. */
  readonly endpoint: () => Endpoint;
  /** Of a hundred steps so many bring back a token that was spent, and so many revoke. */
  readonly replayPercent?: number;
  readonly revokePercent?: number;
}

/**
 * One client with a family at a time, until it is stopped: refreshes, and tries again what had no answer; now and then brings back an old token or
 * logs out, looks that nothing of the family is left, and logs in again. Ends with a look at all it has.
 */
export async function clientLoad(options: LoadOptions): Promise<void> {
  const { client, user, seed, tally, endpoint, replayPercent = 10, revokePercent = 5 } = options;
  const draw = seeded(seed);
  let chain: Pair[] = [];

  while (!tally.stopped) {
    await setImmediate(); // a store in this process answers at once: let faults have a turn
    const newest = chain.at(-1);
    if (newest === undefined) await begin();
    else await step(newest, draw(100));
  }
  const last = chain.at(-1);
  if (last === undefined) return;
  for (const held of [last.refresh, last.access]) await answered(() => client.verify(endpoint(), held));
  await answered(() => client.refresh(endpoint(), last.refresh));

  async function begin(): Promise<void> {
    const pair = await answered(() => client.login(endpoint(), user));
    if (typeof pair !== 'string') chain = [pair];
  }

  async function step(newest: Pair, dice: number): Promise<void> {
    if (dice < revokePercent) await revoke(newest, draw(3));
    else if (dice < revokePercent + replayPercent && chain.length > 2) await replay(newest, draw(2));
    else await use(newest);
  }

  async function use(newest: Pair): Promise<void> {
    const next = await answered(() => client.refresh(endpoint(), newest.refresh));
    if (next === 'refused') chain = []; // rightly or not, the checker will say
    if (typeof next === 'string') return;
    tally.rotations++;
    chain = [...chain.slice(-3), next];
    if (draw(10) === 0) await client.verify(endpoint(), next.access);
  }

  /** Of the predecessor inside its window, or of an ancestor: the family ends, and its newest token with it. */
  async function replay(newest: Pair, kind: number): Promise<void> {
    const old = chain.at(kind === 0 ? -2 : -3);
    if (old === undefined) return;
    tally.replays++;
    const answer = await answered(() => client.refresh(endpoint(), old.refresh));
    if (answer !== 'refused') return;
    for (const held of [newest.refresh, newest.access]) await client.verify(endpoint(), held);
    chain = [];
  }

  async function revoke(newest: Pair, kind: number): Promise<void> {
    tally.revocations++;
    const { refresh, access, family } = newest;
    const ways = [
      () => client.revokeFamily(endpoint(), family),
      () => client.revokeUser(endpoint(), user),
      () => client.blacklist(endpoint(), refresh),
    ];
    await answered(async () => ways[kind]?.());
    await client.verify(endpoint(), refresh);
    if (kind < 2) await client.verify(endpoint(), access);
    await client.refresh(endpoint(), refresh);
    chain = [];
  }

  /** Tries again what had no answer, as clients do, until it has one or a minute has gone. */
  async function answered<T>(call: () => Promise<T | End>): Promise<T | End> {
    for (const until = performance.now() + 60_000; ;) {
      const answer = await call();
      if (answer !== 'unknown' || performance.now() > until) return answer;
      tally.unknown++;
      await setTimeout(5 + draw(40));
    }
  }
}

/**
 * Clients that share one family and refresh its token all at once, round after round: each round has one successor, or the family ended. Answers
 * how many distinct successors each round had.
 */
export async function sharedLoad(
  clients: readonly Client[],
  endpoints: readonly (() => Endpoint)[],
  { tally, user, rounds }: { readonly tally: Tally; readonly user: string; readonly rounds: number },
): Promise<readonly number[]> {
  const [first, endpoint] = [clients[0], endpoints[0]];
  if (first === undefined || endpoint === undefined) throw new Error('a load needs a client and a service');
  const distinct: number[] = [];
  let current: Pair | undefined;
  while (distinct.length < rounds && !tally.stopped) {
    await setImmediate();
    if (current === undefined) {
      const pair: Pair | End = await first.login(endpoint(), user);
      if (typeof pair === 'string') await setTimeout(20);
      else current = pair;
      continue;
    }
    const { refresh } = current;
    const answers: readonly (Pair | End)[] = await Promise.all(
      clients.map((client, index) => client.refresh((endpoints[index % endpoints.length] ?? endpoint)(), refresh)),
    );
    const pairs = answers.filter((answer) => typeof answer !== 'string');
    tally.unknown += answers.filter((answer) => answer === 'unknown').length;
    if (answers.includes('refused')) current = undefined;
    if (pairs.length === 0) {
      await setTimeout(20);
      continue;
    }
    tally.rotations++;
    distinct.push(new Set(pairs.map((pair) => pair.refresh.jti)).size);
    if (current !== undefined) current = pairs[0];
  }
  return distinct;
}
