import type { Answer } from '../answers.ts';
import {
  blacklisted,
  expired,
  guardRefused,
  invalid,
  issued,
  newAccess,
  noAccount,
  ok,
  refused,
  shows,
  unidentified,
} from './expected.ts';
import { flow, rows, type Row } from './tables.ts';
import { get, post, type Sent } from './server.ts';
import { access, NOW, refresh, signed, sliding, type Claims } from './tokens.ts';

/** A token of each endpoint's own kind, sent there. */
interface Endpoint {
  readonly name: string;
  readonly claims: (changes: Claims) => Claims;
  readonly send: (token: string) => Sent;
  /** The answer to these claims, when they are good. */
  readonly good: (claims: Claims) => Answer;
  /** A refusal as the endpoint words it. */
  readonly bad: (message: string) => Answer;
}

const without = (claims: Claims, ...names: readonly string[]): Claims =>
  Object.fromEntries(Object.entries(claims).filter(([name]) => !names.includes(name)));
const carried = (claims: Claims): Claims => without(claims, 'token_type', 'exp', 'iat', 'jti');

const guard = (name: string): Endpoint => ({
  name,
  claims: access,
  send: (token) => get(name, `Bearer ${token}`),
  good: (claims) => shows(String(claims['user_id']), claims),
  bad: (message) => guardRefused(message),
});

const PROTECTED = guard('protected');
const STATELESS = guard('stateless');
const OPTIONAL = guard('optional');
const VERIFY: Endpoint = {
  name: 'verify',
  claims: access,
  send: (token) => post('verify/', { token }),
  good: () => ok(),
  bad: (message) => refused(message),
};
const REFRESH: Endpoint = {
  name: 'refresh',
  claims: refresh,
  send: (token) => post('refresh/', { refresh: token }),
  good: (claims) => issued({ access: newAccess(carried(claims)) }),
  bad: (message) => refused(message),
};
const BLACKLIST: Endpoint = {
  ...REFRESH,
  name: 'blacklist',
  send: (token) => post('blacklist/', { refresh: token }),
  good: () => ok(),
};
const SLIDING: Endpoint = {
  name: 'sliding refresh',
  claims: sliding,
  send: (token) => post('sliding/refresh/', { token }),
  good: (claims) => {
    const { jti, refresh_exp: refreshExp } = claims;
    const renewed = { token_type: 'sliding', exp: Math.min(NOW + 300, Number(refreshExp)), iat: NOW, jti, ...carried(claims) };
    return issued({ token: { header: { alg: 'HS256', typ: 'JWT' }, payload: renewed } });
  },
  bad: (message) => refused(message),
};
const ALL = [PROTECTED, STATELESS, OPTIONAL, VERIFY, REFRESH, BLACKLIST, SLIDING];
const TYPED = ALL.filter((endpoint) => endpoint !== VERIFY);
const EXCHANGES = [PROTECTED, STATELESS, OPTIONAL, REFRESH, SLIDING];

/** What a claim may be instead, beside missing. */
const KINDS: Readonly<Record<string, unknown>> = {
  null: null,
  'a word': 'later',
  'a numeric string': String(NOW),
  true: true,
  'a list': [1],
  'an object': { a: 1 },
};
const HUGE = { huge: 1e15 };
const these = (kinds: Claims, ...names: readonly string[]): Claims =>
  Object.fromEntries(Object.entries(kinds).filter(([name]) => names.includes(name)));

/** Rows for a claim at endpoints: kind by kind the same answer. */
function table(
  rule: string,
  claim: string,
  kinds: Claims,
  endpoints: readonly Endpoint[],
  answer: (endpoint: Endpoint, claims: Claims) => Answer,
): readonly Row[] {
  return endpoints.flatMap((endpoint) =>
    Object.entries(kinds).map(([kind, value]): Row => {
      const claims = endpoint.claims({ [claim]: value });
      return [rule, `${endpoint.name}, ${claim} ${kind}`, endpoint.send(signed(claims)), answer(endpoint, claims)];
    }),
  );
}

const isInvalid = ({ bad }: Endpoint): Answer => bad('Token is invalid');
const isGood = ({ good }: Endpoint, claims: Claims): Answer => good(claims);
const says =
  (message: string) =>
  ({ bad }: Endpoint): Answer =>
    bad(message);
