import { expectSame, type Promised } from '../promised.ts';
import { familyOf, jtiOf, userOf, type Scenario } from './scenario.ts';

const PLAIN = [
  'a',
  'A',
  'a ',
  ' a',
  'a:b',
  'b',
  '0',
  '00',
  '-1',
  'null',
  'true',
  '*',
  '%',
  '_',
  '?',
  "'",
  '"',
  '\\',
  '/',
  '../a',
  '$ne',
];
const STRUCTURED = [
  'a}:b{',
  '{a}',
  '}{',
  '{',
  '[a]',
  '{"$ne":null}',
  'a\nb',
  'a\r\nb',
  'a\tb',
  'a,b',
  'a.b',
  'a$b',
  'user:a',
  'family:a',
];
const RESERVED = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'length'];
const UNICODE = [
  '\0',
  'a\0',
  '\0a',
  'a\0b',
  '\u{1f600}',
  '\u{1f600}\u{1f601}',
  '\u00e9',
  'e\u0301',
  '\u212a',
  'K',
  '\ufeff',
  '\u2028',
];
const LONG = ['x'.repeat(10_000), `${'x'.repeat(9_999)}y`, '\u{1f600}'.repeat(2_500)];
/** Pairs that a careless store takes for one. */
const ALIKE: readonly (readonly [string, string])[] = [
  ['a', 'A'],
  ['a', 'a '],
  ['a\0b', 'a\0c'],
  ['a:b', 'a'],
  ['0', '00'],
  ['1', '01'],
  ['\u00e9', 'e\u0301'],
  ['\u212a', 'K'],
  ['\u{1f600}', '\u{1f601}'],
  ['null', ''],
  ['x'.repeat(1_000), `${'x'.repeat(999)}y`],
];
const ODD: readonly string[] = [...PLAIN, ...STRUCTURED, ...RESERVED, ...UNICODE, ...LONG];

/** Identifiers with any characters stay apart. */
export const IDENTIFIER_PROMISES: readonly Promised<Scenario>[] = [
  {
    title: 'keeps users apart, whatever characters are in their ids',
    async holds(scenario) {
      const tickets = [];
      for (const id of ODD) tickets.push(await scenario.login({ user: userOf(id) }));
      for (const [index, ticket] of tickets.entries()) {
        if (index % 2 === 0) await scenario.revokeUser(ticket.user);
      }
      for (const [index, ticket] of tickets.entries()) {
        const alive = index % 2 === 1;
        expectSame(await scenario.status(ticket), alive ? 'active' : 'revoked', `the token of user ${named(ticket.user)}`);
        const ids = (await scenario.sessions(ticket.user)).map(({ id }) => id);
        expectSame(ids, alive ? [ticket.family] : [], `the sessions of user ${named(ticket.user)}`);
      }
    },
  },
  {
    title: 'keeps families apart, whatever characters are in their ids, and answers them as they were',
    async holds(scenario) {
      const tickets = [];
      for (const id of ODD) tickets.push(await scenario.login({ family: familyOf(id) }));
      const listed = await scenario.sessions(tickets[0]?.user ?? userOf('ada'));
      expectSame(
        listed.map(({ id }) => id),
        ODD.toReversed(),
        'the families listed',
      );
      for (const [index, ticket] of tickets.entries()) {
        if (index % 2 === 0) expectSame(await scenario.revokeFamily(ticket.family), 'revoked', `to end ${named(ticket.family)}`);
      }
      for (const [index, ticket] of tickets.entries()) {
        expectSame(
          await scenario.status(ticket),
          index % 2 === 1 ? 'active' : 'family_revoked',
          `a token of ${named(ticket.family)}`,
        );
      }
    },
  },
  {
    title: 'keeps tokens apart, whatever characters are in their ids',
    async holds(scenario) {
      const tickets = [];
      for (const id of ODD) tickets.push(await scenario.login({ jti: jtiOf(id) }));
      for (const [index, ticket] of tickets.entries()) {
        if (index % 2 === 0)
          expectSame(await scenario.blacklist(ticket), 'blacklisted', `to blacklist ${named(ticket.token.jti)}`);
      }
      for (const [index, ticket] of tickets.entries()) {
        expectSame(await scenario.status(ticket), index % 2 === 1 ? 'active' : 'revoked', `the token ${named(ticket.token.jti)}`);
      }
    },
  },
  {
    title: 'keeps tokens, families and users apart that have the same id',
    async holds(scenario) {
      const [jti, family, user] = [jtiOf('same'), familyOf('same'), userOf('same')];
      const [token, session, person] = [
        await scenario.login({ jti }),
        await scenario.login({ family }),
        await scenario.login({ user }),
      ];
      await scenario.blacklist(token);
      for (const ticket of [session, person])
        expectSame(await scenario.status(ticket), 'active', 'after the token was blacklisted');
      await scenario.revokeFamily(family);
      expectSame(await scenario.status(person), 'active', 'after the family was ended');
      await scenario.revokeUser(user);
      expectSame(await scenario.status(session), 'family_revoked', 'after the user was revoked');
    },
  },
  {
    title: 'keeps attempts apart, whatever characters are in them',
    async holds(scenario) {
      for (const [one, other] of ALIKE) {
        const ticket = await scenario.login();
        const request = scenario.request(ticket, { attempt: one });
        for (const _ of [1, 2]) expectSame((await scenario.store.rotate(request, {})).outcome, 'rotated', named(one));
        expectSame((await scenario.rotate(ticket, { attempt: other })).outcome, 'reused', `${named(other)} after ${named(one)}`);
      }
    },
  },
  {
    title: 'gives metadata back as it was, whatever its names',
    async holds(scenario) {
      const metadata = Object.fromEntries(ODD.slice(0, 40).map((name, index) => [name, index % 2 === 0 ? name : index]));
      const { user } = await scenario.login({ metadata });
      expectSame(
        (await scenario.sessions(user)).map((session) => session.metadata),
        [metadata],
        'metadata',
      );
    },
  },
];

function named(id: string): string {
  return JSON.stringify(id.length > 20 ? `${id.slice(0, 20)}...` : id);
}
