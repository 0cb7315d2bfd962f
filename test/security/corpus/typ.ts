import { group, label, type Recipe } from './case.ts';
import { claims, claimsWithout, ISSUER, AUDIENCE, token } from './forge.ts';
import { SECRET } from './keys.ts';

const withTyp = (typ: unknown) => token({ header: { alg: 'HS256', typ } });

/** Row 28: RFC 8725 section 3.11, RFC 9068 section 4. */
export const typ = group('typ', [
  {
    id: 'missing',
    row: 28,
    token: token({ header: { alg: 'HS256' } }),
    options: { typ: 'at+jwt' },
    expect: { code: 'wrong_type' },
  },
  ...[
    'JWT',
    'jwt',
    '',
    ' ',
    'at',
    'jwt+at',
    'at+jwt ',
    ' at+jwt',
    'at+jwt\0',
    'at+jwt;v=1',
    'at+jwt2',
    'xat+jwt',
    'text/at+jwt',
    'application/at+jwt/x',
    'application//at+jwt',
    'application/application/at+jwt',
    'rt+jwt',
    'id+jwt',
    'logout+jwt',
    'dpop+jwt',
    'at\u200b+jwt',
    '\u0430t+jwt',
    'at+jwt,JWT',
  ].map((value): Recipe => ({
    id: `${label(value)} where at+jwt is expected`,
    row: 28,
    token: withTyp(value),
    options: { typ: 'at+jwt' },
    expect: { code: 'wrong_type' },
  })),
  ...[null, 1, true, ['at+jwt'], {}, { typ: 'at+jwt' }].flatMap((value): Recipe[] => [
    {
      id: `${label(value)} where at+jwt is expected`,
      row: 28,
      token: withTyp(value),
      options: { typ: 'at+jwt' },
      expect: { code: 'malformed' },
    },
    { id: `${label(value)} where none is expected`, row: 28, token: withTyp(value), expect: { code: 'malformed' } },
  ]),
  ...['', null, 1, true, ['at+jwt'], {}, /at/].map((value): Recipe => ({
    id: `expected: ${label(value)}`,
    row: 28,
    options: { typ: value },
    expect: { configError: 'invalid_option' },
    layer: 'claims',
  })),
]);

/** Row 31: what JSON calls `__proto__` is a name like any other. */
const inProto = (members: object) => `{"__proto__":${JSON.stringify(members)}}`;

export const json = group('json', [
  { id: 'alg in __proto__', row: 31, token: token({ header: inProto({ alg: 'HS256' }) }), expect: { code: 'algorithm' } },
  {
    id: 'alg in constructor.prototype',
    row: 31,
    token: token({ header: { constructor: { prototype: { alg: 'HS256' } } } }),
    expect: { code: 'algorithm' },
  },
  {
    id: 'typ in __proto__',
    row: 31,
    token: token({ header: `{"alg":"HS256",${inProto({ typ: 'at+jwt' }).slice(1)}` }),
    options: { typ: 'at+jwt' },
    expect: { code: 'wrong_type' },
  },
  ...(
    [
      ['iss', { issuer: ISSUER }],
      ['aud', { audience: AUDIENCE }],
      ['sub', { subject: 'user-17' }],
      ['jti', { requiredClaims: ['jti'] }],
      ['iat', { maxAge: 60 }],
    ] as const
  ).flatMap(([name, options]): Recipe[] => [
    {
      id: `${name} in __proto__`,
      row: 31,
      token: token({ payload: `${JSON.stringify(claimsWithout(name)).slice(0, -1)},${inProto(claims()).slice(1)}` }),
      options,
      expect: { code: 'claim_missing' },
    },
    {
      id: `${name} in constructor.prototype`,
      row: 31,
      token: token({ payload: { ...claimsWithout(name), constructor: { prototype: claims() } } }),
      options,
      expect: { code: 'claim_missing' },
    },
  ]),
  ...['constructor', 'toString', 'hasOwnProperty', '__proto__', '__defineGetter__'].map((name): Recipe => ({
    id: `${name} is inherited, not claimed`,
    row: 31,
    options: { requiredClaims: [name] },
    expect: { code: 'claim_missing' },
  })),
]);

/** Options that are misspelt, inherited or meant for something else must not silently check nothing. */
export const options = group('options', [
  ...(
    [
      ['audiance', { audiance: 'https://other.example' }],
      ['aud', { aud: 'https://other.example' }],
      ['iss', { iss: 'https://other.example' }],
      ['issuers', { issuers: ['https://other.example'] }],
      ['Issuer', { Issuer: 'https://other.example' }],
      ['maxage', { maxage: 1 }],
      ['clockTolerance', { clockTolerance: 0 }],
      ['requireClaims', { requireClaims: ['x'] }],
      ['type', { type: 'at+jwt' }],
      ['algorithm', { algorithm: 'ES256' }],
    ] as const
  ).map(([id, unknown]): Recipe => ({
    id,
    row: 26,
    options: unknown,
    expect: { configError: 'unknown_option' },
    layer: 'claims',
  })),
  {
    id: 'options that are only inherited',
    row: 31,
    options: Object.assign(Object.create({ key: SECRET }) as object, { key: undefined }),
    expect: { configError: 'missing_option' },
  },
]);
