import { describe, expect, it } from 'vitest';
import { recommended } from '../../src/application/config.ts';
import { ConfigError } from '../../src/domain/errors.ts';
import { ADA, BOB, claimsOf, fixture, headerOf, listed, NOW, outcomeOf } from './fixture.ts';

describe('obtainPair', () => {
  it("answers Simple JWT's pair: refresh first, its claims in its order", async () => {
    const { service } = fixture();
    const pair = await service.obtainPair(ADA);
    expect(Object.keys(pair)).toEqual(['refresh', 'access']);
    expect(headerOf(pair.refresh)).toEqual({ alg: 'HS256', typ: 'JWT' });
    const jti = expect.stringMatching(/^[0-9a-f]{32}$/);
    expect(Object.entries(claimsOf(pair.refresh))).toEqual([
      ['token_type', 'refresh'],
      ['exp', NOW + 86_400],
      ['iat', NOW],
      ['jti', jti],
      ['user_id', '7'],
    ]);
    expect(Object.entries(claimsOf(pair.access))).toEqual([
      ['token_type', 'access'],
      ['exp', NOW + 300],
      ['iat', NOW],
      ['jti', jti],
      ['user_id', '7'],
    ]);
    expect(claimsOf(pair.access).jti).not.toBe(claimsOf(pair.refresh).jti);
  });

  it('carries family, fingerprint, audience and issuer where they are switched on', async () => {
    const { service } = fixture({ ...recommended, audience: ['a', 'b'], issuer: 'me' });
    const { refresh, access } = await service.obtainPair(ADA);
    const names = ['token_type', 'exp', 'iat', 'jti', 'user_id', 'hash_password', 'family_id', 'family_exp', 'aud', 'iss'];
    expect(Object.keys(claimsOf(refresh))).toEqual(names);
    expect(Object.keys(claimsOf(access))).toEqual(names);
    expect(claimsOf(access).family_id).toBe(claimsOf(refresh).family_id);
    expect(claimsOf(refresh)).toMatchObject({ aud: ['a', 'b'], iss: 'me', family_exp: NOW + 30 * 86_400 });
  });

  it.each([
    ['a wrong password', { ...ADA, password: 'wrong' }],
    ['an unknown user', { ...ADA, username: 'nobody' }],
    ['no credentials', {}],
  ])('refuses %s with no_active_account', async (_what, credentials) => {
    const { service, log, store } = fixture();
    await expect(service.obtainPair(credentials)).rejects.toMatchObject({
      code: 'no_active_account',
      status: 401,
      message: 'No active account found with the given credentials',
    });
    expect(log.map(([name]) => name)).toEqual(['loginFailed']);
    expect(await listed(service.sessions(7))).toEqual([]);
    expect(await store.flushExpired(NOW + 10 * 86_400, {})).toBe(0);
  });

  it('refuses an inactive user, unless checkUserIsActive is off', async () => {
    for (const [checkUserIsActive, outcome] of [
      [true, 'no_active_account'],
      [false, 'ok'],
    ] as const) {
      const { service, users } = fixture({ checkUserIsActive });
      users.update('7', { isActive: false });
      expect(await outcomeOf(service.obtainPair(ADA))).toBe(outcome);
      expect(await outcomeOf(service.obtainSliding(ADA))).toBe(outcome);
    }
  });

  it('asks userAuthenticationRule instead, of nobody too', async () => {
    const asked: unknown[] = [];
    const { service, users } = fixture({
      userAuthenticationRule: async (user) => {
        asked.push(user?.id ?? null);
        return user?.id === 'b';
      },
    });
    users.update('b', { isActive: false });
    expect(await outcomeOf(service.obtainPair(ADA))).toBe('no_active_account');
    expect(await outcomeOf(service.obtainPair(BOB))).toBe('ok');
    expect(await outcomeOf(service.obtainPair({}))).toBe('no_active_account');
    expect(asked).toEqual([7, 'b']); // credentials that prove nobody need no rule
  });

  it('takes only true from userAuthenticationRule', async () => {
    for (const answer of [1, 'yes', undefined, null, {}]) {
      const { service } = fixture({ userAuthenticationRule: () => answer as never });
      expect(await outcomeOf(service.obtainPair(ADA))).toBe('no_active_account');
    }
  });

  it('names the user by userIdField and userIdClaim', async () => {
    const { service, users } = fixture({ userIdField: 'uuid', userIdClaim: 'sub' });
    users.update('7', Object.fromEntries([['uuid', 'u-7']]));
    users.byId.set('u-7', users.byId.get('7')!);
    const { refresh, access } = await service.obtainPair(ADA);
    expect([claimsOf(refresh)['sub'], claimsOf(access)['sub']]).toEqual(['u-7', 'u-7']);
    expect(await outcomeOf(service.refresh(refresh))).toBe('ok');
    expect(await listed(service.sessions('u-7'))).toHaveLength(1);
  });

  it.each([undefined, null, '', 1.5, NaN, true, {}, [7], '\ud800'])(
    'throws ConfigError for a user whose id is %o',
    async (id) => {
      const { service, users } = fixture();
      users.update('7', { id: id as never });
      await expect(service.obtainPair(ADA)).rejects.toMatchObject({ name: 'ConfigError', option: 'userIdField' });
      await expect(service.issuePair({ id: id as never, isActive: true })).rejects.toBeInstanceOf(ConfigError);
    },
  );
});

