import { describe, expect, it } from 'vitest';
import { checkFields } from '../../../src/adapters/http/field-errors.ts';

const USERNAME = { name: 'username', trimmed: true };
const PASSWORD = { name: 'password', trimmed: false };
const NUL = 'Null characters are not allowed.';
const surrogate = (point: string): string => `Surrogate characters are not allowed: U+${point}.`;

describe('a trimmed field', () => {
  it.each<[unknown, readonly string[]]>([
    [undefined, ['This field is required.']],
    [null, ['This field may not be null.']],
    ['', ['This field may not be blank.']],
    [' \t\n\v\f\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000', ['This field may not be blank.']],
    [true, ['Not a valid string.']],
    [false, ['Not a valid string.']],
    [[], ['Not a valid string.']],
    [['x'], ['Not a valid string.']],
    [{}, ['Not a valid string.']],
    ['a\0b', [NUL]],
    ['\ud800', [surrogate('D800')]],
    ['\udfff\ud800', [surrogate('DFFF')]],
    ['ok \u{1f600} \udc00', [surrogate('DC00')]],
    ['\0\ud83d', [NUL, surrogate('D83D')]],
  ])('refuses %j', (sent, errors) => {
    expect(checkFields({ username: sent }, [USERNAME])).toEqual({ ok: false, errors: { username: errors } });
  });

  it.each<[unknown, string]>([
    ['  ada ', 'ada'],
    ['\x1cada\x85', 'ada'],
    ['\ufeffada\u200b', '\ufeffada\u200b'],
    ['a  b', 'a  b'],
    ['\u{1f600}', '\u{1f600}'],
    [0, '0'],
    [1.5, '1.5'],
    [-3, '-3'],
  ])('takes %j as %j', (sent, value) => {
    expect(checkFields({ username: sent }, [USERNAME])).toEqual({ ok: true, values: { username: value } });
  });

  it('is trimmed in time that grows with its length, not with its square', () => {
    const padded = `x${' '.repeat(200_000)}x`;
    const start = performance.now();
    expect(checkFields({ username: padded }, [USERNAME]).ok).toBe(true);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('a password', () => {
  it.each([' ', '  secret  ', '\x1c'])('is taken as sent: %j', (sent) => {
    expect(checkFields({ password: sent }, [PASSWORD])).toEqual({ ok: true, values: { password: sent } });
  });

  it.each<[unknown, string]>([
    ['', 'This field may not be blank.'],
    [' \0', NUL],
    ['\ud800 ', surrogate('D800')],
    [null, 'This field may not be null.'],
  ])('is refused: %j', (sent, error) => {
    expect(checkFields({ password: sent }, [PASSWORD])).toEqual({ ok: false, errors: { password: [error] } });
  });
});

it('reports all wrong fields together, in field order', () => {
  const outcome = checkFields({ password: null, extra: 1 }, [USERNAME, PASSWORD]);
  expect(JSON.stringify(outcome)).toBe(
    '{"ok":false,"errors":{"username":["This field is required."],"password":["This field may not be null."]}}',
  );
});

it('reads own properties only', () => {
  const field = { name: 'constructor', trimmed: true };
  expect(checkFields({}, [field])).toEqual({ ok: false, errors: { constructor: ['This field is required.'] } });
});
