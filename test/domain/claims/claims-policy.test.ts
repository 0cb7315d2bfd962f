import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClaimsPolicy, type ClaimsPolicyOptions } from '../../../src/domain/claims/claims-policy.ts';
import { claimOf, type ClaimsSet } from '../../../src/domain/claims/claims-set.ts';
import { ConfigError } from '../../../src/domain/errors.ts';

const NOW = 1_700_000_000;

const check = (claims: ClaimsSet, options: ClaimsPolicyOptions = {}, expiry?: 'enforced' | 'tolerated') =>
  createClaimsPolicy(options).check(claims, NOW, expiry);

describe('the claims policy', () => {
  it('expects nothing unless told to', () => expect(check({})).toBeUndefined());

  it('reports the first refusal in the order of Simple JWT', () => {
    const wrong = { iat: NOW + 1, nbf: NOW + 1, exp: NOW, iss: 1, aud: 1, sub: 1, jti: 1 };
    const order: readonly (readonly [string, unknown])[] = [
      ['iat', NOW],
      ['nbf', NOW],
      ['exp', NOW + 1],
      ['iss', 'i'],
      ['aud', 'a'],
      ['sub', 's'],
      ['jti', 'j'],
    ];
    const claims: Record<string, unknown> = wrong;
    for (const [name, right] of order) {
      expect(check(claims, { requiredClaims: ['more'] })?.claim).toBe(name);
      claims[name] = right;
    }
    expect(check(claims, { requiredClaims: ['more'] })).toMatchObject({ code: 'claim_missing', claim: 'more' });
    expect(check({ ...claims, more: undefined }, { requiredClaims: ['more'] })).toBeUndefined();
  });

  it('can tolerate a past exp, but not a wrong one', () => {
    expect(check({ exp: 1 }, {}, 'tolerated')).toBeUndefined();
    expect(check({ exp: '1' }, {}, 'tolerated')).toMatchObject({ code: 'claim_invalid' });
    expect(check({ exp: 1, nbf: NOW + 1 }, {}, 'tolerated')).toMatchObject({ code: 'not_yet_valid' });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('lets nothing in when the clock says %d', (now) => {
    const policy = createClaimsPolicy({});
    for (const claims of [{}, { exp: NOW }, { nbf: NOW }, { iat: NOW }]) {
      expect(policy.check(claims, now)).toMatchObject({ code: 'expired' });
      expect(policy.check(claims, now, 'tolerated')).toMatchObject({ code: 'expired' });
    }
  });

  it('reads own claims only', () => {
    const inherited = Object.create({ iss: 'i', exp: 1 }) as ClaimsSet;
    expect(check(inherited)).toBeUndefined();
    expect(check(inherited, { issuer: 'i' })).toMatchObject({ code: 'claim_missing' });
    expect(claimOf(inherited, 'iss')).toBeUndefined();
    expect(claimOf({ iss: 'i' }, 'toString')).toBeUndefined();
  });

  it('allocates no refusal twice', () => expect(check({ exp: NOW })).toBe(check({ exp: 5 })));

  it('does not follow a list that changes later', () => {
    const issuer = ['i'];
    const policy = createClaimsPolicy({ issuer });
    issuer.push('evil');
    expect(policy.check({ iss: 'evil' }, NOW)).toMatchObject({ code: 'claim_invalid' });
  });

  it.each<object>([
    ...['', [], [''], [1], null, 0, false, {}, /x/, () => 'i'].flatMap((value) => [{ issuer: value }, { audience: value }]),
    ...['', [], ['s'], null, 0].map((subject) => ({ subject })),
    ...[-1, Number.NaN, Number.POSITIVE_INFINITY, null, '', 'x', {}].flatMap((value) => [{ leeway: value }, { maxAge: value }]),
    ...['exp', [''], [1], null, {}].map((requiredClaims) => ({ requiredClaims })),
  ])('refuses the options %o', (options) => expect(() => createClaimsPolicy(options)).toThrow(ConfigError));
});

/** The same rules, written from RFC 7519 without looking at the code. */
function model(claims: ClaimsSet, options: Required<Model>): boolean {
  const { issuer, audience, subject, leeway, maxAge, required } = options;
  const isDate = (value: unknown): value is number => typeof value === 'number' && value > -Infinity && value < 253_402_300_800;
  const has = (name: string) => name in claims;
  const { iss, aud, sub, jti, exp, nbf, iat } = claims as Record<string, unknown>;
  if (has('exp') && !(isDate(exp) && NOW < exp + leeway)) return false;
  if (has('nbf') && !(isDate(nbf) && NOW >= nbf - leeway)) return false;
  if (has('iat') && !(isDate(iat) && NOW >= iat - leeway)) return false;
  if (maxAge !== null && !(has('iat') && isDate(iat) && NOW - iat <= maxAge + leeway)) return false;
  for (const [name, value] of [
    ['iss', iss],
    ['sub', sub],
    ['jti', jti],
  ] as const)
    if (has(name) && typeof value !== 'string') return false;
  const audiences = typeof aud === 'string' ? [aud] : aud;
  if (has('aud') && !(Array.isArray(audiences) && audiences.every((value) => typeof value === 'string'))) return false;
  if (issuer !== null && !issuer.includes(String(has('iss') ? iss : Number.NaN))) return false;
  if (audience !== null && !(Array.isArray(audiences) && audiences.some((value) => audience.includes(value as string))))
    return false;
  if (subject !== null && sub !== subject) return false;
  return required.every(has);
}

interface Model {
  readonly issuer: readonly string[] | null;
  readonly audience: readonly string[] | null;
  readonly subject: string | null;
  readonly leeway: number;
  readonly maxAge: number | null;
  readonly required: readonly string[];
}

describe('the claims policy and a plain model of RFC 7519', () => {
  const name = fc.oneof({ weight: 6, arbitrary: fc.constantFrom('a', 'b') }, fc.constantFrom('A', 'a ', ''));
  const odd = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.array(name, { maxLength: 3 }));
  const text = fc.oneof({ weight: 9, arbitrary: name }, odd);
  const near = fc.integer({ min: NOW - 70, max: NOW + 70 });
  const around = (from: number, to: number) =>
    fc.oneof(
      { weight: 20, arbitrary: fc.integer({ min: NOW + from, max: NOW + to }) },
      fc.double(),
      fc.constantFrom(NOW - 0.5, NOW + 0.5, NOW, 253_402_300_799, 253_402_300_800),
      odd,
    );
  const claims = fc.record(
    {
      iss: text,
      aud: fc.oneof(text, fc.array(name)),
      sub: text,
      jti: text,
      exp: around(-20, 70),
      nbf: around(-70, 20),
      iat: around(-70, 20),
    },
    { requiredKeys: [] },
  );
  const names = fc.option(fc.uniqueArray(fc.constantFrom('a', 'b'), { minLength: 1 }), { freq: 1 });
  const expected = fc.record({
    issuer: names,
    audience: names,
    subject: fc.option(fc.constantFrom('a', 'b'), { freq: 1 }),
    leeway: fc.constantFrom(0, 0, 1, 30, 60),
    maxAge: fc.option(fc.constantFrom(0, 1, 30, 60), { freq: 1 }),
    required: fc.subarray(['exp', 'jti', 'toString'], { maxLength: 1 }),
  });

  it('agree about every set of claims', () => {
    const seen = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(claims, expected, (set, { issuer, audience, subject, leeway, maxAge, required }) => {
        const policy = createClaimsPolicy({
          leeway,
          requiredClaims: required,
          ...(issuer !== null && { issuer }),
          ...(audience !== null && { audience }),
          ...(subject !== null && { subject }),
          ...(maxAge !== null && { maxAge }),
        });
        const own = Object.assign(Object.create(null) as object, set) as ClaimsSet;
        const accepted = policy.check(own, NOW) === undefined;
        seen[accepted ? 'accepted' : 'refused'] += 1;
        expect(accepted).toBe(model(own, { issuer, audience, subject, leeway, maxAge, required }));
      }),
      { numRuns: 5000 },
    );
    expect(seen.accepted).toBeGreaterThan(100);
    expect(seen.refused).toBeGreaterThan(100);
  });

  it('agree when one date is near the bound', () => {
    fc.assert(
      fc.property(fc.constantFrom('exp', 'nbf', 'iat'), near, fc.constantFrom(0, 1, 30, 60), (claim, at, leeway) => {
        const set = Object.assign(Object.create(null) as object, { [claim]: at }) as ClaimsSet;
        const plain = { issuer: null, audience: null, subject: null, maxAge: null, required: [], leeway };
        expect(createClaimsPolicy({ leeway }).check(set, NOW) === undefined).toBe(model(set, plain));
      }),
      { numRuns: 1000 },
    );
  });
});
