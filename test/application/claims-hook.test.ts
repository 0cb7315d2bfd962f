import { describe, expect, it } from 'vitest';
import { recommended } from '../../src/application/config.ts';
import type { ClaimsSet } from '../../src/domain/claims/claims-set.ts';
import { ADA, claimsOf, fixture, headerOf, listed, outcomeOf, refreshOf } from './fixture.ts';

const rotating = { rotateRefreshTokens: true, blacklistAfterRotation: true } as const;

describe('private claims without a hook', () => {
  it('are copied from token to token', async () => {
    const { service } = fixture(rotating);
    const { refresh } = await service.issuePair({ id: 7, isActive: true }, { claims: { scope: ['a'], nested: { b: 1 } } });
    const answer = await service.refresh(refresh);
    for (const token of [answer.access, refreshOf(answer)])
      expect(claimsOf(token)).toMatchObject({ scope: ['a'], nested: { b: 1 } });
  });
});

describe('the claims hook', () => {
  it('runs for each token of obtain and refresh, with the user, the kind and the context', async () => {
    const calls: unknown[] = [];
    const { service } = fixture({
      ...rotating,
      claims(user, { tokenType, tenant }) {
        calls.push([user.id, tokenType, tenant]);
        return {};
      },
    });
    const { refresh } = await service.obtainPair(ADA, { tenant: 'a' });
    await service.refresh(refresh, { tenant: 'b' });
    const { token } = await service.obtainSliding(ADA, { tenant: 'c' });
    await service.refreshSliding(token, { tenant: 'd' });
    await service.issuePair({ id: 9, isActive: true }, { tenant: 'e' });
    const kinds = (calls as string[][]).map((call) => call.join(' ')).toSorted();
    expect(kinds).toEqual(
      [
        '7 access a',
        '7 refresh a',
        '7 access b',
        '7 refresh b',
        '7 sliding c',
        '7 sliding d',
        '9 access e',
        '9 refresh e',
      ].toSorted(),
    );
  });

  it('replaces the private claims of the old token: what it no longer says is gone', async () => {
    let role: ClaimsSet = { role: 'admin', temporary: true };
    const { service } = fixture({ ...recommended, claims: async () => role, issuer: 'me', audience: 'you' });
    const { refresh, access } = await service.obtainPair(ADA);
    expect(claimsOf(access)).toMatchObject({ role: 'admin', temporary: true });
    role = { role: 'reader' };
    const answer = await service.refresh(refresh);
    for (const token of [answer.access, refreshOf(answer)]) {
      expect(claimsOf(token)['role']).toBe('reader');
      expect(claimsOf(token)).not.toHaveProperty('temporary');
      expect(claimsOf(token)).toMatchObject({ user_id: '7', family_id: claimsOf(refresh).family_id, iss: 'me', aud: 'you' });
    }
  });

  it('may say other things to other kinds', async () => {
    const { service } = fixture({
      ...rotating,
      claims: (_user, { tokenType }) => (tokenType === 'access' ? { role: 'admin' } : {}),
    });
    const { refresh, access } = await service.obtainPair(ADA);
    expect(claimsOf(access)['role']).toBe('admin');
    expect(claimsOf(refresh)).not.toHaveProperty('role');
    const answer = await service.refresh(refresh);
    expect(claimsOf(answer.access)['role']).toBe('admin');
    expect(claimsOf(refreshOf(answer))).not.toHaveProperty('role');
  });

  it('runs again for a replay, which gives the same token by jti and times', async () => {
    let count = 0;
    const { service } = fixture({ ...rotating, refreshGraceSeconds: 10, claims: () => ({ count: ++count }) });
    const { refresh } = await service.obtainPair(ADA);
    const [first, second] = [await service.refresh(refresh), await service.refresh(refresh)];
    const { count: _first, ...one } = claimsOf(refreshOf(first));
    const { count: _second, ...other } = claimsOf(refreshOf(second));
    expect(other).toEqual(one);
  });

  it.each([
    'exp',
    'iat',
    'nbf',
    'jti',
    'iss',
    'aud',
    'token_type',
    'user_id',
    'hash_password',
    'family_id',
    'family_exp',
    'refresh_exp',
    'sid',
  ])('must not write %s, on obtain or on refresh', async (name) => {
    let claims: ClaimsSet = { [name]: 'x' };
    const { service } = fixture({ ...rotating, claims: () => claims });
    await expect(service.obtainPair(ADA)).rejects.toMatchObject({
      name: 'ConfigError',
      code: 'reserved_claim',
      option: 'claims',
    });
    await expect(service.obtainSliding(ADA)).rejects.toMatchObject({ code: 'reserved_claim' });
    expect(await listed(service.sessions(7))).toEqual([]);
    claims = {};
    const { refresh } = await service.obtainPair(ADA);
    claims = { [name]: 'x' };
    await expect(service.refresh(refresh)).rejects.toMatchObject({ code: 'reserved_claim' });
    claims = {};
    expect(await outcomeOf(service.refresh(refresh))).toBe('ok'); // it was not spent
  });

  it('must not write a claim under a configured name either, but may under a name that is free then', async () => {
    const options = { jtiClaim: 'id', tokenTypeClaim: 'kind' };
    const { service } = fixture({ ...options, claims: () => ({ token_type: 'mine' }) });
    const { access } = await service.obtainPair(ADA);
    expect(claimsOf(access)).toMatchObject({ kind: 'access', token_type: 'mine', id: expect.any(String) });
    for (const name of ['id', 'kind', 'jti']) {
      const other = fixture({ ...options, claims: () => ({ [name]: 'x' }) });
      await expect(other.service.obtainPair(ADA)).rejects.toMatchObject({ code: 'reserved_claim' });
    }
  });

  it('keeps __proto__ a claim like any other', async () => {
    const { service } = fixture({ claims: () => JSON.parse('{"__proto__":{"admin":true}}') });
    const { access } = await service.obtainPair(ADA);
    const claims = await service.verify(access);
    expect(Object.hasOwn(claims, '__proto__')).toBe(true);
    expect((claims as { admin?: boolean }).admin).toBeUndefined();
  });

  it('that throws costs no session', async () => {
    let away = false;
    const { service } = fixture({
      ...rotating,
      claims() {
        if (away) throw new Error('the directory is away');
        return {};
      },
    });
    const { refresh } = await service.obtainPair(ADA);
    away = true;
    await expect(service.refresh(refresh)).rejects.toThrow('the directory is away');
    away = false;
    expect(await outcomeOf(service.refresh(refresh))).toBe('ok');
  });
});

describe('jsonEncoder', () => {
  it('is the replacer of the claims', async () => {
    const { service } = fixture({
      claims: () => ({ id: 12n, when: new Date(0), secret: 'x' }),
      jsonEncoder(key, value) {
        if (key === 'secret') return undefined;
        return typeof value === 'bigint' ? `${value}` : value;
      },
    });
    const { access } = await service.obtainPair(ADA);
    expect(claimsOf(access)).toMatchObject({ id: '12', when: '1970-01-01T00:00:00.000Z' });
    expect(claimsOf(access)).not.toHaveProperty('secret');
    expect(headerOf(access)).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect((await service.verify(access))['id']).toBe('12');
  });
});
