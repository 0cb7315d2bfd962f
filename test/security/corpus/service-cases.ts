import { createTokenService } from 'simplejwt';
import { memoryStore } from 'simplejwt/storage/memory';
import { memoryUsers } from 'simplejwt/users/memory';
import { label, type Expected, type Group } from './case.ts';
import { encode, hs, MARKER, NOW, signed } from './forge.ts';
import { leaks, outcomeOf, type Outcome, type Verdict } from './judge.ts';
import { SECRET } from './keys.ts';

/** What only a whole service decides: token types, and claims on their way to the store. All tokens are rightly signed. */
export interface ServiceCase {
  readonly id: string;
  readonly group: Group;
  readonly row: number;
  readonly entry: Entry;
  readonly claims: object;
  readonly expect: Expected;
}

type Entry =
  | 'verify'
  | 'authenticate'
  | 'authenticateStateless'
  | 'refresh'
  | 'refreshSliding'
  | 'blacklist'
  | 'blacklistFamily'
  | 'revokeOtherSessions';

const base = {
  exp: NOW + 300,
  iat: NOW - 10,
  jti: `${MARKER}-jti`,
  user_id: '17',
  family_id: `${MARKER}-family`,
  family_exp: NOW + 900,
};
const of = (type: string, changes: object = {}) => ({
  token_type: type,
  ...base,
  ...(type === 'sliding' && { refresh_exp: NOW + 600 }),
  ...changes,
});

const without = (claims: object, name: string) => Object.fromEntries(Object.entries(claims).filter(([own]) => own !== name));

const WRONG_TYPES: readonly unknown[] = [
  'refresh',
  'sliding',
  'untyped',
  'Access',
  'ACCESS',
  'access ',
  'access\0',
  '\u0430ccess',
  '',
  null,
  0,
  true,
  ['access'],
  { access: true },
  'accessToken',
  '__proto__',
];

/** Row 28: the type claim is exact, at every entry. */
const types: readonly ServiceCase[] = [
  ...WRONG_TYPES.flatMap((token_type) =>
    (['authenticate', 'authenticateStateless'] as const).map((entry): ServiceCase => ({
      id: `tokentype: ${label(token_type)} at ${entry}`,
      group: 'tokentype',
      row: 28,
      entry,
      claims: of('access', { token_type }),
      expect: { code: 'wrong_type' },
    })),
  ),
  ...(
    [
      ['refresh', ['access', 'sliding', 'Refresh', ['refresh'], null]],
      ['refreshSliding', ['access', 'refresh', 'Sliding', ['sliding'], null]],
      ['blacklist', ['access', 'Refresh', ['refresh'], 1]],
      ['blacklistFamily', ['access', 'sliding', 'Refresh', null]],
      ['revokeOtherSessions', ['access', 'Sliding', {}]],
    ] as const
  ).flatMap(([entry, wrong]) =>
    wrong.map((token_type): ServiceCase => ({
      id: `tokentype: ${label(token_type)} at ${entry}`,
      group: 'tokentype',
      row: 28,
      entry,
      claims: of('sliding', { token_type }),
      expect: { code: 'wrong_type' },
    })),
  ),
  ...(
    [
      'authenticate',
      'authenticateStateless',
      'refresh',
      'refreshSliding',
      'blacklist',
      'blacklistFamily',
      'revokeOtherSessions',
    ] as const
  ).flatMap((entry) =>
    ['token_type', 'jti', 'exp'].map((name): ServiceCase => ({
      id: `tokentype: no ${name} at ${entry}`,
      group: 'tokentype',
      row: 28,
      entry,
      claims: without(of(entry === 'refreshSliding' ? 'sliding' : entry.startsWith('authenticate') ? 'access' : 'refresh'), name),
      expect: { code: 'claim_missing' },
    })),
  ),
];

const NOT_IDS: readonly unknown[] = [null, '', 0, 1, true, [], ['x'], {}, { $ne: null }, { $gt: '' }, '\ud800'];

/** Row 33: what would reach a query is a string before it gets there; the store of these cases fails the case when asked with anything else. */
const identifiers: readonly ServiceCase[] = (
  [
    ['refresh', 'refresh', 'jti'],
    ['refresh', 'refresh', 'family_id'],
    ['refreshSliding', 'sliding', 'jti'],
    ['blacklist', 'refresh', 'jti'],
    ['blacklist', 'refresh', 'family_id'],
    ['blacklistFamily', 'refresh', 'family_id'],
    ['authenticate', 'access', 'family_id'],
    ['verify', 'refresh', 'jti'],
    ['verify', 'access', 'family_id'],
    ['revokeOtherSessions', 'refresh', 'jti'],
  ] as const
).flatMap(([entry, type, name]) =>
  NOT_IDS.map((value): ServiceCase => ({
    id: `claims-type: ${name} ${label(value)} at ${entry}`,
    group: 'claims-type',
    row: 33,
    entry,
    claims: of(type, { [name]: value }),
    expect: { code: 'claim_invalid' },
  })),
);

