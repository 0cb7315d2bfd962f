import { expectSame, type Promised } from '../promised.ts';
import { ADA, successorOf, together, type Scenario } from './scenario.ts';

const GRACE = 10;
const inGrace = { graceSeconds: GRACE };

/** The window in which a predecessor gets its successor again. */
export const GRACE_PROMISES: readonly Promised<Scenario>[] = [
  ...[2, 4, 16, 64].map((racers) => ({
    title: `gives ${racers} concurrent rotations inside the grace window the same successor`,
    async holds(scenario: Scenario) {
      const ticket = await scenario.login();
      const outcomes = await together(racers, () => scenario.rotate(ticket, inGrace));
      expectSame(new Set(outcomes.map((outcome) => successorOf(outcome).jti)).size, 1, 'distinct successors');
      expectSame(outcomes.filter(({ outcome }) => outcome === 'rotated').length, 1, 'rotations');
      expectSame(outcomes.filter(({ outcome }) => outcome === 'replayed').length, racers - 1, 'replays');
    },
  })),
  {
    title: 'replays the successor with its jti and times, and never forks the chain',
    async holds(scenario) {
      const first = await scenario.login();
      const second = await scenario.refresh(first, inGrace);
      for (let replay = 1; replay < 4; replay++) {
        scenario.clock.advance(1);
        const request = scenario.request(first, inGrace);
        const expected = { outcome: 'replayed', family: first.family, successor: second.token };
        expectSame(await scenario.store.rotate(request, {}), expected, 'the replay');
        const fork = { ...first, token: request.successor };
        expectSame(await scenario.status(fork, { mustBeRecorded: 'token' }), 'unknown', 'the successor it proposed');
      }
      await scenario.refresh(second, inGrace);
      expectSame((await scenario.sessions(ADA)).length, 1, 'sessions');
    },
  },
  {
    title: 'gives a replay the child or nothing while the child is being used',
    async holds(scenario) {
      for (const replayFirst of [true, false]) {
        const first = await scenario.login();
        const second = await scenario.refresh(first, inGrace);
        const request = scenario.request(first, inGrace);
        const replay = async () => scenario.store.rotate(request, {});
        const use = () => scenario.rotate(second, inGrace);
        const [replayed, used] = replayFirst
          ? await Promise.all([replay(), use()])
          : await Promise.all([use(), replay()]).then(([last, earlier]) => [earlier, last] as const);
        expectSame(used.outcome, 'rotated', 'the use of the child');
        if ('successor' in replayed) expectSame(replayed.successor, second.token, 'what the replay gave');
        else expectSame(replayed.outcome, 'reused', 'the replay');
        const fork = { ...first, token: request.successor };
        expectSame(await scenario.status(fork, { mustBeRecorded: 'token' }), 'unknown', 'the successor it proposed');
      }
    },
  },
  {
    title: 'closes the window when the child is used',
    async holds(scenario) {
      const first = await scenario.login();
      await scenario.refresh(await scenario.refresh(first, inGrace), inGrace);
      const outcome = await scenario.rotate(first, inGrace);
      expectSame(outcome, { outcome: 'reused', kind: 'ancestor', family: first.family, familyEnded: false }, 'the return');
    },
  },
  {
    title: 'closes the window at its end: its last second is inside, the next is not',
    async holds(scenario) {
      const ticket = await scenario.login();
      await scenario.refresh(ticket, inGrace);
      scenario.clock.advance(GRACE - 1);
      expectSame((await scenario.rotate(ticket, inGrace)).outcome, 'replayed', 'in the last second');
      scenario.clock.advance(1);
      expectSame((await scenario.rotate(ticket, inGrace)).outcome, 'reused', 'at the end');
    },
  },
  {
    title: 'has no window at all with a grace of 0 seconds',
    async holds(scenario) {
      const ticket = await scenario.login();
      await scenario.refresh(ticket);
      expectSame((await scenario.rotate(ticket)).outcome, 'reused', 'in the same second');
    },
  },
  {
    title: 'does not hold the window open for a clock that is set back',
    async holds(scenario) {
      const ticket = await scenario.login();
      await scenario.refresh(ticket, inGrace);
      scenario.clock.advance(-3600);
      expectSame((await scenario.rotate(ticket, inGrace)).outcome, 'reused', 'an hour earlier');
    },
  },
  {
    title: 'counts the window from the rotation, not from the last replay',
    async holds(scenario) {
      const ticket = await scenario.login();
      await scenario.refresh(ticket, inGrace);
      for (let replay = 1; replay < 4; replay++) {
        scenario.clock.advance(3);
        expectSame((await scenario.rotate(ticket, inGrace)).outcome, 'replayed', 'inside');
      }
      scenario.clock.advance(3);
      expectSame((await scenario.rotate(ticket, inGrace)).outcome, 'reused', 'outside');
    },
  },
  {
    title: 'lets revocation win over a replay and over a retry of the same attempt',
    async holds(scenario) {
      for (const revoke of ['child', 'family', 'user'] as const) {
        const ticket = await scenario.login();
        const request = scenario.request(ticket, inGrace);
        await scenario.store.rotate(request, {});
        if (revoke === 'child') await scenario.blacklist({ ...ticket, token: request.successor });
        if (revoke === 'family') await scenario.revokeFamily(ticket.family);
        if (revoke === 'user') await scenario.revokeUser(ADA);
        expectSame(await scenario.store.rotate(request, {}), { outcome: 'revoked' }, `a retry after the ${revoke} was revoked`);
        expectSame(await scenario.rotate(ticket, inGrace), { outcome: 'revoked' }, `a replay after the ${revoke} was revoked`);
      }
    },
  },
];
