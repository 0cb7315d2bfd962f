import { expectSame, type Promised } from '../promised.ts';
import { ADA, BOB, successorOf, type Scenario, type Ticket } from './scenario.ts';

/** Logging a user out everywhere. */
export const USER_PROMISES: readonly Promised<Scenario>[] = [
  {
    title: 'kills every session of a user, and of no other, within one second',
    async holds(scenario) {
      const spent = await scenario.login();
      const dead = [await scenario.login(), await scenario.refresh(spent), scenario.mint()];
      const bob = await scenario.login({ user: BOB });
      expectSame(await scenario.revokeUser(ADA), { outcome: 'revoked' }, 'the call');
      const later = await scenario.login();
      for (const ticket of dead) await expectDead(scenario, ticket);
      expectSame(await scenario.rotate(spent, { graceSeconds: 10 }), { outcome: 'revoked' }, 'a replay');
      for (const ticket of [bob, later]) expectSame(await scenario.status(ticket), 'active', 'another user, or a later login');
      expectSame(
        (await scenario.sessions(ADA)).map(({ id }) => id),
        [later.family],
        "the user's sessions",
      );
      await scenario.refresh(later);
      await scenario.refresh(bob);
    },
  },
  {
    title: 'refuses to record a login that began before the user was revoked',
    async holds(scenario) {
      const epoch = await scenario.store.epoch({});
      const [ada, bob] = [scenario.mint(), scenario.mint({ user: BOB })];
      await scenario.revokeUser(ADA);
      expectSame(await scenario.record(ada, { epoch }), 'revoked', 'the login');
      expectSame(await scenario.status(ada, { mustBeRecorded: 'token' }), 'revoked', 'its token');
      expectSame(await scenario.sessions(ADA), [], 'sessions');
      expectSame(await scenario.record(bob, { epoch }), 'recorded', "another user's login");
    },
  },
  {
    title: 'raises the epoch with every revocation',
    async holds(scenario) {
      const epochs = [await scenario.store.epoch({})];
      for (const user of [ADA, BOB, ADA]) {
        await scenario.revokeUser(user);
        epochs.push(await scenario.store.epoch({}));
      }
      for (const [index, epoch] of epochs.entries()) {
        expectSame(index === 0 || epoch > (epochs[index - 1] ?? epoch), true, 'an epoch above the one before');
      }
    },
  },
  {
    title: 'leaves nothing alive of a user who was revoked while a login and a rotation were in flight',
    async holds(scenario) {
      for (const revokeFirst of [true, false]) {
        const ticket = await scenario.login();
        const fresh = scenario.mint();
        const epoch = await scenario.store.epoch({});
        const revoke = () => scenario.revokeUser(ADA);
        const others = () => [scenario.record(fresh, { epoch }), scenario.rotate(ticket)] as const;
        const early = revokeFirst ? [revoke()] : [];
        const [recording, rotating] = others();
        const late = revokeFirst ? [] : [revoke()];
        const [, outcome] = await Promise.all([recording, rotating, ...early, ...late]);
        await expectDead(scenario, fresh);
        await expectDead(scenario, ticket);
        if ('successor' in outcome) await expectDead(scenario, { ...ticket, token: successorOf(outcome) });
        expectSame(await scenario.sessions(ADA), [], 'sessions');
      }
    },
  },
  {
    title: 'keeps exactly the one session it is told to keep',
    async holds(scenario) {
      const first = await scenario.login();
      const kept = await scenario.login();
      const child = await scenario.refresh(kept);
      const access = scenario.mint({ family: kept.family });
      expectSame(await scenario.revokeUser(ADA, child), { outcome: 'revoked' }, 'the call');
      await expectDead(scenario, first);
      for (const good of [child, access]) expectSame(await scenario.status(good), 'active', 'the session kept');
      expectSame(
        (await scenario.sessions(ADA)).map(({ id }) => id),
        [kept.family],
        'sessions',
      );
      await scenario.refresh(child);
      await scenario.revokeUser(ADA);
      await expectDead(scenario, child);
    },
  },
  {
    title: 'keeps the session of a token it has never seen',
    async holds(scenario) {
      const [kept, other] = [scenario.mint(), scenario.mint()];
      expectSame(await scenario.revokeUser(ADA, kept), { outcome: 'revoked' }, 'the call');
      expectSame(await scenario.status(kept, { mustBeRecorded: 'token' }), 'active', 'the token kept');
      await expectDead(scenario, other);
    },
  },
  {
    title: 'refuses to keep a token that is not active, and revokes nothing then',
    async holds(scenario) {
      const other = await scenario.login();
      const [blacklisted, spent, ended] = [await scenario.login(), await scenario.login(), await scenario.login()];
      await scenario.blacklist(blacklisted);
      const child = await scenario.refresh(spent);
      await scenario.revokeFamily(ended.family);
      const refused = { blacklisted: 'revoked', spent: 'revoked', ended: 'family_revoked', stranger: 'unknown' } as const;
      const tickets = { blacklisted, spent, ended, stranger: scenario.mint() };
      for (const name of ['blacklisted', 'spent', 'ended', 'stranger'] as const) {
        const outcome = await scenario.revokeUser(ADA, tickets[name], 'token');
        expectSame(outcome, { outcome: 'kept_token_refused', status: refused[name] }, `to keep a token that is ${name}`);
      }
      for (const alive of [other, child]) expectSame(await scenario.status(alive), 'active', 'another session');
    },
  },
  {
    title: 'tells access tokens of the very second of a revocation by when they were issued',
    async holds(scenario) {
      const before = scenario.mint();
      await scenario.login({ access: accessOf(before) });
      await scenario.revokeUser(ADA);
      const fromLogin = scenario.mint();
      const later = await scenario.login({ access: accessOf(fromLogin) });
      const fromRefresh = scenario.mint();
      await scenario.refresh(later, { access: accessOf(fromRefresh) });
      expectSame(await scenario.status(before, noFamily), 'revoked', 'one issued before');
      for (const after of [fromLogin, fromRefresh]) {
        expectSame(await scenario.status(after, noFamily), 'active', 'one issued after, in the same second');
      }
      await scenario.revokeUser(ADA);
      expectSame(await scenario.status(fromLogin, noFamily), 'revoked', 'one issued before a second revocation of that second');
    },
  },
  {
    title: 'ends the access tokens that name a session, and not those of a later one, within one second',
    async holds(scenario) {
      const before = await scenario.login();
      const rotated = await scenario.refresh(before);
      const ended = scenario.mint({ family: rotated.family });
      await scenario.revokeUser(ADA);
      const after = scenario.mint({ family: (await scenario.login()).family });
      const rules = { onRecord: false, mustBeRecorded: 'family' } as const;
      expectSame(await scenario.status(ended, rules), 'revoked', 'one of a session before');
      expectSame(await scenario.status(after, rules), 'active', 'one of a session after, in the same second');
    },
  },
  {
    title: 'tells tokens without a record by their iat, and revokes those without one',
    async holds(scenario) {
      const ticket = scenario.mint();
      await scenario.revokeUser(ADA);
      scenario.clock.advance(1);
      const later = scenario.mint();
      expectSame(await scenario.status(ticket, noFamily), 'revoked', 'one issued before');
      expectSame(await scenario.status(later, noFamily), 'active', 'one issued a second after');
      expectSame(await scenario.status(later, { ...noFamily, iat: undefined }), 'revoked', 'one that says nothing');
    },
  },
];

async function expectDead(scenario: Scenario, ticket: Ticket): Promise<void> {
  expectSame(await scenario.status(ticket), 'revoked', 'a token of the revoked user');
  expectSame(await scenario.rotate(ticket), { outcome: 'revoked' }, 'a rotation of it');
}

function accessOf({ token: { jti, retainUntil } }: Ticket) {
  return { jti, retainUntil };
}

const noFamily = { family: undefined };
