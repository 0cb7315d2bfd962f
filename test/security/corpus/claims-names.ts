import { group, label, type Recipe } from './case.ts';
import { AUDIENCE, claims, claimsWithout, ISSUER, token } from './forge.ts';

/** Row 23: `iss` is a string that equals what is expected, or one of what is expected, to the letter (RFC 8725 section 3.8). */
const WRONG_ISSUERS: readonly unknown[] = [
  null,
  '',
  0,
  false,
  true,
  [],
  [ISSUER],
  [ISSUER, 'https://evil.example'],
  [[ISSUER]],
  {},
  { toString: ISSUER },
  { 0: ISSUER, length: 1 },
  ISSUER.slice(0, -1),
  `${ISSUER}/`,
  `${ISSUER}.evil.example`,
  `https://evil.example/${ISSUER}`,
  ISSUER.toUpperCase(),
  ` ${ISSUER}`,
  `${ISSUER} `,
  `${ISSUER}\0`,
  ISSUER.replace('i', '\u0456'),
];

const WRONG_NAMES: readonly unknown[] = [
  '',
  [],
  [''],
  null,
  0,
  false,
  true,
  {},
  [null],
  [ISSUER, 1],
  [[ISSUER]],
  /issuer/g,
  [/issuer/],
];

export const claimsIss = group('claims-iss', [
  {
    id: 'missing',
    row: 23,
    token: token({ payload: claimsWithout('iss') }),
    options: { issuer: ISSUER },
    expect: { code: 'claim_missing' },
  },
  ...WRONG_ISSUERS.map((iss): Recipe => ({
    id: label(iss),
    row: 23,
    token: token({ payload: claims({ iss }) }),
    options: { issuer: ISSUER },
    expect: { code: 'claim_invalid' },
  })),
  ...[null, '', ['https://other.example', ISSUER], `https://other.example,${ISSUER}`, 0].map((iss): Recipe => ({
    id: `${label(iss)} where two are expected`,
    row: 23,
    token: token({ payload: claims({ iss }) }),
    options: { issuer: ['https://other.example', ISSUER] },
    expect: { code: 'claim_invalid' },
  })),
  ...WRONG_NAMES.map((issuer): Recipe => ({
    id: `expected: ${label(issuer)}`,
    row: issuer instanceof RegExp ? 29 : 23,
    options: { issuer },
    expect: { configError: 'invalid_option' },
    layer: 'claims',
  })),
]);

/** Row 24: `aud` is a string or a list of strings, one of which is expected (RFC 7519 section 4.1.3). */
const WRONG_AUDIENCES: readonly unknown[] = [
  null,
  '',
  0,
  true,
  false,
  [],
  [''],
  [null],
  [AUDIENCE, 1],
  [1, AUDIENCE],
  [AUDIENCE, null],
  [AUDIENCE, [AUDIENCE]],
  [[AUDIENCE]],
  {},
  { [AUDIENCE]: true },
  { 0: AUDIENCE, length: 1 },
  `${AUDIENCE}/`,
  AUDIENCE.slice(0, -1),
  AUDIENCE.toUpperCase(),
  ` ${AUDIENCE}`,
  `${AUDIENCE},https://other.example`,
  `${AUDIENCE} https://other.example`,
  ['https://other.example', `${AUDIENCE}.evil.example`],
];

export const claimsAud = group('claims-aud', [
  {
    id: 'missing',
    row: 24,
    token: token({ payload: claimsWithout('aud') }),
    options: { audience: AUDIENCE },
    expect: { code: 'claim_missing' },
  },
  ...WRONG_AUDIENCES.map((aud): Recipe => ({
    id: label(aud),
    row: 24,
    token: token({ payload: claims({ aud }) }),
    options: { audience: AUDIENCE },
    expect: { code: 'claim_invalid' },
  })),
  ...WRONG_NAMES.map((audience): Recipe => ({
    id: `expected: ${label(audience)}`,
    row: 24,
    options: { audience },
    expect: { configError: 'invalid_option' },
    layer: 'claims',
  })),
]);

/** Row 33: claims that reach a store or a decision are strings, whether or not anything is expected of them. */
const NOT_STRINGS: readonly unknown[] = [null, 0, 1, true, false, [], ['x'], {}, { $ne: null }, { $gt: '' }, { $regex: '.*' }];

export const claimsType = group('claims-type', [
  ...['sub', 'jti', 'iss'].flatMap((name) =>
    NOT_STRINGS.map((value): Recipe => ({
      id: `${name} ${label(value)}`,
      row: 33,
      token: token({ payload: claims({ [name]: value }) }),
      expect: { code: 'claim_invalid' },
    })),
  ),
  ...[null, 0, 1, true, {}, { $ne: null }, [1], [null], [['x']], [{ $ne: null }]].map((aud): Recipe => ({
    id: `aud ${label(aud)}`,
    row: 33,
    token: token({ payload: claims({ aud }) }),
    expect: { code: 'claim_invalid' },
  })),
  ...[...NOT_STRINGS, '', 'user-1', 'user-170', 'USER-17', ' user-17', 'user-17\0'].map((sub): Recipe => ({
    id: `sub ${label(sub)} where user-17 is expected`,
    row: 33,
    token: token({ payload: claims({ sub }) }),
    options: { subject: 'user-17' },
    expect: { code: 'claim_invalid' },
  })),
  {
    id: 'no sub where user-17 is expected',
    row: 33,
    token: token({ payload: claimsWithout('sub') }),
    options: { subject: 'user-17' },
    expect: { code: 'claim_missing' },
  },
  ...['', null, 17, ['user-17'], {}, /user/].map((subject): Recipe => ({
    id: `expected subject: ${label(subject)}`,
    row: 33,
    options: { subject },
    expect: { configError: 'invalid_option' },
    layer: 'claims',
  })),
]);
