import { expectSame, type Promised } from '../promised.ts';
import { ADA, successorOf, together, type Scenario } from './scenario.ts';

/** Ending a session, and what a token's status says of it. */
export const FAMILY_PROMISES: readonly Promised<Scenario>[] = [
  {
    title: 'kills every token of a family, once',
    async holds(scenario) {
      const first = await scenario.login();
      const second = await scenario.refresh(first, { spends: false });
      const third = await scenario.refresh(second, { spends: false });
      const other = await scenario.login();
      const outcomes = await together(4, () => scenario.revokeFamily(first.family));
      expectSame(outcomes.toSorted(), ['already', 'already', 'already', 'revoked'], 'the calls');
      for (const dead of [first, second, third]) {
        expectSame(await scenario.status(dead), 'family_revoked', 'a token of the family');
        expectSame(await scenario.rotate(dead), { outcome: 'family_revoked' }, 'a rotation of it');
        expectSame(await scenario.blacklist(dead), 'family_revoked', 'a logout of it');
      }
      expectSame(await scenario.status(other), 'active', 'another family');
    },
  },
  {
    title: 'knows the family of a recorded token that names none',
    async holds(scenario) {
      const ticket = await scenario.login();
      await scenario.revokeFamily(ticket.family);
      expectSame(await scenario.status(ticket, { family: undefined }), 'family_revoked', 'the token');
    },
  },
  {
    title: 'remembers the end of a family it has never seen',
    async holds(scenario) {
      const ticket = scenario.mint();
      expectSame(await scenario.revokeFamily(ticket.family), 'revoked', 'the first call');
      expectSame(await scenario.revokeFamily(ticket.family), 'already', 'the second');
      expectSame(await scenario.status(ticket), 'family_revoked', 'a token that names it');
      expectSame(await scenario.rotate(ticket), { outcome: 'family_revoked' }, 'a rotation of it');
      expectSame(await scenario.status(ticket, { family: undefined }), 'active', 'the same token, had it named none');
    },
  },
  {
    title: 'leaves nothing alive of a family that was ended while a rotation was in flight',
    async holds(scenario) {
      for (const endFirst of [true, false]) {
        const ticket = await scenario.login();
        const end = () => scenario.revokeFamily(ticket.family);
        const rotate = () => scenario.rotate(ticket);
        const [, outcome] = endFirst
          ? await Promise.all([end(), rotate()])
          : await Promise.all([rotate(), end()]).then(([second, first]) => [first, second] as const);
        if ('successor' in outcome) {
          expectSame(await scenario.status({ ...ticket, token: successorOf(outcome) }), 'family_revoked', 'the successor');
        }
        expectSame(await scenario.sessions(ADA), [], 'sessions');
      }
    },
  },
  {
    title: 'leaves nothing alive of a family that was ended before or while its login was recorded',
    async holds(scenario) {
      for (const order of ['before', 'together', 'together, later'] as const) {
        const ticket = scenario.mint();
        const end = () => scenario.revokeFamily(ticket.family, ticket.user);
        const login = () => scenario.record(ticket);
        if (order === 'before') await end();
        if (order === 'before') await login();
        else await Promise.all(order === 'together' ? [end(), login()] : [login(), end()]);
        const dead = ['revoked', 'family_revoked'].includes(await scenario.status(ticket));
        expectSame(dead, true, `the token of a family that was ended ${order} is dead`);
        expectSame('successor' in (await scenario.rotate(ticket)), false, 'it gets a successor');
        expectSame(await scenario.sessions(ADA), [], 'sessions');
      }
    },
  },
  {
    title: "says a token's own revocation before its family's",
    async holds(scenario) {
      const ticket = await scenario.login();
      await scenario.blacklist(ticket);
      await scenario.revokeFamily(ticket.family);
      expectSame(await scenario.status(ticket), 'revoked', 'the token');
      const stranger = scenario.mint({ family: ticket.family });
      expectSame(
        await scenario.status(stranger, { mustBeRecorded: 'token' }),
        'family_revoked',
        'an unknown token of the family',
      );
    },
  },
  {
    title: 'answers by what is on record now, not by what it said a moment ago',
    async holds(scenario) {
      for (const revoke of ['token', 'family', 'user', 'rotation'] as const) {
        const ticket = await scenario.login();
        expectSame(await scenario.status(ticket), 'active', `before the ${revoke}`);
        if (revoke === 'token') await scenario.blacklist(ticket);
        if (revoke === 'family') await scenario.revokeFamily(ticket.family);
        if (revoke === 'user') await scenario.revokeUser(ADA);
        if (revoke === 'rotation') await scenario.refresh(ticket);
        expectSame(await scenario.status(ticket), revoke === 'family' ? 'family_revoked' : 'revoked', `after the ${revoke}`);
      }
    },
  },
  {
    title: 'answers unknown where a token or family must be on record and is not',
    async holds(scenario) {
      const ticket = await scenario.login();
      const access = scenario.mint({ family: ticket.family });
      const stranger = scenario.mint();
      expectSame(await scenario.status(ticket, { mustBeRecorded: 'token' }), 'active', 'a recorded token');
      expectSame(await scenario.status(access, { mustBeRecorded: 'token' }), 'unknown', 'another token of its family');
      expectSame(await scenario.status(access, { mustBeRecorded: 'family' }), 'active', 'its family');
      expectSame(await scenario.status(stranger, { mustBeRecorded: 'family' }), 'unknown', 'another family');
      expectSame(await scenario.status(stranger, { mustBeRecorded: 'family', family: undefined }), 'unknown', 'no family');
      expectSame(await scenario.status(stranger), 'active', 'a stranger, where nothing must be on record');
    },
  },
  {
    title: 'refuses what it has lost where it must be on record, however often it comes, and also in a family it knows',
    async holds(scenario) {
      const known = await scenario.login();
      const lost = scenario.mint();
      const sibling = scenario.mint({ family: known.family });
      const rules = { mustBeRecorded: 'token', graceSeconds: 10, endFamilyOnReuse: true } as const;
      for (const ticket of [lost, sibling, lost, sibling]) {
        expectSame(await scenario.rotate(ticket, rules), { outcome: 'unknown' }, 'a rotation');
        expectSame(await scenario.status(ticket, { mustBeRecorded: 'token' }), 'unknown', 'its token');
      }
      expectSame(await scenario.status(lost, { mustBeRecorded: 'family' }), 'unknown', 'its family');
      const outcome = await scenario.revokeUser(ADA, lost, 'token');
      expectSame(outcome, { outcome: 'kept_token_refused', status: 'unknown' }, 'to keep it');
      await scenario.revokeFamily(lost.family);
      expectSame(await scenario.rotate(lost, rules), { outcome: 'family_revoked' }, 'once its family was ended');
      await scenario.refresh(known, rules);
    },
  },
];
