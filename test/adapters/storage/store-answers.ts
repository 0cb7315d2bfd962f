import fc from 'fast-check';
import type { Clock } from '../../../src/ports/clock.ts';
import type { RotateRequest } from '../../../src/ports/rotation-store.ts';
import type { TokenStore } from '../../../src/ports/token-store.ts';
import { ADA, BOB, startScenario, type Ticket } from '../../../src/testing/storage/scenario.ts';

/** One step: a call, and numbers that say with what. */
export const step = fc.record({
  call: fc.constantFrom(
    ...(['login', 'login', 'mint', 'rotate', 'rotate', 'rotate', 'rotate', 'again', 'blacklist'] as const),
    ...(['endFamily', 'revokeUser', 'keepOne', 'wait', 'flush'] as const),
  ),
  which: fc.nat(11),
  grace: fc.boolean(),
  recorded: fc.boolean(),
  odd: fc.nat(7),
});
export type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

export interface AnswersOptions {
  /** Whether the numbers of the epochs are looked at: which they are may be a store's own affair. */
  readonly epochs?: boolean;
  /** For how many seconds some refresh tokens live; access tokens live 300. */
  readonly short?: number;
  /** The time at the beginning, for a store that goes by a clock of its own. */
  readonly now?: number | undefined;
}

/** All that a store answers to these steps, with what it says of every token after each. */
export async function answersOf(
  createStore: (clock: Clock) => TokenStore,
  steps: readonly Step[],
  { epochs = true, short = 90, now }: AnswersOptions = {},
): Promise<readonly unknown[]> {
  const scenario = await startScenario(createStore);
  const { clock, store } = scenario;
  if (now !== undefined) clock.set(now);
  const refresh: Ticket[] = [];
  const access: Ticket[] = [];
  let last: RotateRequest | undefined;

  async function take({ call, which, grace, recorded, odd }: Step): Promise<unknown> {
    const user = odd % 3 === 0 ? BOB : ADA;
    const alive = refresh.filter(({ token }) => token.exp > clock()).slice(-12);
    const ticket = alive[which % Math.max(alive.length, 1)] ?? scenario.mint();
    const graceSeconds = grace ? 10 : 0;
    const mustBeRecorded = recorded ? 'token' : undefined;
    switch (call) {
      case 'login': {
        const one = scenario.mint({ user, lifetime: odd === 7 ? short : 86_400 });
        const its = scenario.mint({ user, family: one.family, lifetime: 300 });
        refresh.push(one);
        access.push(its);
        const metadata = grace ? { device: 'phone' } : undefined;
        return scenario.record(one, { metadata, access: its.token, endsAt: odd === 6 ? clock() + 3600 : undefined });
      }
      case 'mint':
        return void refresh.push(scenario.mint({ user }));
      case 'rotate': {
        const its = scenario.mint({ user: ticket.user, family: ticket.family, lifetime: 300 });
        const { successor: next, ...request } = scenario.request(ticket, { graceSeconds, mustBeRecorded });
        const [issues, spends] = [odd !== 0, odd > 1];
        const attempt = issues ? next.jti : request.attempt;
        last = {
          ...request,
          attempt,
          successor: issues ? next : undefined,
          spends,
          access: its.token,
          endFamilyOnReuse: odd > 5,
        };
        const outcome = await store.rotate(last, {});
        access.push(its);
        if ('successor' in outcome && outcome.successor !== undefined)
          refresh.push({ ...ticket, family: outcome.family, token: outcome.successor });
        return outcome;
      }
      case 'again':
        // one that spends nothing is a new use each time
        if (last?.spends !== true || last.token.retainUntil <= clock() + 60) return undefined;
        return store.rotate({ ...last, now: clock() }, {});
      case 'blacklist':
        return scenario.blacklist(ticket, graceSeconds);
      case 'endFamily':
        return scenario.revokeFamily(ticket.family, ticket.user);
      case 'revokeUser':
        return scenario.revokeUser(user);
      case 'keepOne':
        return scenario.revokeUser(ticket.user, ticket, mustBeRecorded);
      case 'wait':
        return clock.advance([1, 5, 9, 10, 60, 299, 3600, 40_000][odd] ?? 0);
      case 'flush':
        return void (await store.flushExpired(clock(), {})); // how many were left to flush is each store's own affair
    }
  }

  const answers: unknown[] = [];
  for (const one of steps) {
    answers.push(one.call, await take(one));
    if (epochs) answers.push(await store.epoch({}));
    for (const [tickets, onRecord] of [
      [refresh, true],
      [access, false],
    ] as const) {
      const asked = tickets.filter(({ token }) => token.exp > clock()).slice(-12);
      const all = asked.flatMap((ticket) => [
        scenario.status(ticket, { onRecord }),
        scenario.status(ticket, { onRecord, mustBeRecorded: onRecord ? 'token' : 'family', endedCounts: true }),
        scenario.status(ticket, { onRecord, family: undefined }),
      ]);
      answers.push(...(await Promise.all(all)));
    }
    for (const user of [ADA, BOB]) answers.push(await scenario.sessions(user));
  }
  return answers;
}