const MISSING = { missing: undefined };

rows('times that are odd', {}, [
  ...table('A6.4', 'exp', MISSING, ALL, says("Token has no 'exp' claim")),
  ...table('API: exp, nbf, iat not finite numbers', 'exp', { ...KINDS, ...HUGE }, ALL, isInvalid),
  ...table('A6: float exp', 'exp', { 'a float': NOW + 0.5 + 60 }, ALL, isGood),
  ...table(
    'A6.2',
    'exp',
    { 'this second': NOW, zero: 0, negative: -1, 'a past float': NOW - 0.5 },
    [PROTECTED, STATELESS, OPTIONAL, VERIFY, REFRESH, BLACKLIST],
    says('Token is expired'),
  ),
  ...table('A6: absent iat', 'iat', MISSING, ALL, isGood),
  ...table('API: exp, nbf, iat not finite numbers', 'iat', KINDS, ALL, isInvalid),
  ...table('A6.2', 'iat', { 'in the future': NOW + 1, ...HUGE }, ALL, isInvalid),
  ...table('A6.2', 'iat', { 'this second': NOW, 'a past float': NOW - 0.5, zero: 0, negative: -1 }, ALL, isGood),
  ...table('API: exp, nbf, iat not finite numbers', 'nbf', KINDS, ALL, isInvalid),
  ...table('A6.2', 'nbf', { 'in the future': NOW + 1, ...HUGE }, ALL, isInvalid),
  ...table('A6.2', 'nbf', { 'this second': NOW, 'a past float': NOW - 0.5, zero: 0 }, ALL, isGood),
]);

rows('identifiers and types that are odd', {}, [
  ...table('A6.5', 'jti', MISSING, ALL, says('Token has no id')),
  ...table(
    'API: jti',
    'jti',
    { ...these(KINDS, 'null', 'true', 'a list', 'an object'), empty: '', 'a number': 7, 'a float': 1.5 },
    ALL,
    isInvalid,
  ),
  ...table('A6.5', 'jti', { 'a word': 'not-hex', unicode: 'ïd-☃' }, [PROTECTED, STATELESS, VERIFY, REFRESH, SLIDING], isGood),
  ...table('A6.6', 'token_type', MISSING, TYPED, says('Token has no type')),
  ...table(
    'A6.6',
    'token_type',
    { ...KINDS, 'a number': 1, empty: '', 'in capitals': 'ACCESS' },
    TYPED,
    says('Token has wrong type'),
  ),
  ...table(
    'A5: UntypedToken',
    'token_type',
    { ...MISSING, ...KINDS, 'a number': 1, empty: '', sliding: 'sliding', refresh: 'refresh' },
    [VERIFY],
    isGood,
  ),
  ...table(
    'API: sub, iss, aud not strings',
    'sub',
    { ...these(KINDS, 'null', 'true', 'a list', 'an object'), 'a number': 1 },
    ALL,
    isInvalid,
  ),
  ...table(
    'API: sub, iss, aud not strings',
    'iss',
    { ...these(KINDS, 'null', 'true', 'a list', 'an object'), 'a number': 1 },
    ALL,
    isInvalid,
  ),
  ...table(
    'API: sub, iss, aud not strings',
    'aud',
    { ...these(KINDS, 'null', 'true', 'a list', 'an object'), 'a number': 1, 'a mixed list': ['x', 1] },
    ALL,
    isInvalid,
  ),
  ...table('A6: accepted oddities', 'aud', { 'a word': 'x', 'a list of words': ['x', 'y'] }, ALL, isGood),
  ...table('A6: accepted oddities', 'iss', { 'a word': 'x' }, ALL, isGood),
  ...table('A5', 'sub', { 'a word': 'x', empty: '' }, ALL, isGood),
  ...table('A5', 'role', { ...KINDS, 'a number': 7, 'a float': 1.5 }, [PROTECTED, REFRESH, SLIDING, VERIFY], isGood),
]);

