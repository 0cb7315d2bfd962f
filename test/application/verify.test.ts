import { describe, expect, it } from 'vitest';
import { createSigner } from '../../src/jws.ts';
import type { TokenType } from '../../src/domain/token/token-type.ts';
import { ADA, bearer, claimsOf, fixture, NOW, outcomeOf, refreshOf, SIGNING_KEY } from './fixture.ts';

const sign = createSigner({ algorithm: 'HS256', key: new TextEncoder().encode(SIGNING_KEY) });
const CLAIMS = { token_type: 'access', exp: NOW + 300, iat: NOW, jti: 'j', user_id: '7' };
const INVITATION: TokenType = { name: 'invitation', tokenClass: 'Invitation', revocable: true, typed: true, renewable: false };

describe('verify', () => {
  it('answers the frozen claims of a token of any type', async () => {
    const { service } = fixture();
    const { refresh, access } = await service.obtainPair(ADA);
    const { token } = await service.obtainSliding(ADA);
    const own = sign({ ...CLAIMS, token_type: 'of-my-own' });
    for (const good of [refresh, access, token, own]) {
      const claims = await service.verify(good);
      expect(claims).toEqual(claimsOf(good));
      expect(Object.isFrozen(claims)).toBe(true);
    }
  });

  it('does not look at the user', async () => {
    const { service, users } = fixture({ checkRevokeToken: true });
    const { refresh, access } = await service.obtainPair(ADA);
    users.update('7', { isActive: false, credential: 'changed' });
    users.byId.clear();
    for (const token of [refresh, access]) expect(await outcomeOf(service.verify(token))).toBe('ok');
  });

  it('honours every revocation, whatever the settings', async () => {
    const { service } = fixture();
    const { refresh } = await service.obtainPair(ADA);
    const { token } = await service.obtainSliding(ADA);
    for (const one of [refresh, token]) {
      await service.blacklist(one);
      await expect(service.verify(one)).rejects.toMatchObject({ code: 'revoked', status: 401, message: 'Token is blacklisted' });
    }
    const other = await service.obtainPair(ADA);
    await service.revokeUser(7);
    for (const one of [other.refresh, other.access]) expect(await outcomeOf(service.verify(one))).toBe('revoked');
  });

  it('honours the end of a family that the token names', async () => {
    const { service } = fixture({ tokenFamilyEnabled: true, tokenFamilyCheckOnAccess: true });
    const { refresh, access } = await service.obtainPair(ADA);
    await service.blacklistFamily(refresh);
    for (const one of [refresh, access]) {
      await expect(service.verify(one)).rejects.toMatchObject({ code: 'family_revoked', message: 'Token family is blacklisted' });
    }
  });

  it('finds a family expired by its date alone, and access tokens too where they answer for it', async () => {
    const access = sign({ ...CLAIMS, family_exp: NOW });
    const asked = fixture({ tokenFamilyEnabled: true, tokenFamilyCheckOnAccess: true }).service;
    expect(await outcomeOf(asked.verify(access))).toBe('family_expired');
    expect(await outcomeOf(asked.authenticate(bearer(access)))).toBe('family_expired');
    const unasked = fixture({ tokenFamilyEnabled: true }).service;
    expect(await outcomeOf(unasked.authenticate(bearer(access)))).toBe('ok');
    expect(await outcomeOf(fixture().service.verify(access))).toBe('ok');
  });

  it('wants on record what must be: a refresh token itself, of an access token its family', async () => {
    const options = { tokenFamilyEnabled: true, tokenFamilyCheckOnAccess: true, requireOutstanding: true };
    const { service } = fixture(options);
    const { refresh, access } = await service.obtainPair(ADA);
    const { token } = await service.obtainSliding(ADA);
    const plain = sign(CLAIMS); // names no family, and access tokens are never recorded
    for (const good of [refresh, access, token, plain]) expect(await outcomeOf(service.verify(good))).toBe('ok');
    const empty = fixture(options).service;
    for (const lost of [refresh, access, token]) expect(await outcomeOf(empty.verify(lost))).toBe('unknown_token');
    expect(await outcomeOf(empty.verify(plain))).toBe('ok');
  });

  it.each<readonly [what: string, claims: Readonly<Record<string, unknown>>, code: string, detail: string]>([
    ['no exp', { exp: undefined }, 'claim_missing', "Token has no 'exp' claim"],
    ['no jti', { jti: undefined }, 'claim_missing', 'Token has no id'],
    ['a jti that is a number', { jti: 5 }, 'claim_invalid', 'Token is invalid'],
    ['an empty jti', { jti: '' }, 'claim_invalid', 'Token is invalid'],
    ['a jti with a lone surrogate', { jti: '\ud800' }, 'claim_invalid', 'Token is invalid'],
    ['an exp that is text', { exp: 'never' }, 'claim_invalid', 'Token is invalid'],
    ['an exp past', { exp: NOW }, 'expired', 'Token is expired'],
    ['an iat ahead', { iat: NOW + 1 }, 'not_yet_valid', 'Token is invalid'],
    ['an nbf ahead', { nbf: NOW + 1 }, 'not_yet_valid', 'Token is invalid'],
    ['an iat that is text', { iat: 'now' }, 'claim_invalid', 'Token is invalid'],
  ])('refuses a token with %s', async (_what, claims, code, detail) => {
    const { service } = fixture();
    await expect(service.verify(sign({ ...CLAIMS, ...claims }))).rejects.toMatchObject({ code, status: 401, message: detail });
  });

  it('takes a token without a type, which authenticate does not', async () => {
    const { service } = fixture();
    const { token_type: _, ...untyped } = CLAIMS;
    expect(await outcomeOf(service.verify(sign(untyped)))).toBe('ok');
    await expect(service.authenticate(bearer(sign(untyped)))).rejects.toMatchObject({ message: 'Token has no type' });
  });

  it('wants the issuer and audience that are set', async () => {
    const { service } = fixture({ issuer: 'me', audience: ['a', 'b'] });
    expect(await outcomeOf(service.verify(sign({ ...CLAIMS, iss: 'me', aud: ['x', 'b'] })))).toBe('ok');
    expect(await outcomeOf(service.verify(sign({ ...CLAIMS, iss: 'me', aud: 'a' })))).toBe('ok');
    expect(await outcomeOf(service.verify(sign({ ...CLAIMS, iss: 'me', aud: 'x' })))).toBe('claim_invalid');
    expect(await outcomeOf(service.verify(sign({ ...CLAIMS, iss: 'me' })))).toBe('claim_missing');
    expect(await outcomeOf(service.verify(sign({ ...CLAIMS, iss: 'you', aud: 'a' })))).toBe('claim_invalid');
    expect(await outcomeOf(service.verify(sign({ ...CLAIMS, aud: 'a' })))).toBe('claim_missing');
  });

  it('refuses a token over maxTokenBytes before it looks at it', async () => {
    const { service, options } = fixture({ maxTokenBytes: 300 });
    const long = sign({ ...CLAIMS, note: 'x'.repeat(300) });
    expect(await outcomeOf(service.verify(long))).toBe('malformed');
    expect(await outcomeOf(fixture({ ...options, maxTokenBytes: 1000 }).service.verify(long))).toBe('ok');
  });
});

