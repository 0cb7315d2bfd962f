import { describe, expect, it } from 'vitest';
import { recommended } from '../../src/application/config.ts';
import { createSigner } from '../../src/jws.ts';
import { ADA, BOB, bearer, claimsOf, fixture, listed, NOW, outcomeOf, refreshOf, SIGNING_KEY } from './fixture.ts';

const sign = createSigner({ algorithm: 'HS256', key: new TextEncoder().encode(SIGNING_KEY) });

describe('blacklist', () => {
  it('logs a refresh token out, once', async () => {
    const { service, log } = fixture();
    const { refresh } = await service.obtainPair(ADA, { metadata: { device: 'phone' } });
    await service.blacklist(refresh, { why: 'bye' });
    expect(log.at(-1)).toEqual(['revoked', expect.objectContaining({ scope: 'token', user: '7', context: { why: 'bye' } })]);
    await expect(service.blacklist(refresh)).rejects.toMatchObject({
      code: 'revoked',
      status: 401,
      message: 'Token is blacklisted',
    });
    expect(await outcomeOf(service.refresh(refresh))).toBe('revoked');
    expect(await listed(service.sessions(7))).toEqual([]);
    expect(log.filter(([name]) => name === 'revoked')).toHaveLength(1);
  });

  it('logs a sliding token out, also one past exp that could be renewed', async () => {
    const { service, clock } = fixture({ slidingTokenRefreshLifetime: 1000 });
    const { token } = await service.obtainSliding(ADA);
    clock.advance(999);
    await service.blacklist(token);
    expect(await outcomeOf(service.refreshSliding(token))).toBe('revoked');
    const { token: late } = await service.obtainSliding(ADA);
    clock.advance(1000);
    expect(await outcomeOf(service.blacklist(late))).toBe('expired');
  });

  it('takes only the types it is told to', async () => {
    const { service } = fixture();
    const { token } = await service.obtainSliding(ADA);
    const { refresh, access } = await service.obtainPair(ADA);
    expect(await outcomeOf(service.blacklist(token, { types: ['refresh'] }))).toBe('wrong_type');
    expect(await outcomeOf(service.blacklist(refresh, { types: ['sliding'] }))).toBe('wrong_type');
    expect(await outcomeOf(service.blacklist(access))).toBe('wrong_type');
    expect(await outcomeOf(service.blacklist(token, { types: ['sliding'] }))).toBe('ok');
  });

  it('takes a token without a user, and one it has never seen', async () => {
    const { service } = fixture();
    const token = sign({ token_type: 'refresh', exp: NOW + 300, jti: 'stranger' });
    await service.blacklist(token);
    expect(await outcomeOf(service.verify(token))).toBe('revoked');
  });

  it('logs out the successor inside the grace window: the client may not have got it', async () => {
    const { service } = fixture(recommended);
    const { refresh } = await service.obtainPair(ADA);
    const successor = refreshOf(await service.refresh(refresh));
    await service.blacklist(refresh);
    expect(await outcomeOf(service.refresh(successor))).toBe('revoked');
    expect(await listed(service.sessions(7))).toEqual([]);
  });

  it('is remembered for as long as leeway lets the token live', async () => {
    const { service, clock } = fixture({ refreshTokenLifetime: 60, leeway: 30 });
    const { refresh } = await service.obtainPair(ADA);
    await service.blacklist(refresh);
    for (const age of [59, 60, 89]) {
      clock.set(NOW + age);
      await service.flushExpired();
      expect(await outcomeOf(service.refresh(refresh))).toBe('revoked');
    }
    clock.set(NOW + 90);
    expect(await outcomeOf(service.refresh(refresh))).toBe('expired');
  });
});

describe('blacklistFamily', () => {
  it('ends the family of a refresh token, once', async () => {
    const { service, log } = fixture({ ...recommended });
    const { refresh, access } = await service.obtainPair(ADA);
    const other = await service.obtainPair(ADA);
    await service.blacklistFamily(refresh);
    expect(log.at(-1)).toEqual([
      'revoked',
      expect.objectContaining({ scope: 'family', user: '7', family: claimsOf(refresh).family_id }),
    ]);
    await expect(service.blacklistFamily(refresh)).rejects.toMatchObject({ code: 'family_revoked', status: 401 });
    expect(await outcomeOf(service.refresh(refresh))).toBe('family_revoked');
    expect(await outcomeOf(service.authenticate(bearer(access)))).toBe('family_revoked');
    expect(await outcomeOf(service.refresh(other.refresh))).toBe('ok');
  });

  it('is 501 where families are off, 400 for a token without one; bad tokens are still 401', async () => {
    const off = fixture();
    const { refresh, access } = await off.service.obtainPair(ADA);
    await expect(off.service.blacklistFamily(refresh)).rejects.toMatchObject({ code: 'family_not_configured', status: 501 });
    expect(await outcomeOf(off.service.blacklistFamily(access))).toBe('wrong_type');
    await off.service.blacklist(refresh);
    expect(await outcomeOf(off.service.blacklistFamily(refresh))).toBe('revoked');
    const on = fixture({ tokenFamilyEnabled: true });
    const bare = await off.service.obtainPair(ADA);
    await expect(on.service.blacklistFamily(bare.refresh)).rejects.toMatchObject({
      code: 'family_missing',
      status: 400,
      message: 'Token has no family ID',
    });
  });

  it('remembers a family it has never seen', async () => {
    const { refresh } = await fixture({ tokenFamilyEnabled: true }).service.obtainPair(ADA);
    const { service } = fixture({ tokenFamilyEnabled: true });
    await service.blacklistFamily(refresh);
    expect(await outcomeOf(service.refresh(refresh))).toBe('family_revoked');
  });
});

