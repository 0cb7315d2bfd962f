import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprintInput, fingerprintMatches, fingerprintText } from '../../../src/domain/token/fingerprint.ts';
import { RETENTION_MARGIN_SECONDS, retainUntil } from '../../../src/domain/token/retention.ts';
import { slidingExpiry, slidingWindowClosed } from '../../../src/domain/token/sliding.ts';
import { parseFamilyId, parseJti, parseUserId } from '../../../src/domain/token/token-id.ts';
import { TOKEN_TYPES } from '../../../src/domain/token/token-type.ts';

describe('identifiers', () => {
  const NOT_IDS: readonly unknown[] = [
    '',
    null,
    undefined,
    true,
    false,
    [],
    ['x'],
    {},
    { $ne: null },
    '\ud800',
    'a\udc00b',
    Symbol('x'),
    () => 'x',
    1n,
  ];

  it.each(NOT_IDS)('are not %o', (value) =>
    expect([parseJti, parseFamilyId, parseUserId].map((parse) => parse(value))).toEqual([undefined, undefined, undefined]),
  );

  it.each([0, 17, -1, Number.MAX_SAFE_INTEGER])('of users may be the number %d', (value) => {
    expect(parseUserId(value)).toBe(String(value));
    expect(parseJti(value)).toBeUndefined();
    expect(parseFamilyId(value)).toBeUndefined();
  });

  it.each([1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])('of users are not the number %d', (value) =>
    expect(parseUserId(value)).toBeUndefined(),
  );

  it('are kept to the letter', () => {
    for (const value of ['x', ' x ', '__proto__', '\0', '\u{1F511}', 'x'.repeat(10_000)]) expect(parseJti(value)).toBe(value);
  });
});

describe('a fingerprint', () => {
  it('is upper hex', () => expect(fingerprintText(Uint8Array.of(0, 0xab))).toBe('00AB'));

  it('is of an input that no signing input can be', () => {
    expect(Buffer.from(fingerprintInput('secret')).toString()).toBe('simplejwt credential\0secret');
    expect(Buffer.from(fingerprintInput('secret')).includes(0)).toBe(true);
  });

  it.each<unknown>([undefined, null, '', 'AB', 'ABCE', 'abcd', 'ABCD ', ['ABCD'], { length: 4 }, 1])(
    'does not match %o',
    (claim) => expect(fingerprintMatches('ABCD', claim)).toBe(false),
  );

  it('matches itself alone', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => fingerprintMatches(a, a) && fingerprintMatches(a, b) === (a === b)),
    );
  });
});

describe('the sliding window', () => {
  it('ends a renewal at refresh_exp', () => {
    expect(slidingExpiry(100, 50, 200)).toBe(150);
    expect(slidingExpiry(180, 50, 200)).toBe(200);
  });

  it('is closed on refresh_exp, later by the leeway', () => {
    expect([199, 200, 201].map((now) => slidingWindowClosed(200, now, 0))).toEqual([false, true, true]);
    expect([229, 230].map((now) => slidingWindowClosed(200, now, 30))).toEqual([false, true]);
  });

  it('never lets exp pass refresh_exp', () => {
    const seconds = fc.nat(1_000_000);
    fc.assert(
      fc.property(
        seconds,
        seconds,
        seconds,
        (now, lifetime, refreshExp) => slidingExpiry(now, lifetime, refreshExp) <= refreshExp,
      ),
    );
  });
});

describe('retention', () => {
  it('outlives every use of the token, in whole seconds', () => {
    expect(retainUntil(100, 0)).toBe(100 + RETENTION_MARGIN_SECONDS);
    const near = fc.double({ min: 0, max: 1e10, noNaN: true });
    fc.assert(
      fc.property(near, near, (exp, leeway) => {
        const until = retainUntil(exp, leeway);
        return Number.isInteger(until) && until >= exp + leeway + RETENTION_MARGIN_SECONDS - 1e-5;
      }),
    );
  });
});

describe('token types', () => {
  it.each(Object.entries(TOKEN_TYPES))('answer for themselves: %s', (name, type) => {
    expect(type.name).toBe(name);
    expect(type.typed).toBe(name !== 'untyped');
    expect(type.renewable).toBe(name === 'sliding');
    expect(type.revocable).toBe(name !== 'access');
  });
});
