import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { nodeCrypto } from 'simplejwt/crypto/node';
import {
  createSigner,
  createVerifier,
  type KeyImporter,
  type KeySource,
  type SyncVerifier,
  type VerifierOptions,
} from 'simplejwt/jws';
import { remoteJwks } from 'simplejwt/keys';
import { revocationList } from 'simplejwt/storage/memory';
import { describe, expect, it } from 'vitest';
import { parseKey } from '../../src/domain/jose/key-material.ts';
import { ALGORITHMS } from '../../src/domain/jose/algorithms.ts';
import { fakeClock } from '../../src/testing/fake-clock.ts';
import { ADA, fixture } from './fixture.ts';

const NOW = 1_700_000_000;
const key = randomBytes(32);
const sign = createSigner({ algorithm: 'HS256', key });
const claims = { sub: '17', iat: NOW, exp: NOW + 300, jti: 'a1', roles: ['editor', { of: 'all' }] };

/** A crypto provider that counts how many signatures were checked. */
function counted() {
  let checks = 0;
  const counting = {
    ...nodeCrypto,
    importVerifier(request): SyncVerifier {
      const verifier = nodeCrypto.importVerifier(request);
      return { ...verifier, verify: (data, signature) => ((checks += 1), verifier.verify(data, signature)) };
    },
  } satisfies KeyImporter;
  return { crypto: counting, checks: () => checks };
}

/** A verifier with a cache over a clock. */
function cached(options: Omit<Partial<VerifierOptions>, 'key'> = {}) {
  const clock = fakeClock(NOW);
  const { crypto, checks } = counted();
  return {
    verify: createVerifier({ algorithms: ['HS256'], key, clock, crypto, verifiedTokenCache: true, ...options }),
    clock,
    checks,
  };
}

/** The same over a source of keys. */
function cachedOver(source: KeySource) {
  const { crypto, checks } = counted();
  const verify = createVerifier({ algorithms: ['HS256'], key: source, clock: () => NOW, crypto, verifiedTokenCache: true });
  return { verify, checks };
}

describe('a verified token', () => {
  it('is not verified again for a while', () => {
    const { verify, clock, checks } = cached();
    const token = sign(claims);
    expect(verify(token)).toEqual(claims);
    expect(verify(token)).toEqual(claims);
    expect(verify.try(` ${token}`.slice(1))).toEqual({ ok: true, claims, header: { alg: 'HS256', typ: 'JWT' } });
    expect(checks()).toBe(1);
    clock.advance(29);
    expect(verify(token)).toEqual(claims);
    expect(checks()).toBe(1);
    clock.advance(1);
    expect(verify(token)).toEqual(claims);
    expect(checks()).toBe(2);
  });

  it('is verified again by a clock that was set back', () => {
    const { verify, clock, checks } = cached();
    const token = sign(claims);
    clock.advance(10);
    verify(token);
    clock.advance(-1);
    verify(token);
    expect(checks()).toBe(2);
  });

  it('is verified each time without the option', () => {
    const { verify, checks } = cached({ verifiedTokenCache: false });
    const token = sign(claims);
    verify(token);
    verify(token);
    expect(checks()).toBe(2);
  });

  it('expires all the same, and becomes too old', () => {
    const { verify, clock } = cached({ maxAge: 20 });
    const short = sign({ ...claims, exp: NOW + 5 });
    const long = sign(claims);
    expect([verify.try(short).ok, verify.try(long).ok]).toEqual([true, true]);
    clock.advance(5);
    expect(verify.try(short)).toEqual({ ok: false, code: 'expired', claim: 'exp' });
    expect(verify.try(long).ok).toBe(true);
    clock.advance(16);
    expect(verify.try(long)).toEqual({ ok: false, code: 'expired', claim: 'iat' });
  });

  it('answers claims that nobody can change for others, at every depth, from the first time on', () => {
    const { verify } = cached();
    const token = sign(claims);
    for (const answered of [verify(token), verify(token)]) {
      expect(Object.isFrozen(answered)).toBe(true);
      expect(Object.isFrozen(answered['roles'])).toBe(true);
      expect(Object.isFrozen((answered['roles'] as unknown[])[1])).toBe(true);
    }
  });

  it('answers for itself alone: any other spelling, payload or signature is looked at', () => {
    const { verify } = cached();
    const token = sign(claims);
    verify(token);
    const [header, payload, signature] = token.split('.');
    const other = sign({ ...claims, sub: '18' });
    expect(verify.try([header, other.split('.')[1], signature].join('.')).ok).toBe(false);
    expect(verify.try([header, payload, other.split('.')[2]].join('.')).ok).toBe(false);
    for (let at = 0; at < token.length; at++) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect(verify.try(changed).ok).toBe(false);
      expect(verify.try(token.slice(0, at) + String.fromCharCode(token.charCodeAt(at) + 256) + token.slice(at + 1)).ok).toBe(
        false,
      );
    }
    for (const value of [undefined, null, 1, '', '.', 'a.b.c', [token], { toString: () => token }]) {
      expect(verify.try(value as never).ok).toBe(false);
    }
  });

  it('is one of so many at most, and the rest is verified', () => {
    const { verify, checks } = cached({ verifiedTokenCache: { maxEntries: 8, lifetime: '1m' } });
    const tokens = Array.from({ length: 50 }, (_, index) => sign({ ...claims, jti: `t${index}` }));
    for (const round of [1, 2]) for (const token of tokens) expect(verify(token)['jti'], `round ${round}`).toMatch(/^t/);
    expect(checks()).toBe(100);
    for (const token of tokens.slice(-8)) verify(token);
    expect(checks()).toBe(100);
  });

  it('is never one that was refused', () => {
    const { verify, checks } = cached();
    const forged = `${sign(claims).slice(0, -4)}AAAA`;
    verify.try(forged);
    verify.try(forged);
    expect(checks()).toBe(2);
  });
});

