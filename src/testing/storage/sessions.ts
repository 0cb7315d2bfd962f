import { expectSame, type Promised } from '../promised.ts';
import { ADA, BOB, together, type Scenario } from './scenario.ts';

/** Listing a user's live sessions. */
export const SESSION_PROMISES: readonly Promised<Scenario>[] = [
  {
    title: 'lists the live sessions of a user, newest first, with their metadata',
    async holds(scenario) {
      const phone = await scenario.login({ metadata: { device: 'phone', trusted: true, port: 443, note: null } });
      scenario.clock.advance(60);
      const laptop = await scenario.login();
      await scenario.login({ user: BOB });
      const listed = [laptop, phone].map(({ family, token: { iat, exp } }) => ({
        id: family,
        createdAt: iat,
        lastUsedAt: iat,
        expiresAt: exp,
        metadata: family === phone.family ? { device: 'phone', trusted: true, port: 443, note: null } : {},
      }));
      expectSame(await scenario.sessions(ADA), listed, 'sessions');
    },
  },
  {
    title: 'moves lastUsedAt and expiresAt with each use; metadata is replaced where it comes, else kept',
    async holds(scenario) {
      const ticket = await scenario.login({ metadata: { device: 'phone' } });
      scenario.clock.advance(60);
      const second = await scenario.refresh(ticket);
      const session = { id: ticket.family, createdAt: ticket.token.iat };
      const used = { lastUsedAt: second.token.iat, expiresAt: second.token.exp };
      expectSame(await scenario.sessions(ADA), [{ ...session, ...used, metadata: { device: 'phone' } }], 'after a refresh');
      scenario.clock.advance(60);
      const third = await scenario.refresh(second, { metadata: { device: 'tablet' } });
      const usedAgain = { lastUsedAt: third.token.iat, expiresAt: third.token.exp };
      expectSame(await scenario.sessions(ADA), [{ ...session, ...usedAgain, metadata: { device: 'tablet' } }], 'after another');
    },
  },
  {
    title: 'lists a session until its family ends, though its token would live longer',
    async holds(scenario) {
      const endsAt = scenario.clock() + 60;
      await scenario.login({ endsAt });
      expectSame(
        (await scenario.sessions(ADA)).map(({ expiresAt }) => expiresAt),
        [endsAt],
        'before it ends',
      );
      scenario.clock.set(endsAt);
      expectSame(await scenario.sessions(ADA), [], 'when it has ended');
    },
  },
  {
    title: 'lists no session that was revoked, logged out or has expired',
    async holds(scenario) {
      const [revoked, loggedOut, alive] = [await scenario.login(), await scenario.login(), await scenario.login()];
      const brief = await scenario.login({ lifetime: 60 });
      await scenario.revokeFamily(revoked.family);
      await scenario.blacklist(loggedOut);
      const ids = async () => (await scenario.sessions(ADA)).map(({ id }) => id);
      expectSame(await ids(), [brief.family, alive.family], 'before one expires');
      scenario.clock.set(brief.token.exp);
      expectSame(await ids(), [alive.family], 'when one has expired');
      await scenario.revokeUser(ADA);
      expectSame(await ids(), [], 'after the user was revoked');
    },
  },
  {
    title: 'lists nothing for a user it has never seen',
    async holds(scenario) {
      await scenario.login();
      expectSame(await scenario.sessions(BOB), [], 'sessions');
    },
  },
  {
    title: 'lists each of 50 sessions once',
    async holds(scenario) {
      const families = [];
      for (let index = 0; index < 50; index++) families.unshift((await scenario.login()).family);
      expectSame(new Set((await scenario.sessions(ADA)).map(({ id }) => id)).size, 50, 'distinct sessions');
      expectSame((await scenario.sessions(ADA)).length, families.length, 'sessions');
    },
  },
  {
    title: 'records a login once, however often it is sent: a late copy revives nothing',
    async holds(scenario) {
      const epoch = await scenario.store.epoch({});
      const [spent, loggedOut, ended] = [scenario.mint(), scenario.mint(), scenario.mint()];
      for (const ticket of [spent, loggedOut, ended]) {
        const copies = await together(2, () => scenario.record(ticket, { epoch }));
        expectSame(copies, ['recorded', 'recorded'], 'two copies at once');
        expectSame(await scenario.record(ticket, { epoch }), 'recorded', 'a third');
        expectSame((await scenario.sessions(ADA)).filter(({ id }) => id === ticket.family).length, 1, 'sessions');
      }
      const child = await scenario.refresh(spent);
      await scenario.blacklist(loggedOut);
      await scenario.revokeFamily(ended.family);
      for (const ticket of [spent, loggedOut, ended]) await scenario.record(ticket, { epoch });
      for (const ticket of [spent, loggedOut]) expectSame(await scenario.status(ticket), 'revoked', 'a token that had gone');
      expectSame(await scenario.status(ended), 'family_revoked', 'a token of an ended family');
      expectSame(
        (await scenario.sessions(ADA)).map(({ id, lastUsedAt }) => [id, lastUsedAt]),
        [[child.family, child.token.iat]],
        'sessions',
      );
      await scenario.refresh(child);
    },
  },
];
