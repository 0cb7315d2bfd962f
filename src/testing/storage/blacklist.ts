import { expectSame, type Promised } from '../promised.ts';
import { ADA, successorOf, together, type Scenario } from './scenario.ts';

/** Logging one token out. */
export const BLACKLIST_PROMISES: readonly Promised<Scenario>[] = [
  {
    title: 'blacklists a token exactly once among concurrent calls',
    async holds(scenario) {
      for (const ticket of [await scenario.login(), scenario.mint()]) {
        const outcomes = await together(8, () => scenario.blacklist(ticket));
        expectSame(outcomes.toSorted(), ['blacklisted', ...Array<string>(7).fill('revoked')], 'the calls');
        expectSame(await scenario.status(ticket), 'revoked', 'the token');
        expectSame(await scenario.rotate(ticket), { outcome: 'revoked' }, 'a rotation of it');
      }
    },
  },
  {
    title: 'logs out the unused successor with its predecessor inside the grace window',
    async holds(scenario) {
      const ticket = await scenario.login();
      const child = await scenario.refresh(ticket, { graceSeconds: 10 });
      expectSame(await scenario.blacklist(ticket, 10), 'blacklisted', 'the logout');
      expectSame(await scenario.status(child), 'revoked', 'the successor');
      expectSame(await scenario.rotate(child), { outcome: 'revoked' }, 'a rotation of it');
      expectSame(await scenario.blacklist(ticket, 10), 'revoked', 'a second logout');
      expectSame(await scenario.sessions(ADA), [], 'sessions');
    },
  },
  {
    title: 'leaves the successor alone after the window, and once it was used',
    async holds(scenario) {
      const ticket = await scenario.login();
      const child = await scenario.refresh(ticket);
      scenario.clock.advance(10);
      expectSame(await scenario.blacklist(ticket, 10), 'revoked', 'after the window');
      expectSame(await scenario.status(child), 'active', 'the successor');
      const grandchild = await scenario.refresh(child, { graceSeconds: 10 });
      expectSame(await scenario.blacklist(ticket, 10), 'revoked', 'once the child was used');
      expectSame(await scenario.status(grandchild), 'active', 'the newest token');
    },
  },
  {
    title: 'leaves no token alive of a logout that was acknowledged while a rotation was in flight',
    async holds(scenario) {
      for (const logoutFirst of [true, false]) {
        const ticket = await scenario.login();
        const logout = () => scenario.blacklist(ticket, 10);
        const rotate = () => scenario.rotate(ticket, { graceSeconds: 10 });
        const [acknowledged, outcome] = logoutFirst
          ? await Promise.all([logout(), rotate()])
          : await Promise.all([rotate(), logout()]).then(([second, first]) => [first, second] as const);
        expectSame(acknowledged, 'blacklisted', 'the logout');
        expectSame(await scenario.status(ticket), 'revoked', 'the token');
        if ('successor' in outcome) {
          expectSame(await scenario.status({ ...ticket, token: successorOf(outcome) }), 'revoked', 'its successor');
        }
      }
    },
  },
  {
    title: 'ends the family when a blacklisted token comes back and that is asked for, and only then',
    async holds(scenario) {
      const ticket = await scenario.login();
      const sibling = await scenario.refresh(ticket, { spends: false });
      await scenario.blacklist(ticket);
      expectSame(await scenario.rotate(ticket), { outcome: 'revoked' }, 'the return');
      expectSame(await scenario.status(sibling), 'active', 'another token of the family');
      expectSame(
        await scenario.rotate(ticket, { endFamilyOnReuse: true }),
        { outcome: 'revoked', endedFamily: ticket.family },
        'the return',
      );
      expectSame(await scenario.status(sibling), 'family_revoked', 'another token of the family');
    },
  },
  {
    title: 'ends the access tokens of a logged-out session where they are asked about so',
    async holds(scenario) {
      const ticket = await scenario.login();
      const access = scenario.mint({ family: ticket.family });
      expectSame(await scenario.status(access, { endedCounts: true }), 'active', 'before');
      await scenario.blacklist(ticket);
      expectSame(await scenario.status(access, { endedCounts: true }), 'revoked', 'where the end counts');
      expectSame(await scenario.status(access), 'active', 'where it does not');
    },
  },
  {
    title: 'knows blacklisted tokens from others: of the same user, and of the same family',
    async holds(scenario) {
      const [first, second, stranger] = [await scenario.login(), await scenario.login(), scenario.mint()];
      await scenario.blacklist(first);
      for (const other of [second, stranger]) expectSame(await scenario.status(other), 'active', 'another token');
    },
  },
];