describe('isRevoked', () => {
  it('is asked each time, of a token verified before too', () => {
    const list = revocationList({ clock: () => NOW });
    const { verify, checks } = cached({ isRevoked: ({ jti }) => list.has(jti) });
    const token = sign(claims);
    expect(verify(token)).toEqual(claims);
    list.add('a1', NOW + 300);
    expect(verify.try(token)).toEqual({ ok: false, code: 'revoked' });
    expect(checks()).toBe(1);
  });

  it('is asked only of tokens that are good otherwise', () => {
    const asked: unknown[] = [];
    const verify = createVerifier({
      algorithms: ['HS256'],
      key,
      clock: () => NOW,
      isRevoked: ({ jti }) => (asked.push(jti), false),
    });
    verify.try(`${sign(claims).slice(0, -4)}AAAA`);
    verify.try(sign({ ...claims, exp: NOW }));
    expect(asked).toEqual([]);
    expect(verify(sign(claims))).toEqual(claims);
    expect(asked).toEqual(['a1']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('the list is gone');
      },
    ],
    ['answers later', async () => false],
    ['answers nothing', () => undefined],
    ['answers what is merely falsy', () => 0],
  ])('lets nobody in where it %s', (_, isRevoked) => {
    for (const verifiedTokenCache of [false, true]) {
      const { verify } = cached({ isRevoked: isRevoked as never, verifiedTokenCache });
      const token = sign(claims);
      expect([verify.try(token), verify.try(token)]).toMatchObject([
        { code: 'store_unavailable' },
        { code: 'store_unavailable' },
      ]);
    }
  });

  it('must be a function', () => {
    expect(() => cached({ isRevoked: true as never })).toThrow(expect.objectContaining({ option: 'isRevoked' }));
  });
});

