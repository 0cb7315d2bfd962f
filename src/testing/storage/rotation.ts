import type { NewToken } from '../../ports/rotation-store.ts';
import { expectSame, type Promised } from '../promised.ts';
import { ADA, familyOf, successorOf, together, type Scenario, type Ticket } from './scenario.ts';

/** One successor to a token, whoever asks and however often. */
export const ROTATION_PROMISES: readonly Promised<Scenario>[] = [
  ...[2, 3, 4, 8, 16, 32, 64].map((racers) => ({
    title: `lets exactly one of ${racers} concurrent rotations of a token win`,
    async holds(scenario: Scenario) {
      const ticket = await scenario.login();
      const proposed: NewToken[] = [];
      const outcomes = await together(racers, (index) => {
        const successor = (proposed[index] = scenario.mint().token);
        return scenario.rotate(ticket, { successor });
      });
      const won = outcomes.filter(({ outcome }) => outcome === 'rotated').map((outcome) => successorOf(outcome).jti);
      expectSame(won.length, 1, 'winners');
      expectSame(outcomes.filter(({ outcome }) => outcome === 'reused').length, racers - 1, 'losers');
      for (const token of proposed) await expectOnRecord(scenario, { ...ticket, token }, token.jti === won[0]);
    },
  })),
  {
    title: 'lets exactly one of 8 concurrent rotations win for a token it has never seen',
    async holds(scenario) {
      const ticket = scenario.mint();
      const outcomes = await together(8, () => scenario.rotate(ticket));
      expectSame(outcomes.filter(({ outcome }) => outcome === 'rotated').length, 1, 'winners');
      expectSame((await scenario.sessions(ADA)).length, 1, 'sessions');
    },
  },
  {
    title: 'gives a retry of one attempt its own outcome again, also at once, later, and after the successor was used',
    async holds(scenario) {
      const ticket = await scenario.login();
      const request = scenario.request(ticket);
      const first = await Promise.all([1, 2, 3].map(async () => scenario.store.rotate(request, {})));
      scenario.clock.advance(3600);
      const later = await scenario.store.rotate(request, {});
      await scenario.refresh({ ...ticket, token: request.successor });
      const last = await scenario.store.rotate(request, {});
      for (const outcome of [...first, later, last]) {
        expectSame(outcome.outcome, 'rotated', 'a retry');
        expectSame(successorOf(outcome), request.successor, 'its successor');
      }
    },
  },
  {
    title: 'gives each copy of an attempt its own outcome again, while other attempts race it',
    async holds(scenario) {
      const ticket = await scenario.login();
      const attempts = Array.from({ length: 4 }, () => scenario.request(ticket));
      const copies = [...attempts, ...attempts.toReversed()];
      const outcomes = await Promise.all(copies.map(async (request) => scenario.store.rotate(request, {})));
      const again = [];
      for (const request of copies) again.push(await scenario.store.rotate(request, {}));
      const won = new Set(outcomes.flatMap((outcome) => ('successor' in outcome ? [outcome.successor?.jti] : [])));
      expectSame(won.size, 1, 'distinct successors');
      for (const [index, { successor, attempt }] of copies.entries()) {
        for (const outcome of [outcomes[index], again[index]]) {
          expectSame(outcome?.outcome, won.has(successor.jti) ? 'rotated' : 'reused', `a copy of ${attempt}`);
        }
      }
      for (const { successor } of attempts) {
        await expectOnRecord(scenario, { ...ticket, token: successor }, won.has(successor.jti));
      }
    },
  },
  {
    title: 'tells a late retry from the return of an ancestor',
    async holds(scenario) {
      const first = await scenario.login();
      const second = await scenario.refresh(first);
      const expected = { outcome: 'reused', family: first.family, familyEnded: false };
      expectSame(await scenario.rotate(first), { ...expected, kind: 'late_retry' }, 'its child was never used');
      await scenario.refresh(second);
      expectSame(await scenario.rotate(first), { ...expected, kind: 'ancestor' }, 'its child was used');
      expectSame(await scenario.rotate(second), { ...expected, kind: 'late_retry' }, 'the child itself');
    },
  },
  {
    title: 'orders ten rotations of one second by their chain, not by iat',
    async holds(scenario) {
      const chain = [await scenario.login()];
      for (let generation = 1; generation <= 10; generation++)
        chain.push(await scenario.refresh(chain.at(-1) ?? scenario.mint()));
      const kinds = [];
      for (const ticket of chain.slice(0, -1)) {
        const outcome = await scenario.rotate(ticket, { graceSeconds: 10 });
        kinds.push('kind' in outcome ? outcome.kind : outcome.outcome);
      }
      expectSame(kinds, [...Array<string>(9).fill('ancestor'), 'replayed'], 'what each of the chain is');
    },
  },
  {
    title: 'ends the family before the call returns when a spent token comes back and that is asked for',
    async holds(scenario) {
      for (const used of [false, true]) {
        const first = await scenario.login();
        const second = await scenario.refresh(first);
        const last = used ? await scenario.refresh(second) : second;
        const outcome = await scenario.rotate(first, { endFamilyOnReuse: true });
        const kind = used ? 'ancestor' : 'late_retry';
        expectSame(outcome, { outcome: 'reused', kind, family: first.family, familyEnded: true }, 'the reuse');
        expectSame(await scenario.status(last), 'family_revoked', 'the newest token');
        expectSame(await scenario.rotate(last), { outcome: 'family_revoked' }, 'a rotation of it');
        expectSame(await scenario.rotate(first, { endFamilyOnReuse: true }), { outcome: 'revoked' }, 'a second return');
      }
      expectSame(await scenario.sessions(ADA), [], 'sessions');
    },
  },
  {
    title: 'leaves nothing alive of a family that a spent token ended while its newest was being refreshed',
    async holds(scenario) {
      for (const reuseFirst of [true, false]) {
        const first = await scenario.login();
        const last = await scenario.refresh(await scenario.refresh(first));
        const reuse = () => scenario.rotate(first, { endFamilyOnReuse: true });
        const refresh = () => scenario.rotate(last);
        const [reused, outcome] = reuseFirst
          ? await Promise.all([reuse(), refresh()])
          : await Promise.all([refresh(), reuse()]).then(([second, first]) => [first, second] as const);
        expectSame(
          reused,
          { outcome: 'reused', kind: 'ancestor', family: first.family, familyEnded: true },
          'the return of the ancestor',
        );
        const newest = 'successor' in outcome ? { ...last, token: successorOf(outcome) } : last;
        expectSame(await scenario.status(newest), 'family_revoked', 'the newest token');
        expectSame(await scenario.sessions(ADA), [], 'sessions');
      }
    },
  },
  {
    title: 'lets the family live when a spent token comes back and ending it is not asked for',
    async holds(scenario) {
      const first = await scenario.login();
      const second = await scenario.refresh(first);
      await scenario.rotate(first);
      await scenario.refresh(second);
    },
  },
  {
    title: 'keeps a token good that is not spent, beside each of its successors',
    async holds(scenario) {
      const ticket = await scenario.login();
      const successors = await together(4, () => scenario.refresh(ticket, { spends: false }));
      expectSame(new Set(successors.map(({ token }) => token.jti)).size, 4, 'distinct successors');
      for (const good of [ticket, ...successors]) await expectOnRecord(scenario, good, true);
      expectSame((await scenario.sessions(ADA)).length, 1, 'sessions');
    },
  },
  {
    title: 'takes a rotation that spends nothing once, however often it is sent',
    async holds(scenario) {
      const ticket = await scenario.login();
      const request = scenario.request(ticket, { spends: false });
      const copies = await together(3, async () => scenario.store.rotate(request, {}));
      for (const copy of copies) expectSame(successorOf(copy), request.successor, 'the successor');
      const successor = { ...ticket, token: request.successor };
      await scenario.refresh(successor);
      await scenario.store.rotate(request, {});
      expectSame(await scenario.status(successor), 'revoked', 'the successor, spent before the last copy came');
      expectSame((await scenario.sessions(ADA)).length, 1, 'sessions');
    },
  },
  {
    title: 'takes a use that issues no refresh token',
    async holds(scenario) {
      const ticket = await scenario.login();
      const use = { successor: undefined, spends: false };
      for (const _ of [1, 2]) {
        expectSame(await scenario.rotate(ticket, use), { outcome: 'rotated', family: ticket.family }, 'the use');
      }
      await expectOnRecord(scenario, ticket, true);
    },
  },
  {
    title: 'puts a token it has never seen on record under the family it names, else under the one given',
    async holds(scenario) {
      const ticket = scenario.mint();
      const { jti, iat, retainUntil } = ticket.token;
      const token = { jti, user: ADA, iat, onRecord: true, retainUntil };
      const named = await scenario.rotate(ticket);
      expectSame('family' in named && named.family, ticket.family, 'the family it names');
      const other = scenario.mint();
      const given = await scenario.rotate(other, {
        token: { ...token, jti: other.token.jti, family: undefined },
        family: familyOf('given'),
      });
      expectSame('family' in given && given.family, 'given', 'the family given');
      for (const [spent, outcome] of [
        [ticket, named],
        [other, given],
      ] as const) {
        expectSame(await scenario.status(spent), 'revoked', 'the spent token');
        await expectOnRecord(scenario, { ...spent, token: successorOf(outcome) }, true);
      }
    },
  },
  {
    title: 'answers unknown where a token must be on record and is not, and records nothing then',
    async holds(scenario) {
      const ticket = scenario.mint();
      const request = scenario.request(ticket, { mustBeRecorded: 'token', endFamilyOnReuse: true });
      expectSame(await scenario.store.rotate(request, {}), { outcome: 'unknown' }, 'the rotation');
      await expectOnRecord(scenario, ticket, false);
      await expectOnRecord(scenario, { ...ticket, token: request.successor }, false);
      expectSame(await scenario.sessions(ADA), [], 'sessions');
      const known = await scenario.login();
      await scenario.refresh(known, { mustBeRecorded: 'token' });
    },
  },
];

async function expectOnRecord(scenario: Scenario, ticket: Ticket, recorded: boolean): Promise<void> {
  const status = await scenario.status(ticket, { mustBeRecorded: 'token' });
  expectSame(status, recorded ? 'active' : 'unknown', `a token that is ${recorded ? '' : 'not '}to be on record`);
}