const dates: readonly ServiceCase[] = (
  [
    ['refreshSliding', 'sliding', 'refresh_exp'],
    ['blacklist', 'sliding', 'refresh_exp'],
    ['refresh', 'refresh', 'family_exp'],
    ['authenticate', 'access', 'family_exp'],
  ] as const
).flatMap(([entry, type, name]) =>
  [null, '', `${NOW + 900}`, true, [], { $gt: 0 }, 1e300].map((value): ServiceCase => ({
    id: `claims-type: ${name} ${label(value)} at ${entry}`,
    group: 'claims-type',
    row: 33,
    entry,
    claims: of(type, { [name]: value }),
    expect: { code: 'claim_invalid' },
  })),
);

const unidentified: readonly ServiceCase[] = [null, '', true, [], ['17'], {}, { $ne: null }, 1.5, 2 ** 60, '\udc00'].flatMap(
  (user_id) =>
    (
      [
        ['authenticate', 'access'],
        ['authenticateStateless', 'access'],
        ['refresh', 'refresh'],
        ['refreshSliding', 'sliding'],
      ] as const
    ).map(([entry, type]): ServiceCase => ({
      id: `claims-type: user_id ${label(user_id)} at ${entry}`,
      group: 'claims-type',
      row: 33,
      entry,
      claims: of(type, { user_id }),
      expect: { code: 'user_unidentified' },
    })),
);

/** The same claims, right: so that the refusals above are for the one thing that is wrong. */
const good: readonly ServiceCase[] = (
  [
    ['verify', 'access'],
    ['verify', 'refresh'],
    ['verify', 'sliding'],
    ['authenticate', 'access'],
    ['authenticateStateless', 'access'],
    ['refresh', 'refresh'],
    ['refreshSliding', 'sliding'],
    ['blacklist', 'refresh'],
    ['blacklist', 'sliding'],
    ['blacklistFamily', 'refresh'],
    ['revokeOtherSessions', 'refresh'],
    ['revokeOtherSessions', 'sliding'],
  ] as const
).map(([entry, type]) => ({
  id: `ok: ${type} at ${entry}`,
  group: 'ok',
  row: 28,
  entry,
  claims: of(type),
  expect: { ok: true },
}));

export const SERVICE_CASES: readonly ServiceCase[] = [...types, ...identifiers, ...dates, ...unidentified, ...good];

/** A memory store that notes what it is asked. */
function listening(questions: unknown[]) {
  return new Proxy(memoryStore(), {
    get(store, name) {
      const member: unknown = Reflect.get(store, name, store);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]): unknown => {
        questions.push(...given);
        return Reflect.apply(member, store, given);
      };
    },
  });
}

/** Whether every identifier in a question is a string. */
function isQuestion(question: unknown): boolean {
  if (typeof question !== 'object' || question === null || question instanceof AbortSignal) return true;
  return Object.entries(question).every(([name, value]) =>
    IDENTIFIERS.has(name) ? value === undefined || typeof value === 'string' : isQuestion(value),
  );
}

const IDENTIFIERS: ReadonlySet<string> = new Set(['jti', 'user', 'family']);

/** As `judge`, at the entry of a fresh service. */
export async function judgeService({ id, entry, claims, expect }: ServiceCase): Promise<Verdict> {
  const questions: unknown[] = [];
  const service = createTokenService({
    signingKey: SECRET,
    clock: () => NOW,
    users: memoryUsers([{ id: '17', username: 'ada', password: 'correct horse' }]),
    store: listening(questions),
    tokenFamilyEnabled: true,
    tokenFamilyCheckOnAccess: true,
  });
  const token = signed(`${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`, hs('sha256'));
  let outcome: Outcome = { ok: true };
  const evidence: unknown[] = [];
  try {
    await (entry.startsWith('authenticate')
      ? service[entry as 'authenticate']({ authorization: `Bearer ${token}` })
      : service[entry as 'verify'](token));
  } catch (error) {
    outcome = outcomeOf(error);
    evidence.push(error);
  }
  const isGood = 'ok' in expect;
  const complaints = [...leaks(evidence, token)];
  if (JSON.stringify(outcome) !== JSON.stringify(expect))
    complaints.push(`expected ${JSON.stringify(expect)}, got ${JSON.stringify(outcome)}`);
  complaints.push(
    ...questions.filter((question) => !isQuestion(question)).map(() => 'the store was asked with a claim that is no string'),
  );
  return { id, good: isGood, accepted: 'ok' in outcome, complaints };
}
