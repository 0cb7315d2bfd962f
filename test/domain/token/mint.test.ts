import { describe, expect, it } from 'vitest';
import { carriedClaims, libraryClaims, mint, withoutPrivateClaims, type ClaimNames } from '../../../src/domain/token/mint.ts';
import type { Jti } from '../../../src/domain/token/token-id.ts';
import { TOKEN_TYPES } from '../../../src/domain/token/token-type.ts';

const names: ClaimNames = {
  tokenType: 'token_type',
  jti: 'jti',
  user: 'user_id',
  refreshExp: 'refresh_exp',
  fingerprint: 'hash_password',
  family: 'family_id',
  familyExp: 'family_exp',
  session: 'sid',
};
const renamed: ClaimNames = { ...names, tokenType: 'kind', jti: 'tid' };

const claims = {
  token_type: 'refresh',
  exp: 2,
  iat: 1,
  jti: 'old',
  user_id: '17',
  family_id: 'f',
  family_exp: 9,
  hash_password: 'H',
  iss: 'i',
  aud: 'a',
  nbf: 0,
  sub: 's',
  role: 'admin',
};

describe('mint', () => {
  it('writes claims in the order of Simple JWT', () => {
    const set = mint({ type: TOKEN_TYPES.access, names, jti: 'j' as Jti, iat: 1, exp: 2, carried: { user_id: '17' } });
    expect(JSON.stringify(set)).toBe('{"token_type":"access","exp":2,"iat":1,"jti":"j","user_id":"17"}');
  });

  it('writes them under the configured names', () => {
    expect(mint({ type: TOKEN_TYPES.sliding, names: renamed, jti: 'j' as Jti, iat: 1, exp: 2, carried: {} })).toEqual({
      kind: 'sliding',
      exp: 2,
      iat: 1,
      tid: 'j',
    });
  });
});

describe('carriedClaims', () => {
  it('hands on everything but type, times and identifier', () => {
    const { token_type: _type, exp: _exp, iat: _iat, jti: _jti, ...carried } = claims;
    expect(carriedClaims(names)(claims)).toEqual(carried);
  });

  it('leaves out what else is named', () => {
    expect(Object.keys(carriedClaims(names, 'family_id', 'family_exp')(claims))).not.toContain('family_id');
  });

  it('never hands on a jti, whatever the identifier is called', () => {
    expect(carriedClaims(renamed)({ tid: 'old', kind: 'refresh', jti: 'older', role: 'x' })).toEqual({ role: 'x' });
  });

  it('keeps __proto__ a claim', () => {
    const carried = carriedClaims(names)(JSON.parse('{"__proto__":{"admin":true}}') as object as never);
    expect(Object.hasOwn(carried, '__proto__')).toBe(true);
    expect((carried as { admin?: unknown }).admin).toBeUndefined();
  });
});

describe('withoutPrivateClaims', () => {
  it('keeps what library and RFC define', () => {
    const { role: _role, ...kept } = claims;
    expect(withoutPrivateClaims(names)(claims)).toEqual(kept);
  });
});

describe('libraryClaims', () => {
  it.each([
    'iss',
    'aud',
    'exp',
    'nbf',
    'iat',
    'jti',
    'kind',
    'tid',
    'user_id',
    'refresh_exp',
    'hash_password',
    'family_id',
    'family_exp',
    'sid',
  ])('has %s', (name) => expect(libraryClaims(renamed).has(name)).toBe(true));
  it.each(['sub', 'role', 'token_type', '__proto__', 'constructor'])('has no %s', (name) =>
    expect(libraryClaims(renamed).has(name)).toBe(false),
  );
});