describe('revokeFamily', () => {
  it('ends a listed session, whether tokens name their family or not; twice is no error', async () => {
    for (const options of [{}, recommended]) {
      const { service, log } = fixture(options);
      const { refresh } = await service.obtainPair(ADA);
      const [id = ''] = await listed(service.sessions(7));
      await service.revokeFamily(id);
      await service.revokeFamily(id);
      expect(await outcomeOf(service.refresh(refresh))).toBe('family_revoked');
      expect(await listed(service.sessions(7))).toEqual([]);
      expect(log.at(-1)).toEqual(['revoked', expect.objectContaining({ scope: 'family', family: id })]);
    }
  });

  it.each(['', 5, null, undefined, {}, '\ud800'])('refuses %o for an id', async (id) => {
    expect(await outcomeOf(fixture().service.revokeFamily(id as never))).toBe('claim_invalid');
  });
});

describe('revokeUser', () => {
  it('logs a user out everywhere, by number or decimal string', async () => {
    for (const id of [7, '7']) {
      const { service, log } = fixture();
      const { refresh } = await service.obtainPair(ADA);
      const { token } = await service.obtainSliding(ADA);
      const bob = await service.obtainPair(BOB);
      await service.revokeUser(id);
      expect(log.at(-1)).toEqual(['revoked', expect.objectContaining({ scope: 'user', user: '7' })]);
      expect(await outcomeOf(service.refresh(refresh))).toBe('revoked');
      expect(await outcomeOf(service.refreshSliding(token))).toBe('revoked');
      expect(await outcomeOf(service.refresh(bob.refresh))).toBe('ok');
      const again = await service.obtainPair(ADA);
      expect(await outcomeOf(service.refresh(again.refresh))).toBe('ok');
    }
  });

  it('ends access tokens within accessTokenLifetime: at once only where they are looked up', async () => {
    const { service, clock } = fixture();
    const { access } = await service.obtainPair(ADA);
    await service.revokeUser(7);
    expect(await outcomeOf(service.authenticate(bearer(access)))).toBe('ok');
    clock.advance(300);
    expect(await outcomeOf(service.authenticate(bearer(access)))).toBe('expired');
  });

  it.each(['', 1.5, NaN, null, undefined, {}, true])('throws ConfigError for %o', async (id) => {
    await expect(fixture().service.revokeUser(id as never)).rejects.toMatchObject({ name: 'ConfigError', option: 'userId' });
  });
});

describe('revokeOtherSessions', () => {
  it('ends all sessions of the user but the one of the token', async () => {
    const { service, log } = fixture({ ...recommended });
    const others = [await service.obtainPair(ADA), await service.obtainPair(ADA)];
    const sliding = await service.obtainSliding(ADA);
    const kept = await service.obtainPair(ADA);
    const bob = await service.obtainPair(BOB);
    await service.revokeOtherSessions(kept.refresh);
    expect(log.at(-1)).toEqual(['revoked', expect.objectContaining({ scope: 'other_sessions', user: '7' })]);
    for (const { refresh } of others) expect(await outcomeOf(service.refresh(refresh))).toBe('revoked');
    expect(await outcomeOf(service.refreshSliding(sliding.token))).toBe('revoked');
    expect(await outcomeOf(service.authenticate(bearer(kept.access)))).toBe('ok');
    expect(await outcomeOf(service.refresh(kept.refresh))).toBe('ok');
    expect(await outcomeOf(service.refresh(bob.refresh))).toBe('ok');
  });

  it('keeps the session of a sliding token, also past its exp', async () => {
    const { service, clock } = fixture();
    const { refresh } = await service.obtainPair(ADA);
    const { token } = await service.obtainSliding(ADA);
    clock.advance(1000);
    await service.revokeOtherSessions(token);
    expect(await outcomeOf(service.refresh(refresh))).toBe('revoked');
    expect(await outcomeOf(service.refreshSliding(token))).toBe('ok');
    clock.set(NOW + 86_400);
    expect(await outcomeOf(service.revokeOtherSessions(token))).toBe('expired');
  });

  it('refuses a token that is no good, and ends nothing then', async () => {
    const { service } = fixture({ ...recommended });
    const { refresh } = await service.obtainPair(ADA);
    const [blacklisted, ended] = [await service.obtainPair(ADA), await service.obtainPair(ADA)];
    await service.blacklist(blacklisted.refresh);
    await service.blacklistFamily(ended.refresh);
    expect(await outcomeOf(service.revokeOtherSessions(blacklisted.refresh))).toBe('revoked');
    expect(await outcomeOf(service.revokeOtherSessions(ended.refresh))).toBe('family_revoked');
    expect(await outcomeOf(service.revokeOtherSessions(ended.access))).toBe('family_revoked');
    const stranger = await fixture({ ...recommended }).service.obtainPair(ADA);
    expect(await outcomeOf(service.revokeOtherSessions(stranger.refresh))).toBe('unknown_token');
    expect(await outcomeOf(service.refresh(refresh))).toBe('ok');
  });

  it('refuses a token without a user', async () => {
    const { service } = fixture();
    const token = sign({ token_type: 'refresh', exp: NOW + 300, iat: NOW, jti: 'j' });
    expect(await outcomeOf(service.revokeOtherSessions(token))).toBe('user_unidentified');
  });
});