const USERS = { null: null, true: true, false: false, 'a list': [1], 'an object': { a: 1 }, empty: '' };
rows('user claims that are odd', {}, [
  ...table('A2: user claim missing', 'user_id', MISSING, EXCHANGES, unidentified),
  ...table('API: user claim', 'user_id', USERS, EXCHANGES, unidentified),
  ...table(
    'B15: user id of the wrong kind',
    'user_id',
    { 'too large': 1e30 },
    [PROTECTED, OPTIONAL, REFRESH, SLIDING],
    unidentified,
  ),
  ...table(
    'A8: stateless',
    'user_id',
    { unknown: 999, inactive: 2, 'a word': 'abc', zero: 0, negative: -1 },
    [STATELESS],
    isGood,
  ),
  ...table(
    'API: a safe integer is read as its decimal string',
    'user_id',
    { 'a number': 1, 'a string': '1' },
    [PROTECTED, OPTIONAL, STATELESS, VERIFY, BLACKLIST, REFRESH, SLIDING],
    isGood,
  ),
  ...table('A2: user gone', 'user_id', { unknown: 999, 'a word': 'abc', zero: 0, negative: -1 }, [PROTECTED, OPTIONAL], () =>
    refused('User not found', 'user_not_found'),
  ),
  ...table('A2: user inactive', 'user_id', { 'a number': 2, 'a string': '2' }, [PROTECTED, OPTIONAL], () =>
    refused('User is inactive', 'user_inactive'),
  ),
  ...table(
    'A1: refresh',
    'user_id',
    { unknown: 999, 'a word': 'abc', zero: 0, negative: -1, inactive: 2 },
    [REFRESH, SLIDING],
    noAccount,
  ),
  ...table('A1: verify', 'user_id', { ...MISSING, unknown: 999, inactive: 2, 'a word': 'abc' }, [VERIFY], isGood),
  ...table('A1: blacklist, B22', 'user_id', { ...MISSING, unknown: 999, inactive: 2 }, [BLACKLIST], isGood),
]);

rows('refresh_exp that is odd', {}, [
  ...table('A2', 'refresh_exp', MISSING, [SLIDING], says("Token has no 'refresh_exp' claim")),
  ...table(
    'B15',
    'refresh_exp',
    { ...these(KINDS, 'null', 'a word', 'a numeric string', 'a list', 'an object'), ...HUGE },
    [SLIDING],
    isInvalid,
  ),
  ...table(
    'A6: sliding: refresh_exp last',
    'refresh_exp',
    { 'this second': NOW, zero: 0, negative: -1, 'a past float': NOW - 0.5 },
    [SLIDING],
    says("Token 'refresh_exp' claim has expired"),
  ),
  ...table('A6: sliding: refresh_exp last', 'refresh_exp', { 'a float': NOW + 1000.5 }, [SLIDING], isGood),
]);

