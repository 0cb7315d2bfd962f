import { retainUntil } from '../../domain/token/retention.ts';
import { expectSame, type Promised } from '../promised.ts';
import { ADA, BOB, jtiOf, LIFETIME, type Scenario, type Ticket } from './scenario.ts';

/** Nothing is forgotten early, and nothing that expired counts. */
export const RETENTION_PROMISES: readonly Promised<Scenario>[] = [
  {
    title: 'remembers a blacklisted token to the last second it must',
    async holds(scenario) {
      for (const ticket of [await scenario.login(), scenario.mint()]) {
        await scenario.blacklist(ticket);
        for (const now of [ticket.token.exp - 1, ticket.token.exp, ticket.token.retainUntil - 1]) {
          scenario.clock.set(now);
          await scenario.login();
          expectSame(await scenario.status(ticket), 'revoked', 'the token');
        }
        scenario.clock.set(ticket.token.iat);
      }
    },
  },
  {
    title: 'remembers a blacklisted token to the last second of its leeway, however often it is flushed',
    async holds(scenario) {
      const minted = [scenario.mint(), scenario.mint(), scenario.mint()];
      const [recorded, stranger, parent] = minted.map((ticket) => tolerated(ticket));
      if (recorded === undefined || stranger === undefined || parent === undefined) throw new Error('three were minted');
      for (const ticket of [recorded, parent]) await scenario.record(ticket);
      const proposed = tolerated(scenario.mint()).token;
      const child = await scenario.refresh(parent, { successor: proposed, graceSeconds: 10 });
      for (const ticket of [recorded, stranger, parent]) await scenario.blacklist(ticket, 10);
      const { iat, exp } = recorded.token;
      for (const now of [iat + 1, exp - 1, exp, exp + LEEWAY - 1]) {
        scenario.clock.set(now);
        await scenario.store.flushExpired(now, {});
        for (const ticket of [recorded, stranger, child]) expectSame(await scenario.status(ticket), 'revoked', 'the token');
      }
    },
  },
  {
    title: 'never shortens what it remembers',
    async holds(scenario) {
      const { store, clock } = scenario;
      const [ended, unknown, bobs] = [await scenario.login(), scenario.mint(), await scenario.login({ user: BOB })];
      for (const life of [LIFETIME, 60]) {
        const until = { now: clock(), retainUntil: retainUntil(clock() + life, 0) };
        for (const { family, user } of [ended, unknown]) await store.revokeFamily({ family, user, ...until }, {});
        await store.revokeUser({ user: BOB, ...until }, {});
      }
      clock.set(ended.token.exp - 1);
      await store.flushExpired(clock(), {});
      for (const ticket of [ended, unknown]) expectSame(await scenario.status(ticket), 'family_revoked', 'an ended family');
      expectSame(await scenario.status(bobs), 'revoked', 'a token of a revoked user');
    },
  },
  {
    title: 'remembers spent tokens, ended families and revoked users as long as their tokens live, however often it is flushed',
    async holds(scenario) {
      const [spent, ended, unknown] = [await scenario.login(), await scenario.login(), scenario.mint()];
      await scenario.refresh(spent);
      await scenario.revokeFamily(ended.family);
      await scenario.revokeFamily(unknown.family);
      for (let hour = 1; hour <= 24; hour++) {
        scenario.clock.set(spent.token.iat + hour * 3600 - 1);
        await scenario.store.flushExpired(scenario.clock(), {});
        expectSame((await scenario.rotate(spent)).outcome, 'reused', 'a spent token');
        for (const ticket of [ended, unknown]) expectSame(await scenario.status(ticket), 'family_revoked', 'an ended family');
      }
      scenario.clock.set(spent.token.iat);
      const [recorded, stranger] = [await scenario.login(), scenario.mint()];
      await scenario.revokeUser(ADA);
      scenario.clock.advance(LIFETIME - 1);
      await scenario.store.flushExpired(scenario.clock(), {});
      for (const ticket of [recorded, stranger])
        expectSame(await scenario.status(ticket), 'revoked', 'a token of a revoked user');
    },
  },
  {
    title: 'remembers a family as long as its youngest token lives',
    async holds(scenario) {
      const first = await scenario.login();
      scenario.clock.advance(LIFETIME - 1);
      const second = await scenario.refresh(first);
      scenario.clock.advance(LIFETIME - 1);
      await scenario.store.flushExpired(scenario.clock(), {});
      expectSame(await scenario.status(second, { mustBeRecorded: 'family' }), 'active', 'the family');
      await scenario.refresh(second, { mustBeRecorded: 'token' });
    },
  },
  {
    title: 'counts no expired record, whether collected or not',
    async holds(scenario) {
      const ticket = await scenario.login();
      const other = await scenario.login();
      scenario.clock.set(ticket.token.retainUntil);
      const exchange = await scenario.rotate(other, { mustBeRecorded: 'token' });
      expectSame('successor' in exchange, false, 'an expired record is exchanged');
      expectSame(await scenario.sessions(ADA), [], 'sessions');
      for (const mustBeRecorded of ['token', 'family'] as const) {
        const status = await scenario.status(ticket, { mustBeRecorded });
        expectSame(status === 'active', false, 'an expired record counts as one');
      }
    },
  },
  {
    title: 'flushes what has expired, counts it unless it goes by itself, and leaves what lives',
    async holds(scenario) {
      const { store, clock } = scenario;
      for (let index = 0; index < 3; index++) await scenario.login({ lifetime: 60 });
      const alive = await scenario.login();
      expectSame(await store.flushExpired(clock(), {}), 0, 'flushed while all live');
      clock.advance(3600);
      const flushed = await store.flushExpired(clock(), {});
      expectSame(flushed >= 3 || store.expiresNatively === true, true, 'the expired are counted');
      expectSame(await store.flushExpired(clock(), {}), 0, 'flushed a second time');
      expectSame(await scenario.status(alive, { mustBeRecorded: 'token' }), 'active', 'a live token');
      expectSame(
        (await scenario.sessions(ADA)).map(({ id }) => id),
        [alive.family],
        'sessions',
      );
    },
  },
  {
    title: 'remembers the end of a family as long as its access tokens live, though its refresh tokens lived shorter',
    async holds(scenario) {
      const late = retainUntil(scenario.clock() + 4 * LIFETIME, 0);
      const access = (name: string) => ({ jti: jtiOf(name), retainUntil: late });
      const [loggedIn, refreshed] = [await scenario.login({ access: access('first') }), await scenario.login()];
      await scenario.rotate(refreshed, { access: access('second') });
      for (const { family } of [loggedIn, refreshed]) await scenario.revokeFamily(family);
      scenario.clock.advance(2 * LIFETIME);
      await scenario.store.flushExpired(scenario.clock(), {});
      for (const { family } of [loggedIn, refreshed]) {
        const token = { jti: jtiOf('third'), user: ADA, family, iat: scenario.clock(), onRecord: false, retainUntil: late };
        expectSame(await scenario.store.status({ token, now: scenario.clock() }, {}), 'family_revoked', 'an access token');
      }
    },
  },
  {
    title: 'revives nothing when the clock is set back over what was collected',
    async holds(scenario) {
      const [blacklisted, ended, spent] = [await scenario.login(), await scenario.login(), await scenario.login()];
      await scenario.blacklist(blacklisted);
      await scenario.revokeFamily(ended.family);
      scenario.clock.advance(LIFETIME / 2);
      await scenario.refresh(spent);
      scenario.clock.set(blacklisted.token.retainUntil + 1);
      await scenario.store.flushExpired(scenario.clock(), {});
      scenario.clock.set(blacklisted.token.exp - 1);
      for (const ticket of [blacklisted, ended]) {
        expectSame((await scenario.status(ticket)) === 'active', false, 'a revoked token is active again');
      }
      for (const ticket of [blacklisted, ended, spent]) {
        expectSame('successor' in (await scenario.rotate(ticket)), false, 'a token that had ended gets a successor');
      }
    },
  },
];

const LEEWAY = 30;

/** A token that verifiers still take for a while after it expired. */
function tolerated({ token, ...holder }: Ticket): Ticket {
  return { ...holder, token: { ...token, retainUntil: retainUntil(token.exp, LEEWAY) } };
}