describe('sessions', () => {
  it('lists every obtained or issued session, newest first, with times and metadata', async () => {
    const { service, clock } = fixture();
    await service.obtainPair(ADA, { metadata: { device: 'phone' } });
    clock.advance(10);
    await service.issuePair({ id: 7, isActive: true });
    const sessions = [];
    for await (const session of service.sessions(7)) sessions.push(session);
    expect(sessions).toEqual([
      { id: expect.any(String), createdAt: NOW + 10, lastUsedAt: NOW + 10, expiresAt: NOW + 10 + 86_400, metadata: {} },
      { id: expect.any(String), createdAt: NOW, lastUsedAt: NOW, expiresAt: NOW + 86_400, metadata: { device: 'phone' } },
    ]);
  });

  it('are listed by number or decimal string, and may be left early', async () => {
    const { service } = fixture();
    for (const _ of [1, 2, 3]) await service.obtainPair(ADA);
    let count = 0;
    for await (const _ of service.sessions('7')) if (++count === 2) break;
    expect(count).toBe(2);
  });

  it.each(['', 1.5, null, {}])('throw ConfigError for %o', async (id) => {
    await expect(listed(fixture().service.sessions(id as never))).rejects.toMatchObject({ option: 'userId' });
  });

  it.each<readonly [what: string, metadata: unknown]>([
    ['a list', ['x']],
    ['text', 'phone'],
    ['null', null],
    ['nested', { a: { b: 1 } }],
    ['a date', { a: new Date() }],
    ['undefined inside', { a: undefined }],
    ['not finite', { a: Infinity }],
    ['a function', { a: () => 1 }],
    ['too long', { a: 'x'.repeat(4096) }],
  ])('take no metadata that is %s', async (_what, metadata) => {
    const { service } = fixture();
    const call = service.obtainPair(ADA, { metadata: metadata as never });
    await expect(call).rejects.toMatchObject({ name: 'ConfigError', option: 'metadata' });
    expect(await listed(service.sessions(7))).toEqual([]);
  });
});

describe('an access token that outlives the refresh token it came with', () => {
  it.each([{ checkAccessRevocation: true }, { tokenFamilyEnabled: true, tokenFamilyCheckOnAccess: true }])(
    'stays revoked to its end: %j',
    async (options) => {
      const { service, clock } = fixture({ ...options, refreshTokenLifetime: 600, accessTokenLifetime: 3600 });
      const { refresh, access } = await service.obtainPair(ADA);
      const [id = ''] = await listed(service.sessions(7));
      await service.revokeFamily(id);
      for (const seconds of [0, 700, 2800]) {
        clock.advance(seconds);
        await service.flushExpired();
        expect(await outcomeOf(service.authenticateStateless(bearer(access)))).toBe('family_revoked');
        expect(await outcomeOf(service.verify(access))).toBe('family_revoked');
      }
      expect(await outcomeOf(service.refresh(refresh))).toBe('expired');
    },
  );
});

describe('flushExpired', () => {
  it('drops what has expired, and answers how many records went', async () => {
    const { service, clock } = fixture({ refreshTokenLifetime: 60, accessTokenLifetime: 60 });
    await service.obtainPair(ADA);
    expect(await service.flushExpired()).toBe(0);
    clock.advance(120); // their life, and the minute that clocks may differ by
    expect(await service.flushExpired()).toBe(2); // a token and its family
  });
});
