import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../../src/adapters/crypto/node/provider.ts';
import { createSigner } from '../../src/jws.ts';
import { ADA, bearer, claimsOf, fixture, outcomeOf, refreshOf, SIGNING_KEY } from './fixture.ts';
import { ecPair, ed25519Pair, rsaPair } from '../key-pairs.ts';

const checking = { checkRevokeToken: true, rotateRefreshTokens: true, blacklistAfterRotation: true } as const;

describe('checkRevokeToken', () => {
  it('writes a keyed fingerprint of the credential into every token, in upper-case hex', async () => {
    const { service } = fixture(checking);
    const { refresh, access } = await service.obtainPair(ADA);
    const { token } = await service.obtainSliding(ADA);
    const mac = createHmac('sha256', SIGNING_KEY).update('simplejwt credential\0hash-1').digest('hex').toUpperCase();
    for (const one of [refresh, access, token]) expect(claimsOf(one)['hash_password']).toBe(mac);
    const answer = await service.refresh(refresh);
    for (const one of [answer.access, refreshOf(answer)]) expect(claimsOf(one)['hash_password']).toBe(mac);
  });

  it('writes nothing where it is off', async () => {
    const { access } = await fixture().service.obtainPair(ADA);
    expect(claimsOf(access)).not.toHaveProperty('hash_password');
  });

  it('refuses the tokens from before a password change, and logs a refresh token out that is presented', async () => {
    const { service, users } = fixture(checking);
    const { refresh, access } = await service.obtainPair(ADA);
    users.update('7', { credential: 'hash-2' });
    expect(await outcomeOf(service.authenticate(bearer(access)))).toBe('password_changed');
    await expect(service.refresh(refresh)).rejects.toMatchObject({
      code: 'password_changed',
      status: 401,
      message: "The user's password has been changed.",
    });
    expect(await outcomeOf(service.refresh(refresh))).toBe('revoked');
    users.update('7', { credential: 'hash-1' }); // the old password again: the token stays out
    expect(await outcomeOf(service.refresh(refresh))).toBe('revoked');
    expect(await outcomeOf(service.authenticate(bearer(access)))).toBe('ok');
  });

  it('refuses a token without the claim, as Simple JWT does', async () => {
    const { access, refresh } = await fixture().service.obtainPair(ADA);
    const { service } = fixture(checking);
    expect(await outcomeOf(service.authenticate(bearer(access)))).toBe('password_changed');
    expect(await outcomeOf(service.refresh(refresh))).toBe('password_changed');
  });

  it.each([5, null, '', 'x', ['x']])('refuses a claim that is %j', async (claim) => {
    const sign = createSigner({ algorithm: 'HS256', key: new TextEncoder().encode(SIGNING_KEY) });
    const { service } = fixture(checking);
    const { access } = await service.obtainPair(ADA);
    expect(await outcomeOf(service.authenticate(bearer(sign({ ...claimsOf(access), hash_password: claim }))))).toBe(
      'password_changed',
    );
  });

  it('has nothing to refuse a user for who has no credential', async () => {
    const { service, users } = fixture(checking);
    const { user, ...rest } = users.byId.get('7')!;
    const { credential: _, ...bare } = user;
    users.byId.set('7', { ...rest, user: bare });
    const { refresh, access } = await service.obtainPair(ADA);
    expect(claimsOf(access)).not.toHaveProperty('hash_password');
    expect(await outcomeOf(service.authenticate(bearer(access)))).toBe('ok');
    expect(await outcomeOf(service.refresh(refresh))).toBe('ok');
  });

  it('writes it under the name that is set', async () => {
    const { service, users } = fixture({ ...checking, revokeTokenClaim: 'pw' });
    const { access } = await service.obtainPair(ADA);
    expect(claimsOf(access)['pw']).toMatch(/^[0-9A-F]{64}$/);
    users.update('7', { credential: 'changed' });
    expect(await outcomeOf(service.authenticate(bearer(access)))).toBe('password_changed');
  });

  it("is Simple JWT's upper-case MD5 of the credential where that is asked for", async () => {
    const { service } = fixture({ ...checking, credentialFingerprint: 'md5', crypto: nodeCrypto });
    const { access } = await service.obtainPair(ADA);
    expect(claimsOf(access)['hash_password']).toBe(createHash('md5').update('hash-1').digest('hex').toUpperCase());
    expect(await outcomeOf(service.authenticate(bearer(access)))).toBe('ok');
  });

  it('is refused at construction where the provider has no MD5', () => {
    const { md5: _, ...crypto } = nodeCrypto;
    expect(() => fixture({ ...checking, credentialFingerprint: 'md5', crypto })).toThrow(
      expect.objectContaining({ code: 'unsupported_runtime', option: 'credentialFingerprint' }),
    );
  });

  it('is keyed by fingerprintKey where that is given, as text or bytes', async () => {
    const fingerprintKey = 'a key for fingerprints of more than 32 bytes';
    const mac = createHmac('sha256', fingerprintKey).update('simplejwt credential\0hash-1').digest('hex').toUpperCase();
    for (const key of [fingerprintKey, new TextEncoder().encode(fingerprintKey)]) {
      const { access } = await fixture({ ...checking, fingerprintKey: key }).service.obtainPair(ADA);
      expect(claimsOf(access)['hash_password']).toBe(mac);
    }
  });

  it('is refused at construction with a key too short', () => {
    for (const fingerprintKey of ['', 'short', new Uint8Array(31)]) {
      expect(() => fixture({ ...checking, fingerprintKey })).toThrow(expect.objectContaining({ name: 'ConfigError' }));
    }
  });

  it.each([
    ['RS256', () => rsaPair(2048), { crypto: nodeCrypto }], // not every provider has RSA
    ['ES256', () => ecPair('P-256'), {}],
    ['EdDSA', () => ed25519Pair(), {}],
  ] as const)('is keyed by an %s signing key, in whatever form it comes', async (algorithm, generate, options) => {
    const { privateKey } = generate();
    const forms = [
      privateKey,
      privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      privateKey.export({ format: 'jwk' }) as Readonly<Record<string, unknown>>,
    ];
    const prints = [];
    for (const signingKey of forms) {
      const { service } = fixture({ ...checking, ...options, algorithm, signingKey });
      const { access } = await service.obtainPair(ADA);
      expect(await outcomeOf(service.authenticate(bearer(access)))).toBe('ok');
      prints.push(claimsOf(access)['hash_password']);
    }
    expect(new Set(prints).size).toBe(1);
    expect(prints[0]).toMatch(/^[0-9A-F]{64}$/);
  });

  it('needs fingerprintKey where the signing key is not in hand', () => {
    const signer = nodeCrypto.importSigner({ algorithm: 'HS256', key: new TextEncoder().encode(SIGNING_KEY) });
    const options = { ...checking, signingKey: signer as never, verifyingKey: SIGNING_KEY };
    expect(() => fixture(options)).toThrow(expect.objectContaining({ code: 'missing_option', option: 'fingerprintKey' }));
    expect(() => fixture({ ...options, fingerprintKey: 'x'.repeat(32) })).not.toThrow();
  });
});