describe('authenticate', () => {
  it('answers the user as the repository knows it now, and the claims', async () => {
    const { service, users } = fixture();
    const { access } = await service.obtainPair(ADA);
    users.update('7', { isActive: true, credential: 'hash-9' });
    expect(await service.authenticate(bearer(access))).toEqual({
      user: { id: 7, isActive: true, credential: 'hash-9', role: 'admin' },
      claims: claimsOf(access),
    });
  });

  it('answers null where no credentials of our scheme were sent', async () => {
    const { service } = fixture();
    for (const authorization of [undefined, '', ' ', 'Basic abc', 'BearerX a', 'Token a b c']) {
      expect(await service.authenticate({ authorization })).toBeNull();
      expect(await service.authenticateStateless({ authorization })).toBeNull();
    }
    expect(await service.authenticate({})).toBeNull();
    expect(await service.authenticate(new Headers())).toBeNull();
  });

  it('reads Headers, records of headers, and what has either, in any case of name and scheme', async () => {
    const { service } = fixture();
    const { access } = await service.obtainPair(ADA);
    const value = `Bearer ${access}`;
    const sources = [
      new Headers({ authorization: value }),
      new Request('https://example.com', { headers: { authorization: value } }),
      { authorization: value },
      { Authorization: value },
      { AUTHORIZATION: [value] },
      { headers: { authorization: value } },
      { authorization: `bearer ${access}` },
      { authorization: `  BEARER \t ${access} ` },
    ];
    for (const source of sources) expect((await service.authenticate(source))?.user.id).toBe(7);
  });

  it.each(['Bearer', 'Bearer a b', 'Bearer  a  b', 'bearer\t'])('refuses the header %j', async (authorization) => {
    const { service } = fixture();
    await expect(service.authenticate({ authorization })).rejects.toMatchObject({
      code: 'bad_authorization_header',
      status: 401,
      message: 'Authorization header must contain two space-delimited values',
    });
  });

  it('refuses two headers, which could be read as either', async () => {
    const { service } = fixture();
    const { access } = await service.obtainPair(ADA);
    const value = `Bearer ${access}`;
    for (const source of [{ authorization: [value, value] }, { authorization: value, Authorization: value }]) {
      expect(await outcomeOf(service.authenticate(source))).toBe('bad_authorization_header');
    }
    expect((await service.authenticate({ authorization: [value], other: undefined }))?.user.id).toBe(7);
    expect(await service.authenticate({ authorization: [] })).toBeNull();
  });

  it('reads the header and schemes that are set', async () => {
    const { service } = fixture({ authHeaderName: 'X-Access-Token', authHeaderTypes: ['JWT', 'Token'] });
    const { access } = await service.obtainPair(ADA);
    for (const scheme of ['JWT', 'token']) {
      expect((await service.authenticate({ 'x-access-token': `${scheme} ${access}` }))?.user.id).toBe(7);
    }
    expect(await service.authenticate({ 'x-access-token': `Bearer ${access}` })).toBeNull();
    expect(await service.authenticate(bearer(access))).toBeNull();
  });

  it.each<readonly [what: string, change: (made: ReturnType<typeof fixture>) => void, code: string]>([
    ['is gone', ({ users }) => users.byId.clear(), 'user_not_found'],
    ['is inactive', ({ users }) => users.update('7', { isActive: false }), 'user_inactive'],
    ['changed its password', ({ users }) => users.update('7', { credential: 'changed' }), 'password_changed'],
  ])('refuses the token of a user who %s; stateless does not know', async (_what, change, code) => {
    const made = fixture({ checkRevokeToken: true });
    const { access } = await made.service.obtainPair(ADA);
    change(made);
    expect(await outcomeOf(made.service.authenticate(bearer(access)))).toBe(code);
    expect((await made.service.authenticateStateless(bearer(access)))?.user.id).toBe('7');
  });

  it('takes an inactive user where checkUserIsActive is off', async () => {
    const { service, users } = fixture({ checkUserIsActive: false });
    const { access } = await service.obtainPair(ADA);
    users.update('7', { isActive: false });
    expect((await service.authenticate(bearer(access)))?.user.isActive).toBe(false);
  });

  it('does not ask userAuthenticationRule, as Simple JWT does not', async () => {
    let allowed = true;
    const { service } = fixture({ userAuthenticationRule: () => allowed });
    const { access } = await service.obtainPair(ADA);
    allowed = false;
    expect(await outcomeOf(service.authenticate(bearer(access)))).toBe('ok');
  });

  it.each([undefined, null, '', true, {}, ['7'], 1.5])('refuses a user claim of %j', async (user_id) => {
    const { service } = fixture();
    for (const call of [service.authenticate, service.authenticateStateless]) {
      await expect(call(bearer(sign({ ...CLAIMS, user_id })))).rejects.toMatchObject({
        code: 'user_unidentified',
        message: 'Token contained no recognizable user identification',
      });
    }
  });

  it('reads a user claim that is a number as its decimal string', async () => {
    const { service } = fixture();
    expect((await service.authenticate(bearer(sign({ ...CLAIMS, user_id: 7 }))))?.user.id).toBe(7);
    expect((await service.authenticateStateless(bearer(sign({ ...CLAIMS, user_id: 7 }))))?.user.id).toBe('7');
  });

  it('tries each of authTokenTypes in order, and says what each of them refused', async () => {
    const { service } = fixture({ authTokenTypes: ['access', 'sliding'] });
    const { refresh, access } = await service.obtainPair(ADA);
    const { token } = await service.obtainSliding(ADA);
    for (const good of [access, token]) expect((await service.authenticate(bearer(good)))?.user.id).toBe(7);
    await expect(service.authenticate(bearer(refresh))).rejects.toMatchObject({
      code: 'wrong_type',
      attempts: [
        { tokenClass: 'AccessToken', tokenType: 'access', detail: 'Token has wrong type' },
        { tokenClass: 'SlidingToken', tokenType: 'sliding', detail: 'Token has wrong type' },
      ],
    });
    await service.blacklist(token);
    await expect(service.authenticate(bearer(token))).rejects.toMatchObject({
      attempts: [{ detail: 'Token has wrong type' }, { detail: 'Token is blacklisted' }],
    });
  });

  it('takes a type of the application own', async () => {
    const { service, store } = fixture({ authTokenTypes: ['access', INVITATION] });
    const invitation = sign({ ...CLAIMS, token_type: 'invitation', jti: 'invitation-1' });
    expect((await service.authenticate(bearer(invitation)))?.user.id).toBe(7);
    expect((await service.verify(invitation))['token_type']).toBe('invitation');
    expect(await outcomeOf(service.refresh(invitation))).toBe('wrong_type');
    expect(await outcomeOf(service.blacklist(invitation))).toBe('wrong_type');
    await store.blacklist(
      {
        token: {
          jti: 'invitation-1' as never,
          user: undefined,
          family: undefined,
          iat: NOW,
          onRecord: false,
          retainUntil: NOW + 400,
        },
        now: NOW,
        graceSeconds: 0,
      },
      {},
    );
    await expect(service.authenticate(bearer(invitation))).rejects.toMatchObject({
      attempts: [{ tokenType: 'access' }, { tokenClass: 'Invitation', tokenType: 'invitation', detail: 'Token is blacklisted' }],
    });
  });

  it('takes any type where untyped is accepted', async () => {
    const { service } = fixture({ authTokenTypes: ['untyped'] });
    const { refresh } = await service.obtainPair(ADA);
    expect((await service.authenticate(bearer(refresh)))?.user.id).toBe(7);
  });

  it('asks no store for an access token unless it is told to', async () => {
    const away = fixture();
    for (const [options, asked] of [
      [{}, 0],
      [{ tokenFamilyEnabled: true }, 0],
      [{ checkAccessRevocation: true }, 1],
      [{ tokenFamilyEnabled: true, tokenFamilyCheckOnAccess: true }, 1],
    ] as const) {
      let count = 0;
      const { store } = away;
      const counting = {
        ...methodsOf(store),
        status: (...args: Parameters<typeof store.status>) => (count++, store.status(...args)),
      };
      const { service } = fixture({ ...options, store: counting });
      const { access } = await service.obtainPair(ADA);
      await service.authenticateStateless(bearer(access));
      expect(count).toBe(asked);
    }
  });

  it('honours revocations of access tokens with checkAccessRevocation, whatever the families', async () => {
    for (const options of [{}, { tokenFamilyEnabled: true }, { tokenFamilyEnabled: true, tokenFamilyCheckOnAccess: true }]) {
      const { service } = fixture({
        ...options,
        checkAccessRevocation: true,
        rotateRefreshTokens: true,
        blacklistAfterRotation: true,
      });
      const loggedOut = await service.obtainPair(ADA);
      const refreshed = await service.refresh(loggedOut.refresh);
      await service.blacklist(refreshOf(refreshed));
      for (const { access } of [loggedOut, refreshed])
        expect(await outcomeOf(service.authenticate(bearer(access)))).toBe('revoked');
      const revoked = await service.obtainPair(ADA);
      await service.revokeUser(7);
      expect(await outcomeOf(service.authenticateStateless(bearer(revoked.access)))).toBe('revoked');
      const alive = await service.obtainPair(ADA);
      expect(await outcomeOf(service.authenticateStateless(bearer(alive.access)))).toBe('ok');
    }
  });

  it('writes a session claim only for checkAccessRevocation without family claims', async () => {
    const names = async (options: Parameters<typeof fixture>[0]) => {
      const { refresh, access } = await fixture(options).service.obtainPair(ADA);
      return [refresh, access].map((token) => ['sid', 'family_id'].filter((name) => name in claimsOf(token)));
    };
    expect(await names({})).toEqual([[], []]);
    expect(await names({ checkAccessRevocation: true })).toEqual([['sid'], ['sid']]);
    expect(await names({ checkAccessRevocation: true, tokenFamilyEnabled: true })).toEqual([['family_id'], ['sid']]);
    expect(await names({ checkAccessRevocation: true, tokenFamilyEnabled: true, tokenFamilyCheckOnAccess: true })).toEqual([
      ['family_id'],
      ['family_id'],
    ]);
  });
});

