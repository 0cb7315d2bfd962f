import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNumericDate, LAST_NUMERIC_DATE, parseDuration } from '../../../src/domain/claims/numeric-date.ts';
import { ConfigError } from '../../../src/domain/errors.ts';

describe('parseDuration', () => {
  it.each<[unknown, number]>([
    [1, 1],
    [300, 300],
    ['30s', 30],
    ['5m', 300],
    ['12h', 43_200],
    ['1d', 86_400],
    ['2w', 1_209_600],
    ['007s', 7],
    ['36525d', 36_525 * 86_400],
  ])('reads %j as %d seconds', (value, seconds) => expect(parseDuration(value, 'leeway')).toBe(seconds));

  it.each<unknown>([
    0,
    -1,
    0.5,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    36_525 * 86_400 + 1,
    1e300,

    '',
    ' ',
    '5',
    'm',
    '5 m',
    ' 5m',
    '5m ',
    '5M',
    '5min',
    '-5m',
    '+5m',
    '5.5m',
    '1e3s',
    '0x5s',
    '5m5s',
    '0s',
    '36526d',
    '9999999999999s',
    '\u0665m',
    null,
    undefined,
    true,
    [],
    [5],
    {},
    { valueOf: () => 5 },
    5n,
    new Date(5),
  ])('refuses %o', (value) => expect(() => parseDuration(value, 'leeway')).toThrow(ConfigError));

  it('names the option and its bounds', () => {
    expect(() => parseDuration(61, 'refreshGraceSeconds', { minimum: 0, maximum: 60 })).toThrow(
      /^refreshGraceSeconds must be .* at least 0 and at most 60/,
    );
    expect(parseDuration(0, 'refreshGraceSeconds', { minimum: 0, maximum: 60 })).toBe(0);
    expect(parseDuration('1m', 'refreshGraceSeconds', { minimum: 0, maximum: 60 })).toBe(60);
  });

  it('never answers anything but whole seconds within bounds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.string(), fc.double()), (value) => {
        try {
          const seconds = parseDuration(value, 'x');
          return Number.isSafeInteger(seconds) && seconds >= 1;
        } catch (error) {
          return error instanceof ConfigError;
        }
      }),
    );
  });
});

describe('isNumericDate', () => {
  it.each([0, -1, 1.5, 1_700_000_000, LAST_NUMERIC_DATE, -1e300])('takes %d', (value) => expect(isNumericDate(value)).toBe(true));

  it.each<unknown>([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    LAST_NUMERIC_DATE + 1,
    '1',
    null,
    undefined,
    true,
    [1],
    {},
    1n,
  ])('refuses %o', (value) => expect(isNumericDate(value)).toBe(false));

  it('ends with the year 9999', () => expect(new Date(LAST_NUMERIC_DATE * 1000).toISOString()).toBe('9999-12-31T23:59:59.000Z'));
});
