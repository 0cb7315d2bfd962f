import { describe, expect, it } from 'vitest';
import { recommended } from '../../src/application/config.ts';
import type { TokenServiceOptions } from '../../src/create-token-service.ts';
import { ADA, BOB, bearer, claimsOf, fixture, listed, NOW, outcomeOf, refreshOf } from './fixture.ts';

const rotating = { rotateRefreshTokens: true, blacklistAfterRotation: true } as const;
const session = async (options: Partial<TokenServiceOptions> = {}) => {
  const made = fixture(options);
  return { ...made, ...(await made.service.obtainPair(ADA)) };
};

describe('refresh', () => {
  it('answers an access token alone where nothing rotates, and the refresh token stays good', async () => {
    const { service, clock, refresh } = await session();
    for (const _ of [1, 2]) {
      clock.advance(100);
      const answer = await service.refresh(refresh);
      expect(Object.keys(answer)).toEqual(['access']);
      expect(claimsOf(answer.access)).toMatchObject({ token_type: 'access', iat: clock.now, exp: clock.now + 300, user_id: '7' });
    }
  });

  it('answers access first, then the successor: its payload with a new jti, iat and exp', async () => {
    const { service, clock, refresh } = await session({ ...rotating, tokenFamilyEnabled: true });
    clock.advance(100);
    const answer = await service.refresh(refresh);
    expect(Object.keys(answer)).toEqual(['access', 'refresh']);
    const [before, after] = [claimsOf(refresh), claimsOf(refreshOf(answer))];
    expect(after).toEqual({ ...before, jti: after.jti, iat: NOW + 100, exp: NOW + 100 + 86_400 });
    expect(after.jti).not.toBe(before.jti);
    expect(await outcomeOf(service.refresh(refresh))).toBe('reused');
    expect(await outcomeOf(service.refresh(refreshOf(answer)))).toBe('ok');
  });

  it('keeps the predecessor good without blacklistAfterRotation, as Simple JWT does', async () => {
    const { service, refresh } = await session({ rotateRefreshTokens: true });
    const answer = await service.refresh(refresh);
    expect(await outcomeOf(service.refresh(refresh))).toBe('ok');
    expect(await outcomeOf(service.refresh(refreshOf(answer)))).toBe('ok');
    expect(await listed(service.sessions(7))).toHaveLength(1);
  });

  it('replays the very successor inside the grace window: the same jti, iat and exp, with a fresh access token', async () => {
    const { service, clock, refresh, log } = await session({ ...rotating, refreshGraceSeconds: 10 });
    const first = await service.refresh(refresh);
    clock.advance(9);
    const again = await service.refresh(refresh);
    expect(again.refresh).toBe(first.refresh);
    expect(claimsOf(again.access)).toMatchObject({ iat: NOW + 9, exp: NOW + 309 });
    clock.advance(1);
    expect(await outcomeOf(service.refresh(refresh))).toBe('reused');
    expect(log.map(([name]) => name)).toEqual(['obtained', 'refreshed', 'replayed', 'reused']);
    expect(log.at(-1)?.[1]).toMatchObject({ kind: 'late_retry', familyEnded: false, user: '7' });
  });

  it('ends the family on reuse where that is set, the newest tokens included', async () => {
    const { service, clock, refresh, log } = await session({ ...recommended });
    const second = await service.refresh(refresh);
    const third = await service.refresh(refreshOf(second));
    clock.advance(60);
    expect(await outcomeOf(service.refresh(refresh))).toBe('reused');
    expect(log.at(-1)).toEqual([
      'reused',
      expect.objectContaining({ kind: 'ancestor', familyEnded: true, family: claimsOf(refresh).family_id }),
    ]);
    expect(await outcomeOf(service.refresh(refreshOf(third)))).toBe('family_revoked');
    expect(await outcomeOf(service.authenticate(bearer(third.access)))).toBe('family_revoked');
    expect(await outcomeOf(service.refresh(refresh))).toBe('revoked');
    expect(log.filter(([name]) => name === 'reused')).toHaveLength(1);
  });

  it('ends the family when a token that was logged out comes back', async () => {
    const { service, refresh } = await session({ ...recommended, refreshGraceSeconds: 0, blacklistAfterRotation: false });
    const sibling = refreshOf(await service.refresh(refresh));
    await service.blacklist(refresh);
    expect(await outcomeOf(service.refresh(refresh))).toBe('revoked');
    expect(await outcomeOf(service.refresh(sibling))).toBe('family_revoked');
  });

  it.each<readonly [what: string, change: (made: Awaited<ReturnType<typeof session>>) => void, code: string]>([
    ['user who is gone', ({ users }) => void users.byId.delete('7'), 'no_active_account'],
    ['inactive user', ({ users }) => users.update('7', { isActive: false }), 'no_active_account'],
  ])('refuses the token of a %s, and spends nothing', async (_what, change, code) => {
    const made = await session(rotating);
    const before = made.users.byId.get('7')!;
    change(made);
    await expect(made.service.refresh(made.refresh)).rejects.toMatchObject({
      code,
      status: 401,
      message: 'No active account found for the given token.',
    });
    made.users.byId.set('7', before);
    expect(await outcomeOf(made.service.refresh(made.refresh))).toBe('ok');
  });

  it('asks userAuthenticationRule; nobody needs no rule', async () => {
    const asked: unknown[] = [];
    const { service, users, refresh } = await session({
      userAuthenticationRule: (user) => asked.push(user?.id ?? null) > 0 && user !== null,
    });
    await service.refresh(refresh);
    users.byId.delete('7');
    expect(await outcomeOf(service.refresh(refresh))).toBe('no_active_account');
    expect(asked).toEqual([7, 7]);
  });

  it('refuses what is no refresh token, and says that it was revoked before it says anything else', async () => {
    const { service, access, refresh } = await session();
    const { token } = await service.obtainSliding(ADA);
    expect(await outcomeOf(service.refresh(access))).toBe('wrong_type');
    expect(await outcomeOf(service.refresh(token))).toBe('wrong_type');
    expect(await outcomeOf(service.refresh(''))).toBe('malformed');
    await service.blacklist(token);
    expect(await outcomeOf(service.refresh(token))).toBe('revoked');
    expect(await outcomeOf(service.refresh(refresh))).toBe('ok');
  });

  it('refuses an expired one, at the second of its exp', async () => {
    const { service, clock, refresh } = await session({ refreshTokenLifetime: 60 });
    clock.advance(59);
    expect(await outcomeOf(service.refresh(refresh))).toBe('ok');
    clock.advance(1);
    expect(await outcomeOf(service.refresh(refresh))).toBe('expired');
  });

  it('lets leeway pass before a token is expired', async () => {
    const { service, clock, refresh } = await session({ refreshTokenLifetime: 60, leeway: 5 });
    clock.advance(64);
    expect(await outcomeOf(service.refresh(refresh))).toBe('ok');
    clock.advance(1);
    expect(await outcomeOf(service.refresh(refresh))).toBe('expired');
  });

  it('refuses the token of a family that has expired, without leeway; null means for ever', async () => {
    for (const [tokenFamilyLifetime, outcome] of [
      [3600, 'family_expired'],
      [null, 'ok'],
    ] as const) {
      const { service, clock, refresh } = await session({ tokenFamilyEnabled: true, tokenFamilyLifetime, leeway: 60 });
      expect('family_exp' in claimsOf(refresh)).toBe(tokenFamilyLifetime !== null);
      clock.advance(3599);
      expect(await outcomeOf(service.refresh(refresh))).toBe('ok');
      clock.advance(1);
      expect(await outcomeOf(service.refresh(refresh))).toBe(outcome);
      expect(await outcomeOf(service.verify(refresh))).toBe(outcome);
      expect(await outcomeOf(service.blacklist(refresh))).toBe(outcome);
    }
  });

  it('takes a token from before families were switched on, and gives it none', async () => {
    const before = await session();
    const { service } = fixture({ ...before.options, tokenFamilyEnabled: true, ...rotating });
    const answer = await service.refresh(before.refresh);
    expect(claimsOf(refreshOf(answer))).not.toHaveProperty('family_id');
    expect(await outcomeOf(service.refresh(refreshOf(answer)))).toBe('ok');
  });

  it('takes a validly signed token of another server, unless it must be outstanding', async () => {
    const { refresh } = await session(rotating);
    const lenient = fixture(rotating);
    const answer = await lenient.service.refresh(refresh);
    expect(await outcomeOf(lenient.service.refresh(refresh))).toBe('reused');
    expect(await outcomeOf(lenient.service.refresh(refreshOf(answer)))).toBe('ok');
    expect(await listed(lenient.service.sessions(7))).toHaveLength(1);
  });

  it('shows the metadata of the latest use', async () => {
    const { service } = fixture(rotating);
    const { refresh } = await service.obtainPair(ADA, { metadata: { device: 'phone' } });
    const answer = await service.refresh(refresh);
    const metadata = async () => {
      for await (const one of service.sessions(7)) return one.metadata;
      return undefined;
    };
    expect(await metadata()).toEqual({ device: 'phone' });
    await service.refresh(refreshOf(answer), { metadata: { device: 'tablet' } });
    expect(await metadata()).toEqual({ device: 'tablet' });
  });

  it('keeps the tokens of one user from those of another', async () => {
    const { service, refresh } = await session(rotating);
    const bob = await service.obtainPair(BOB);
    await service.refresh(refresh);
    expect(claimsOf((await service.refresh(bob.refresh)).access)['user_id']).toBe('b');
  });
});

