import { group, label, type Recipe } from './case.ts';
import { claims, claimsWithout, NOW, token } from './forge.ts';

/** Row 25: a NumericDate is a finite JSON number that a calendar holds, and nothing that could be made one. */
const NOT_DATES: readonly unknown[] = [
  null,
  '',
  `${NOW + 300}`,
  'never',
  '2099-01-01T00:00:00Z',
  true,
  false,
  [],
  [NOW + 300],
  {},
  { valueOf: NOW + 300 },
  253_402_300_800,
  1e300,
];

const text = JSON.stringify(claimsWithout('exp', 'nbf', 'iat')).slice(0, -1);
const verbatim = (name: string, value: string) => token({ payload: `${text},"${name}":${value}}` });

const types: readonly Recipe[] = ['exp', 'nbf', 'iat'].flatMap((name): Recipe[] => [
  ...NOT_DATES.map((value): Recipe => ({
    id: `${name} ${label(value)}`,
    row: 25,
    token: token({ payload: claims({ [name]: value }) }),
    expect: { code: 'claim_invalid' },
  })),
  ...['1e400', '-1e400', '9'.repeat(400)].map((value): Recipe => ({
    id: `${name} ${value.slice(0, 8)}`,
    row: 25,
    token: verbatim(name, value),
    expect: { code: 'claim_invalid' },
  })),
  ...['NaN', 'Infinity', '-Infinity', '0x7fffffff', '1_700_000_300', '+1700000300'].map((value): Recipe => ({
    id: `${name} ${value}`,
    row: 25,
    token: verbatim(name, value),
    expect: { code: 'malformed' },
    layer: 'claims',
  })),
]);

/** RFC 7519 section 4.1.4: "on or after" exp, with leeway at both ends. */
const bounds: readonly Recipe[] = (
  [
    ['exp now', { exp: NOW }, 0, 'expired'],
    ['exp a second ago', { exp: NOW - 1 }, 0, 'expired'],
    ['exp half a second ago', { exp: NOW - 0.5 }, 0, 'expired'],
    ['exp 0', { exp: 0 }, 0, 'expired'],
    ['exp -1', { exp: -1 }, 0, 'expired'],
    ['exp -1e300', { exp: -1e300 }, 0, 'expired'],
    ['exp 30 seconds ago, leeway 30', { exp: NOW - 30 }, 30, 'expired'],
    ['exp 31 seconds ago, leeway 30', { exp: NOW - 31 }, 30, 'expired'],
    ['nbf in a second', { nbf: NOW + 1 }, 0, 'not_yet_valid'],
    ['nbf in half a second', { nbf: NOW + 0.5 }, 0, 'not_yet_valid'],
    ['nbf in 31 seconds, leeway 30', { nbf: NOW + 31 }, 30, 'not_yet_valid'],
    ['nbf in 9999', { nbf: 253_402_300_799 }, 0, 'not_yet_valid'],
    ['iat in a second', { iat: NOW + 1 }, 0, 'not_yet_valid'],
    ['iat in 31 seconds, leeway 30', { iat: NOW + 31 }, 30, 'not_yet_valid'],
  ] as const
).map(([id, changes, leeway, code]) => ({
  id,
  row: 25,
  token: token({ payload: claims(changes) }),
  options: { leeway },
  expect: { code },
}));

/** Row 26: what is not a number of seconds cannot be meant, and a clock that tells no time lets nothing in. */
const BAD_SECONDS: readonly unknown[] = [
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
  -1,
  null,
  '',
  '5',
  '5x',
  '-5s',
  'forever',
  true,
  {},
  [5],
  10n,
  1e12,
];

const settings: readonly Recipe[] = [
  ...['leeway', 'maxAge'].flatMap((option) =>
    BAD_SECONDS.filter((value) => !(option === 'leeway' && value === 1e12)).map((value): Recipe => ({
      id: `${option}: ${label(value)}`,
      row: 26,
      options: { [option]: value },
      expect: { configError: 'invalid_option' },
      layer: 'claims',
    })),
  ),
  ...[null, 'exp', [''], [1], [null], {}, true].map((requiredClaims): Recipe => ({
    id: `requiredClaims: ${label(requiredClaims)}`,
    row: 26,
    options: { requiredClaims },
    expect: { configError: 'invalid_option' },
    layer: 'claims',
  })),
  ...[NOW, 'now', {}, true, new Date(0)].map((clock): Recipe => ({
    id: `clock: ${label(clock)}`,
    row: 26,
    options: { clock },
    expect: { configError: 'invalid_option' },
    layer: 'claims',
  })),
  ...[Number.NaN, undefined, Number.POSITIVE_INFINITY].map((time): Recipe => ({
    id: `a clock that says ${label(time)}`,
    row: 26,
    options: { clock: () => time },
    expect: { code: 'expired' },
  })),
  ...[Number.NaN, undefined, Number.NEGATIVE_INFINITY].map((time): Recipe => ({
    id: `a clock that says ${label(time)}, no exp`,
    row: 26,
    token: token({ payload: claimsWithout('exp') }),
    options: { clock: () => time },
    expect: { code: 'expired' },
  })),
];

const required: readonly Recipe[] = ['exp', 'jti', 'client_id', 'constructor', '__proto__', 'toString'].map((name) => ({
  id: `required ${name} is missing`,
  row: 25,
  token: token({ payload: claimsWithout('exp', 'jti') }),
  options: { requiredClaims: [name] },
  expect: { code: 'claim_missing' },
}));

export const claimsTimes = group('claims', [...types, ...bounds, ...settings, ...required]);

/** Row 27: an age needs a birth date. */
export const maxage = group(
  'maxage',
  (
    [
      ['missing iat', claimsWithout('iat'), {}, 'claim_missing'],
      ['iat null', claims({ iat: null }), {}, 'claim_invalid'],
      ['iat as text', claims({ iat: `${NOW}` }), {}, 'claim_invalid'],
      ['iat in a list', claims({ iat: [NOW] }), {}, 'claim_invalid'],
      ['iat beyond the calendar', claims({ iat: 1e15 }), {}, 'claim_invalid'],
      ['iat in the future', claims({ iat: NOW + 1 }), {}, 'not_yet_valid'],
      ['iat far in the future', claims({ iat: NOW + 1_000_000 }), {}, 'not_yet_valid'],
      ['iat beyond the leeway', claims({ iat: NOW + 11 }), { leeway: 10 }, 'not_yet_valid'],
      ['61 seconds old', claims({ iat: NOW - 61 }), {}, 'expired'],
      ['60.5 seconds old', claims({ iat: NOW - 60.5 }), {}, 'expired'],
      ['71 seconds old, leeway 10', claims({ iat: NOW - 71 }), { leeway: 10 }, 'expired'],
      ['born in 1970', claims({ iat: 0 }), {}, 'expired'],
      ['born before 1970', claims({ iat: -1 }), {}, 'expired'],
      ['a second old, maxAge 0', claims({ iat: NOW - 1 }), { maxAge: 0 }, 'expired'],
      ['61 seconds old, maxAge as text', claims({ iat: NOW - 61 }), { maxAge: '1m' }, 'expired'],
    ] as const
  ).map(([id, payload, options, code]): Recipe => ({
    id,
    row: 27,
    token: token({ payload }),
    options: { maxAge: 60, ...options },
    expect: { code },
  })),
);