describe('a change of keys', () => {
  const row = ALGORITHMS.get('HS256');
  const rows = row === undefined ? [] : [row];

  it('makes every token be verified again', async () => {
    let secret: Uint8Array = key;
    const source: KeySource = { candidates: () => [parseKey(secret, rows, 'key')], revision: () => secret };
    const { verify, checks } = cachedOver(source);
    const token = sign(claims);
    await verify(token);
    await verify(token);
    expect(checks()).toBe(1);
    secret = randomBytes(32);
    expect(await verify.try(token)).toEqual({ ok: false, code: 'signature' });
    secret = key;
    expect(await verify(token)).toEqual(claims);
    expect(checks()).toBe(3);
  });

  it('is looked for each time where the source cannot tell for now', async () => {
    const { verify, checks } = cachedOver({ candidates: () => [parseKey(key, rows, 'key')], revision: () => undefined });
    const token = sign(claims);
    await verify(token);
    await verify(token);
    expect(checks()).toBe(2);
  });

  it('while a token is being verified keeps it from being remembered', async () => {
    let secret: Uint8Array = key;
    let release = (): void => undefined;
    const source: KeySource = {
      revision: () => secret,
      async candidates() {
        const held = [parseKey(secret, rows, 'key')];
        await new Promise<void>((resolve) => (release = resolve));
        return held;
      },
    };
    const { verify, checks } = cachedOver(source);
    const token = sign(claims);
    const pending = verify(token);
    await Promise.resolve();
    secret = randomBytes(32); // withdrawn, after it was chosen
    const other = verify.try('a.b.c');
    release();
    expect(await pending).toEqual(claims);
    expect(await other).toMatchObject({ ok: false });
    const again = verify.try(token);
    await Promise.resolve();
    release();
    expect(await again).toEqual({ ok: false, code: 'signature' });
    expect(checks()).toBe(2);
  });

  it('must be told of', () => {
    expect(() => cachedOver({ candidates: () => [] })).toThrow(
      expect.objectContaining({ code: 'invalid_option', option: 'verifiedTokenCache' }),
    );
  });

  it('of a remote JWK Set is told of: a new document, one that is too old, none', async () => {
    const pairs = [1, 2].map(() =>
      generateKeyPairSync('ec', {
        namedCurve: 'P-256',
        publicKeyEncoding: { format: 'pem', type: 'spki' },
        privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
      }),
    );
    const clock = fakeClock(NOW);
    let served = 0;
    let requests = 0;
    const jwkOf = (pem: string) => ({ ...nodeCrypto.publicKey(parseKey(pem, [ALGORITHMS.get('ES256')!], 'key')).jwk, kid: 'k' });
    const fetch = async () => ((requests += 1), Response.json({ keys: [jwkOf(pairs[served]!.publicKey)] }));
    const source = remoteJwks('https://keys.example/jwks.json', { fetch, clock, maxAgeSeconds: 10 });
    const verify = createVerifier({ algorithms: ['ES256'], key: source, clock, verifiedTokenCache: true });
    const token = createSigner({ algorithm: 'ES256', key: pairs[0]!.privateKey, kid: 'k' })(claims);
    expect(source.revision?.()).toBeUndefined();
    expect(await verify(token)).toEqual(claims);
    expect(await verify(token)).toEqual(claims);
    expect(requests).toBe(1);
    served = 1;
    clock.advance(11); // the token would be kept for longer, but the key may have been withdrawn, and has been
    expect(await verify.try(token)).toEqual({ ok: false, code: 'signature' });
    expect(requests).toBe(2);
  });
});

describe('the option', () => {
  it.each([
    ['a number', 1],
    ['a text', 'yes'],
    ['null', null],
    ['a misspelt member', { maxTokens: 10 }],
    ['too few entries', { maxEntries: 1 }],
    ['too many', { maxEntries: 2 ** 21 }],
    ['a fraction', { maxEntries: 10.5 }],
    ['too long a lifetime', { lifetime: '2m' }],
    ['none', { lifetime: 0 }],
  ])('refuses %s', (_, verifiedTokenCache) => {
    expect(() => cached({ verifiedTokenCache: verifiedTokenCache as never })).toThrow(
      expect.objectContaining({ name: 'ConfigError' }),
    );
    expect(() => fixture({ verifiedTokenCache: verifiedTokenCache as never })).toThrow(
      expect.objectContaining({ name: 'ConfigError' }),
    );
  });
});

describe('a service that remembers verified tokens', () => {
  it('hears of every revocation at once', async () => {
    const { service } = fixture({ verifiedTokenCache: true, tokenFamilyEnabled: true, tokenFamilyCheckOnAccess: true });
    const { access, refresh } = await service.obtainPair(ADA);
    const headers = { authorization: `Bearer ${access}` };
    expect(await service.verify(access)).toEqual(await service.verify(access));
    expect(await service.authenticate(headers)).toMatchObject({ user: { id: 7 } });
    await service.verify(refresh);
    await service.blacklistFamily(refresh);
    await expect(service.verify(access)).rejects.toMatchObject({ code: 'family_revoked' });
    await expect(service.authenticate(headers)).rejects.toMatchObject({ code: 'family_revoked' });
    await expect(service.refresh(refresh)).rejects.toMatchObject({ code: 'family_revoked' });
  });

  it('still lets a token expire, and a sliding one be renewed after that', async () => {
    const { service, clock } = fixture({ verifiedTokenCache: { lifetime: 60 }, slidingTokenLifetime: 20 });
    const { token } = await service.obtainSliding(ADA);
    expect(await service.verify(token)).toMatchObject({ token_type: 'sliding' });
    clock.advance(20);
    await expect(service.verify(token)).rejects.toMatchObject({ code: 'expired' });
    expect((await service.refreshSliding(token)).token).not.toBe(token);
    await expect(service.verify(token)).rejects.toMatchObject({ code: 'expired' });
  });

  it('works beside keys in hand of either kind, and refuses sources that cannot tell', () => {
    expect(() => fixture({ verifiedTokenCache: true, keys: { candidates: () => [] } })).toThrow(
      expect.objectContaining({ option: 'verifiedTokenCache' }),
    );
    const { privateKey } = generateKeyPairSync('ed25519', {
      publicKeyEncoding: { format: 'pem', type: 'spki' },
      privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
    });
    expect(() => fixture({ verifiedTokenCache: true, algorithm: 'EdDSA', signingKey: privateKey })).not.toThrow();
  });
});