/** Two things are wrong: the first check answers. */
const first = (endpoint: Endpoint, rule: string, name: string, changes: Claims, message: string): Row => [
  rule,
  `${endpoint.name}, ${name}`,
  endpoint.send(signed(endpoint.claims(changes))),
  endpoint.bad(message),
];
const WRONG_KEY = 'another-signing-key-0123456789-0123456789';
rows('which check comes first', { issuer: 'me', audience: ['a', 'b'] }, [
  ...ALL.map((endpoint): Row => [
    'A6: 1 before 2',
    `${endpoint.name}, another key and expired`,
    endpoint.send(signed(endpoint.claims({ exp: NOW - 5 }), { key: WRONG_KEY })),
    isInvalid(endpoint),
  ]),
  ...[PROTECTED, VERIFY, REFRESH, BLACKLIST].flatMap((endpoint): readonly Row[] => [
    first(
      endpoint,
      'A6.2: iat before exp',
      'iat ahead and expired',
      { iss: 'me', aud: 'a', iat: NOW + 9, exp: NOW - 5 },
      'Token is invalid',
    ),
    first(
      endpoint,
      'A6.2: nbf before exp',
      'nbf ahead and expired',
      { iss: 'me', aud: 'a', nbf: NOW + 9, exp: NOW - 5 },
      'Token is invalid',
    ),
    first(
      endpoint,
      'A6.2: exp before iss',
      'expired and another issuer',
      { iss: 'you', aud: 'a', exp: NOW - 5 },
      'Token is expired',
    ),
    first(
      endpoint,
      'A6.2: exp before aud',
      'expired and another audience',
      { iss: 'me', aud: 'c', exp: NOW - 5 },
      'Token is expired',
    ),
    first(
      endpoint,
      'A6: 2 before 5',
      'expired and no jti',
      { iss: 'me', aud: 'a', jti: undefined, exp: NOW - 5 },
      'Token is expired',
    ),
    first(
      endpoint,
      'A6: 2 before 6',
      'expired and another type',
      { iss: 'me', aud: 'a', token_type: 'x', exp: NOW - 5 },
      'Token is expired',
    ),
    first(endpoint, 'A6: 2 before 4', 'another issuer and no exp', { iss: 'you', aud: 'a', exp: undefined }, 'Token is invalid'),
    first(
      endpoint,
      'A6: 4 before 5',
      'neither exp nor jti',
      { iss: 'me', aud: 'a', exp: undefined, jti: undefined },
      "Token has no 'exp' claim",
    ),
    first(
      endpoint,
      'A6: 4 before 6',
      'no exp and another type',
      { iss: 'me', aud: 'a', exp: undefined, token_type: 'x' },
      "Token has no 'exp' claim",
    ),
    first(
      endpoint,
      'A6: 5 before 6',
      'no jti and another type',
      { iss: 'me', aud: 'a', jti: undefined, token_type: 'x' },
      'Token has no id',
    ),
    first(
      endpoint,
      'A6: 5 before 6',
      'neither jti nor type',
      { iss: 'me', aud: 'a', jti: undefined, token_type: undefined },
      'Token has no id',
    ),
  ]),
  [
    'A6: type before user',
    'refresh, another type and nobody',
    REFRESH.send(signed(access({ iss: 'me', aud: 'a', user_id: 999 }))),
    refused('Token has wrong type'),
  ],
  [
    'A6: type before user',
    'protected, another type and nobody',
    PROTECTED.send(signed(refresh({ iss: 'me', aud: 'a', user_id: 999 }))),
    guardRefused('Token has wrong type'),
  ],
  [
    'A6: user before refresh_exp',
    'sliding refresh, nobody and refresh_exp passed',
    SLIDING.send(signed(sliding({ iss: 'me', aud: 'a', user_id: 999, refresh_exp: NOW - 5 }))),
    noAccount(),
  ],
  [
    'A6: type before refresh_exp',
    'sliding refresh, another type and no refresh_exp',
    SLIDING.send(signed(access({ iss: 'me', aud: 'a' }))),
    refused('Token has wrong type'),
  ],
]);

