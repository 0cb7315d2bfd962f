import { group, label, type Recipe } from './case.ts';
import { claims, encode, raw, signed, token } from './forge.ts';

/** Row 16: nothing critical is understood here, so every `crit` is fatal, whatever its form. All are signed by the right key. */
const FORMS: readonly object[] = [
  { crit: [] },
  { crit: null },
  { crit: 'exp', exp: 1 },
  { crit: {} },
  { crit: true },
  { crit: 0 },
  { crit: ['exp'], exp: 1 },
  { crit: ['exp'] },
  { crit: ['alg'] },
  { crit: ['b64'], b64: true },
  { crit: ['b64'] },
  { crit: [''], '': 1 },
  { crit: [1] },
  { crit: [null] },
  { crit: [['x']], x: 1 },
  { crit: ['x', 'x'], x: 1 },
  { crit: ['http://example.invalid/UNDEFINED'], 'http://example.invalid/UNDEFINED': true },
  { crit: ['__proto__'] },
];

const forms: readonly Recipe[] = FORMS.map((members) => ({
  id: label(members),
  row: 16,
  token: token({ header: { alg: 'HS256', typ: 'JWT', ...members } }),
  expect: { code: 'malformed' },
}));

const ofTheRfc: readonly Recipe[] = [
  {
    id: 'RFC 7515 appendix E',
    row: 16,
    token:
      'eyJhbGciOiJub25lIiwNCiAiY3JpdCI6WyJodHRwOi8vZXhhbXBsZS5jb20vVU5ERUZJTkVEIl0sDQogImh0dHA6Ly9leGFtcGxlLmNvbS9VTkRFRklORUQiOnRydWUNCn0.RkFJTA.',
    expect: { code: 'malformed' },
  },
  {
    id: 'crit by an escape',
    row: 16,
    token: token({ header: String.raw`{"alg":"HS256","\u0063rit":["x"],"x":1}` }),
    expect: { code: 'malformed' },
  },
];

/** Row 17: RFC 7797 section 7 and RFC 7516 section 4.1.3. */
const b64AndZip: readonly Recipe[] = [
  ...[false, null, 0, 1, 'true', 'false', []].map((value): Recipe => ({
    id: `b64 ${label(value)}`,
    row: 17,
    token: token({ header: { alg: 'HS256', b64: value } }),
    expect: { code: 'malformed' },
  })),
  {
    id: 'b64 false in crit, payload unencoded',
    row: 17,
    token: signed(`${encode({ alg: 'HS256', b64: false, crit: ['b64'] })}.${JSON.stringify(claims()).replaceAll('.', '')}`),
    expect: { code: 'malformed' },
  },
  {
    id: 'b64 false, payload unencoded and unsigned',
    row: 17,
    token: `${encode({ alg: 'HS256', b64: false, crit: ['b64'] })}.payload.${encode(raw(Buffer.alloc(32))(''))}`,
    expect: { code: 'malformed' },
  },
  ...['DEF', 'def', '', null, true, ['DEF']].map((zip): Recipe => ({
    id: `zip ${label(zip)}`,
    row: 17,
    token: token({ header: { alg: 'HS256', zip } }),
    expect: { code: 'malformed' },
  })),
  ...['JWT', 'jwt', 'application/jwt', 'Application/JWT', null, ['JWT'], 1].map((cty): Recipe => ({
    id: `cty ${label(cty)}`,
    row: 17,
    token: token({ header: { alg: 'HS256', cty } }),
    expect: { code: 'malformed' },
  })),
];

export const crit = group('crit', [...forms, ...ofTheRfc, ...b64AndZip]);