describe('the user of a stateless request', () => {
  it('is made of the claims alone', async () => {
    const { service } = fixture();
    const token = sign({ ...CLAIMS, username: 'ada', is_staff: true, is_superuser: 'yes' });
    const answer = await service.authenticateStateless(bearer(token));
    expect(answer?.user).toEqual({
      id: '7',
      pk: '7',
      username: 'ada',
      isActive: true,
      isStaff: true,
      isSuperuser: false,
      isAuthenticated: true,
      isAnonymous: false,
      claims: claimsOf(token),
    });
    expect(answer?.claims).toEqual(claimsOf(token));
    const bare = await service.authenticateStateless(bearer(sign({ ...CLAIMS, username: 5 })));
    expect(bare?.user).toMatchObject({ username: '', isStaff: false });
  });

  it('is made by tokenUser, where that is set', async () => {
    const { service } = fixture({ tokenUser: (id, claims) => ({ id: `${id}!`, role: claims['role'] }) as never });
    expect((await service.authenticateStateless(bearer(sign({ ...CLAIMS, role: 'x' }))))?.user).toEqual({ id: '7!', role: 'x' });
  });
});

function methodsOf(store: ReturnType<typeof fixture>['store']) {
  return {
    epoch: store.epoch.bind(store),
    record: store.record.bind(store),
    rotate: store.rotate.bind(store),
    blacklist: store.blacklist.bind(store),
    revokeFamily: store.revokeFamily.bind(store),
    revokeUser: store.revokeUser.bind(store),
    sessions: store.sessions.bind(store),
    flushExpired: store.flushExpired.bind(store),
  };
}