const JTI = 'blacklisted-identifier';
flow('a blacklisted jti', { authTokenTypes: ['access', 'sliding'] }, [
  {
    rule: 'A1: blacklist',
    name: 'blacklist',
    send: post('blacklist/', { refresh: signed(refresh({ jti: JTI })) }),
    answer: ok(),
  },
  {
    rule: 'A6: 2 before 3',
    name: 'refresh, expired too',
    send: REFRESH.send(signed(refresh({ jti: JTI, exp: NOW - 1 }))),
    answer: expired(),
  },
  {
    rule: 'A6: 3 before 4',
    name: 'refresh, no exp',
    send: REFRESH.send(signed(refresh({ jti: JTI, exp: undefined }))),
    answer: blacklisted(),
  },
  {
    rule: 'A6: 3 before 6',
    name: 'refresh, an access token',
    send: REFRESH.send(signed(access({ jti: JTI }))),
    answer: blacklisted(),
  },
  {
    rule: 'A6: 3 before 6',
    name: 'refresh, no type',
    send: REFRESH.send(signed(refresh({ jti: JTI, token_type: undefined }))),
    answer: blacklisted(),
  },
  {
    rule: 'A6: 3 before user',
    name: 'refresh, nobody',
    send: REFRESH.send(signed(refresh({ jti: JTI, user_id: 999 }))),
    answer: blacklisted(),
  },
  {
    rule: 'A6: 3 before user',
    name: 'refresh, no user claim',
    send: REFRESH.send(signed(refresh({ jti: JTI, user_id: undefined }))),
    answer: blacklisted(),
  },
  {
    rule: 'A6: 3 before 6',
    name: 'blacklist, an access token',
    send: BLACKLIST.send(signed(access({ jti: JTI }))),
    answer: blacklisted(),
  },
  {
    rule: 'A6: 3 before 4',
    name: 'blacklist, no exp',
    send: BLACKLIST.send(signed(refresh({ jti: JTI, exp: undefined }))),
    answer: blacklisted(),
  },
  { rule: 'A6.3', name: 'sliding refresh', send: SLIDING.send(signed(sliding({ jti: JTI }))), answer: blacklisted() },
  {
    rule: 'A6: 3 before refresh_exp',
    name: 'sliding refresh, refresh_exp passed',
    send: SLIDING.send(signed(sliding({ jti: JTI, refresh_exp: NOW - 5 }))),
    answer: blacklisted(),
  },
  {
    rule: 'A6: 3 before user',
    name: 'sliding refresh, nobody',
    send: SLIDING.send(signed(sliding({ jti: JTI, user_id: 999 }))),
    answer: blacklisted(),
  },
  {
    rule: 'API: sliding refresh after exp',
    name: 'sliding refresh, exp passed',
    send: SLIDING.send(signed(sliding({ jti: JTI, exp: NOW - 5 }))),
    answer: blacklisted(),
  },
  { rule: 'API: verify', name: 'verify, the token', send: VERIFY.send(signed(refresh({ jti: JTI }))), answer: blacklisted() },
  { rule: 'API: verify', name: 'verify, a sliding one', send: VERIFY.send(signed(sliding({ jti: JTI }))), answer: blacklisted() },
  {
    rule: 'A5: access is never checked',
    name: 'protected, an access token',
    send: PROTECTED.send(signed(access({ jti: JTI, iat: NOW - 1, user_id: '1' }))),
    answer: shows('1', access({ jti: JTI, iat: NOW - 1 })),
  },
  {
    rule: 'A2: one entry per class',
    name: 'protected, a sliding token',
    send: PROTECTED.send(signed(sliding({ jti: JTI }))),
    answer: guardRefused('', ['access', 'Token has wrong type'], ['sliding', 'Token is blacklisted']),
  },
  {
    rule: 'A6.3',
    name: 'protected, a refresh token',
    send: PROTECTED.send(signed(refresh({ jti: JTI }))),
    answer: guardRefused('', ['access', 'Token has wrong type'], ['sliding', 'Token is blacklisted']),
  },
  {
    rule: 'A8: stateless',
    name: 'stateless, a sliding token',
    send: STATELESS.send(signed(sliding({ jti: JTI }))),
    answer: guardRefused('', ['access', 'Token has wrong type'], ['sliding', 'Token is blacklisted']),
  },
  { rule: 'A1: blacklist', name: 'a second time', send: BLACKLIST.send(signed(refresh({ jti: JTI }))), answer: blacklisted() },
  {
    rule: 'A6.1',
    name: 'refresh, badly signed',
    send: REFRESH.send(signed(refresh({ jti: JTI }), { key: WRONG_KEY })),
    answer: invalid(),
  },
]);

/** The clock between two seconds: what other issuers write as Date.now() / 1000. */
const half = (rule: string, name: string, { claims, send, good, bad }: Endpoint, changes: Claims, message?: string) => {
  const presented = claims(changes);
  const answer = message === undefined ? good(presented) : bad(message);
  return { rule, name, later: 0.7, send: send(signed(presented)), answer };
};
flow(
  'fractions of a second',
  {},
  [PROTECTED, VERIFY, REFRESH, BLACKLIST].flatMap((endpoint) => [
    half('A6.2: iat <= now', `${endpoint.name}, iat in this second`, endpoint, { iat: NOW + 0.4 }),
    half('A6.2: nbf <= now', `${endpoint.name}, nbf in this second`, endpoint, { nbf: NOW + 0.4 }),
    half('A6.2: exp > now', `${endpoint.name}, exp in this second`, endpoint, { exp: NOW + 0.4 }, 'Token is expired'),
    half('A6.2: iat <= now', `${endpoint.name}, iat in the next second`, endpoint, { iat: NOW + 1.4 }, 'Token is invalid'),
  ]),
);