describe('obtainSliding', () => {
  it("answers Simple JWT's sliding token", async () => {
    const { service } = fixture();
    const answer = await service.obtainSliding(ADA);
    expect(Object.keys(answer)).toEqual(['token']);
    expect(Object.entries(claimsOf(answer.token))).toEqual([
      ['token_type', 'sliding'],
      ['exp', NOW + 300],
      ['iat', NOW],
      ['jti', expect.stringMatching(/^[0-9a-f]{32}$/)],
      ['refresh_exp', NOW + 86_400],
      ['user_id', '7'],
    ]);
  });

  it('is of no longer life than its refresh_exp', async () => {
    const { service } = fixture({ slidingTokenLifetime: '2d', slidingTokenRefreshLifetime: '1d' });
    const { token } = await service.obtainSliding(ADA);
    expect(claimsOf(token)).toMatchObject({ exp: NOW + 86_400, refresh_exp: NOW + 86_400 });
  });
});

describe('the hooks of a login', () => {
  it('records the last login only where updateLastLogin is set, on obtain alone', async () => {
    for (const updateLastLogin of [true, false]) {
      const { service, users } = fixture({ updateLastLogin });
      const { refresh } = await service.obtainPair(ADA);
      await service.refresh(refresh);
      await service.obtainSliding(BOB);
      expect(users.logins).toEqual(
        updateLastLogin
          ? [
              [7, NOW],
              ['b', NOW],
            ]
          : [],
      );
    }
  });

  it('calls onLoginSuccess instead, with user and context, where updateLastLogin is set', async () => {
    const calls: unknown[] = [];
    for (const updateLastLogin of [true, false]) {
      const { service, users } = fixture({
        updateLastLogin,
        onLoginSuccess: (user, context) => calls.push([user.id, context['from']]),
      });
      await service.obtainPair(ADA, { from: 'here' });
      expect(users.logins).toEqual([]);
    }
    expect(calls).toEqual([[7, 'here']]);
  });

  it('needs someone to record the login', () => {
    const { options } = fixture();
    const { recordLogin: _, ...users } = fixture().users;
    expect(() => fixture({ ...options, users, updateLastLogin: true })).toThrow(
      expect.objectContaining({ code: 'missing_option', option: 'updateLastLogin' }),
    );
    expect(() => fixture({ ...options, users, updateLastLogin: true, onLoginSuccess: () => undefined })).not.toThrow();
  });

  it('calls onLoginFailed with the credentials less the password, and waits for it', async () => {
    const calls: unknown[] = [];
    const { service } = fixture({
      onLoginFailed: async (credentials, context) => {
        await Promise.resolve();
        calls.push([credentials, context['from']]);
      },
    });
    await outcomeOf(service.obtainPair({ ...ADA, password: 'wrong' }, { from: 'here' }));
    await outcomeOf(service.obtainSliding({ username: 'x' }, { from: 'there' }));
    expect(calls).toEqual([
      [{ username: 'ada', password: '********' }, 'here'],
      [{ username: 'x' }, 'there'],
    ]);
  });

  it('hands the context to the repository as it came', async () => {
    const seen: unknown[] = [];
    const { service, users } = fixture();
    const { authenticate, findById } = users;
    users.authenticate = (credentials, context) => (seen.push(context), authenticate(credentials, context));
    users.findById = (id, context) => (seen.push(context), findById(id, context));
    const context = { metadata: { device: 'phone' }, tenant: 'a' };
    const { refresh } = await service.obtainPair(ADA, context);
    await service.refresh(refresh, context);
    expect(seen).toEqual([context, context]);
  });
});

describe('issuePair and issueSliding', () => {
  const user = { id: 'c', isActive: true };

  it('make recorded sessions without credentials, with claims for this call alone', async () => {
    const { service, users } = fixture({ ...recommended });
    users.byId.set('c', { user, username: 'cyd', password: '' });
    const { refresh, access } = await service.issuePair(user, { claims: { scope: 'read' }, metadata: { device: 'job' } });
    expect([claimsOf(refresh)['scope'], claimsOf(access)['scope']]).toEqual(['read', 'read']);
    const refreshed = await service.refresh(refresh);
    expect(claimsOf(refreshed.access)['scope']).toBe('read'); // copied on
    const { token } = await service.issueSliding(user, { claims: { scope: 'write' } });
    expect(claimsOf(token)).toMatchObject({ token_type: 'sliding', scope: 'write', user_id: 'c' });
    expect(await listed(service.sessions('c'))).toHaveLength(2);
  });

  it('make tokens for an inactive user, as Simple JWT does, which then are of no use', async () => {
    const { service, users } = fixture();
    users.update('7', { isActive: false });
    const { refresh, access } = await service.issuePair({ id: 7, isActive: false });
    expect(await outcomeOf(service.refresh(refresh))).toBe('no_active_account');
    expect(await outcomeOf(service.authenticate({ authorization: `Bearer ${access}` }))).toBe('user_inactive');
  });

  it('refuse claims that only the library writes', async () => {
    const { service } = fixture();
    for (const name of [
      'exp',
      'iat',
      'nbf',
      'jti',
      'iss',
      'aud',
      'token_type',
      'user_id',
      'family_id',
      'refresh_exp',
      'hash_password',
      'sid',
    ]) {
      const call = service.issuePair(user, { claims: { [name]: 'x' } });
      await expect(call).rejects.toMatchObject({ name: 'ConfigError', code: 'reserved_claim' });
      await expect(service.issueSliding(user, { claims: { [name]: 'x' } })).rejects.toBeInstanceOf(ConfigError);
    }
    expect(await listed(service.sessions('c'))).toEqual([]);
  });
});