describe('refreshSliding', () => {
  const sliding = async (options: Partial<TokenServiceOptions> = {}) => {
    const made = fixture(options);
    return { ...made, ...(await made.service.obtainSliding(ADA)) };
  };

  it('answers the same token, by jti and refresh_exp, with later times', async () => {
    const { service, clock, token, log } = await sliding();
    clock.advance(200);
    const answer = await service.refreshSliding(token);
    expect(Object.keys(answer)).toEqual(['token']);
    expect(claimsOf(answer.token)).toEqual({ ...claimsOf(token), iat: NOW + 200, exp: NOW + 500 });
    expect(log.map(([name]) => name)).toEqual(['obtained', 'refreshed']);
  });

  it('answers the identical token within one second, as Simple JWT does', async () => {
    const { service, token } = await sliding();
    expect((await service.refreshSliding(token)).token).toBe(token);
  });

  it('renews after exp until refresh_exp, past which exp never goes', async () => {
    const { service, clock, token } = await sliding({ slidingTokenLifetime: 300, slidingTokenRefreshLifetime: 1000 });
    clock.advance(800);
    expect(await outcomeOf(service.verify(token))).toBe('expired');
    const answer = await service.refreshSliding(token);
    expect(claimsOf(answer.token)).toMatchObject({ iat: NOW + 800, exp: NOW + 1000, refresh_exp: NOW + 1000 });
    clock.advance(199);
    expect(await outcomeOf(service.refreshSliding(answer.token))).toBe('ok');
    clock.advance(1);
    await expect(service.refreshSliding(answer.token)).rejects.toMatchObject({
      code: 'expired',
      message: "Token 'refresh_exp' claim has expired",
    });
  });

  it('lets leeway pass before refresh_exp counts', async () => {
    const { service, clock, token } = await sliding({ slidingTokenRefreshLifetime: 1000, leeway: 5 });
    clock.advance(1004);
    expect(await outcomeOf(service.refreshSliding(token))).toBe('ok');
    clock.advance(1);
    expect(await outcomeOf(service.refreshSliding(token))).toBe('expired');
  });

  it('refuses what is no sliding token', async () => {
    const { service } = fixture();
    const { refresh, access } = await service.obtainPair(ADA);
    expect(await outcomeOf(service.refreshSliding(refresh))).toBe('wrong_type');
    expect(await outcomeOf(service.refreshSliding(access))).toBe('wrong_type');
  });

  it('refuses a sliding token without refresh_exp', async () => {
    const { token, options } = await sliding();
    const other = fixture({ ...options, slidingTokenRefreshExpClaim: 'until' });
    await expect(other.service.refreshSliding(token)).rejects.toMatchObject({
      code: 'claim_missing',
      message: "Token has no 'until' claim",
      claim: 'until',
    });
  });

  it('refuses the token of a user who may not hold one, and of a changed password', async () => {
    const { service, users, token } = await sliding({ checkRevokeToken: true });
    users.update('7', { isActive: false });
    expect(await outcomeOf(service.refreshSliding(token))).toBe('no_active_account');
    users.update('7', { isActive: true, credential: 'changed' });
    expect(await outcomeOf(service.refreshSliding(token))).toBe('password_changed');
    expect(await outcomeOf(service.refreshSliding(token))).toBe('revoked');
  });

  it('is listed as a session until its refresh_exp, and can be ended there', async () => {
    const { service, clock, token } = await sliding({ slidingTokenLifetime: 300, slidingTokenRefreshLifetime: 1000 });
    clock.advance(200);
    const renewed = await service.refreshSliding(token);
    clock.advance(600);
    const [id, ...others] = await listed(service.sessions(7));
    expect(others).toEqual([]);
    for await (const one of service.sessions(7))
      expect(one).toMatchObject({ createdAt: NOW, lastUsedAt: NOW + 200, expiresAt: NOW + 1000 });
    await service.revokeFamily(id ?? '');
    expect(await outcomeOf(service.refreshSliding(renewed.token))).toBe('family_revoked');
    expect(await listed(service.sessions(7))).toEqual([]);
  });

  it('works with requireOutstanding, for a token on record alone', async () => {
    const { service, token, options } = await sliding({ requireOutstanding: true });
    expect(await outcomeOf(service.refreshSliding(token))).toBe('ok');
    const { store: _lost, ...rest } = options;
    expect(await outcomeOf(fixture(rest).service.refreshSliding(token))).toBe('unknown_token');
  });
});
