import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyring } from '../../src/adapters/keys/keyring.ts';
import type { KeyringOptions } from '../../src/adapters/keys/keyring-options.ts';
import { memoryKeyStorage } from '../../src/adapters/keys/memory-key-storage.ts';
import { remoteJwks } from '../../src/adapters/keys/remote-jwks.ts';
import { nodeCrypto } from '../../src/adapters/crypto/node/provider.ts';
import type { TokenServiceOptions } from '../../src/create-token-service.ts';
import type { CryptoProvider } from '../../src/ports/crypto-provider.ts';
import type { KeyStorage } from '../../src/ports/key-storage.ts';
import { fakeClock } from '../../src/testing/fake-clock.ts';
import { ecPair } from '../key-pairs.ts';
import { ADA, fixture, headerOf, NOW, outcomeOf, refreshOf } from './fixture.ts';

const DAY = 86_400;

/** A service whose keys are a ring, on one clock. */
function ringed(options: Partial<TokenServiceOptions> = {}, ringOptions: Partial<KeyringOptions> = {}) {
  const clock = fakeClock(NOW);
  const algorithm = options.algorithm ?? 'ES256';
  const ring = keyring({ algorithm, rotateEvery: '30d', overlap: '2d', clock, ...ringOptions });
  return { ring, ...fixture({ algorithm, signingKey: undefined as never, keys: ring, ...options, clock }), clock };
}

describe('a service over a keyring', () => {
  it('signs with the primary of the moment, and takes the tokens of those before it', async () => {
    const { service, ring, clock } = ringed({ rotateRefreshTokens: true });
    await service.ready();
    const before = await service.obtainPair(ADA);
    await ring.rotate();
    clock.advance(3600);
    const after = refreshOf(await service.refresh(before.refresh));
    expect(headerOf(after)['kid']).not.toBe(headerOf(before.refresh)['kid']);
    for (const token of [before.refresh, after]) expect(await outcomeOf(service.verify(token))).toBe('ok');
    const listed = await ring.list();
    expect(listed.map(({ kid }) => kid)).toEqual([headerOf(before.refresh)['kid'], headerOf(after)['kid']]);
  });

  it('refuses the tokens of a withdrawn key at once, remembered ones too, and logs in with another', async () => {
    const { service, ring } = ringed({ verifiedTokenCache: true });
    const { access } = await service.obtainPair(ADA);
    for (let count = 0; count < 3; count++) expect(await outcomeOf(service.verify(access))).toBe('ok');
    await ring.withdraw(String(headerOf(access)['kid']));
    expect(await outcomeOf(service.verify(access))).toBe('key_unknown');
    expect(await outcomeOf(service.verify((await service.obtainPair(ADA)).access))).toBe('ok');
  });

  it('works with secrets, which are named in the header and never published', async () => {
    const { service, ring, clock } = ringed({ algorithm: 'HS256' });
    const before = await service.obtainPair(ADA);
    await ring.rotate();
    clock.advance(3600);
    const after = await service.obtainPair(ADA);
    for (const { refresh } of [before, after]) expect(await outcomeOf(service.verify(refresh))).toBe('ok');
    expect(await service.publicJwks()).toEqual({ keys: [] });
  });

  it('works with an asynchronous provider', async () => {
    const later: CryptoProvider = {
      ...nodeCrypto,
      importSigner: async (request) => nodeCrypto.importSigner(request),
      importVerifier: async (request) => nodeCrypto.importVerifier(request),
    };
    const { service } = ringed({ crypto: later });
    await service.ready();
    for (let count = 0; count < 3; count++)
      expect(await outcomeOf(service.verify((await service.obtainPair(ADA)).access))).toBe('ok');
  });

  it('takes the tokens of another issuer, and of a key it signed with before, beside its own', async () => {
    const [theirs, retired] = [ecPair('P-256'), ecPair('P-256')];
    const fetch = async () => Response.json({ keys: [{ ...theirs.publicKey.export({ format: 'jwk' }), kid: 'theirs' }] });
    const remote = remoteJwks('https://issuer.example/jwks', { fetch });
    const issuer = fixture({ algorithm: 'ES256', signingKey: { ...theirs.privateKey.export({ format: 'jwk' }), kid: 'theirs' } });
    const former = fixture({ algorithm: 'ES256', signingKey: retired.privateKey });
    const { ring } = ringed();
    const keys = {
      ...ring,
      candidates: async (hint: { alg: string; kid?: string | undefined }) => [
        ...(await ring.candidates(hint)),
        ...(await remote.candidates(hint)),
      ],
    };
    const { service } = ringed({ keys, verifyingKey: retired.publicKey });
    for (const made of [issuer.service, former.service, service])
      expect(await outcomeOf(service.verify((await made.obtainPair(ADA)).access))).toBe('ok');
  });

  it('publishes every key that verifies or soon will, public members only, each once', async () => {
    const { service, ring } = ringed({ verifyingKey: ecPair('P-256').publicKey });
    await service.ready();
    await ring.rotate();
    const { keys } = await service.publicJwks();
    const names = (await ring.list()).map(({ kid }) => kid);
    expect(keys.map(({ kid }) => kid)).toEqual([...names, expect.any(String)]);
    for (const key of keys) expect(Object.keys(key).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    await ring.withdraw(names[0] ?? '');
    expect((await service.publicJwks()).keys.map(({ kid }) => kid)).toEqual([names[1], expect.any(String)]);
  });

  it('lets a copy of the public keys live no longer than a key is published before it signs', async () => {
    expect(await ringed().service.keysMaxAgeSeconds()).toBe(300);
    expect(await ringed({}, { publishAhead: 100 }).service.keysMaxAgeSeconds()).toBe(50);
    expect(await fixture().service.keysMaxAgeSeconds()).toBe(300);
  });

  it('is 503 while the store of the keys is away, and that costs nobody a session', async () => {
    const memory = memoryKeyStorage();
    let away = false;
    const store: KeyStorage = {
      read() {
        if (away) throw new Error('connection refused');
        return memory.read();
      },
      replace: (text, version) => memory.replace(text, version),
    };
    const { service, clock } = ringed({ rotateRefreshTokens: true, blacklistAfterRotation: true }, { store });
    const { refresh } = await service.obtainPair(ADA);
    away = true;
    clock.advance(311);
    expect(await outcomeOf(service.refresh(refresh))).toBe('keys_unavailable');
    expect(await outcomeOf(service.obtainPair(ADA))).toBe('signer_unavailable');
    away = false;
    clock.advance(1);
    expect(await outcomeOf(service.refresh(refresh))).toBe('ok');
  });

  it('loses no token and takes no late one in a season of rotations', async () => {
    const { service, clock } = ringed({ refreshTokenLifetime: '1d' }, { rotateEvery: '7d', overlap: '1d' });
    const kids = new Set<unknown>();
    let last: { token: string; until: number } | undefined;
    for (let hour = 0; hour < 90 * 24; hour += 6) {
      const { refresh } = await service.obtainPair(ADA);
      kids.add(headerOf(refresh)['kid']);
      if (last !== undefined) expect(await outcomeOf(service.verify(last.token))).toBe('ok');
      if (last === undefined || clock() + 6 * 3600 >= last.until) last = { token: refresh, until: clock() + DAY };
      await new Promise(setImmediate); // keys are made in the background
      clock.advance(6 * 3600);
    }
    expect(kids.size).toBeGreaterThan(7);
  });
});

describe('a keyring that does not fit its service is refused at construction', () => {
  const ring = keyring({ algorithm: 'ES256', overlap: '1d' });

  it.each<[string, Partial<TokenServiceOptions>, string]>([
    ['another algorithm', { algorithm: 'ES384', keys: ring }, 'algorithm'],
    ['a signing key besides', { algorithm: 'ES256', keys: ring, signingKey: ecPair('P-256').privateKey }, 'signingKey'],
    ['tokens that live longer than keys verify', { algorithm: 'ES256', keys: ring, refreshTokenLifetime: '2d' }, 'keys'],
    ['a leeway that makes them', { algorithm: 'ES256', keys: ring, leeway: 1 }, 'keys'],
    ['nothing to key the fingerprint with', { algorithm: 'ES256', keys: ring, checkRevokeToken: true }, 'fingerprintKey'],
  ])('%s', (_what, options, option) => {
    const given = { signingKey: undefined as never, ...options };
    expect(() => fixture(given)).toThrow(expect.objectContaining({ name: 'ConfigError', option }));
  });

  it('and serves where a fingerprint has a key of its own', async () => {
    const { service } = ringed({ checkRevokeToken: true, fingerprintKey: randomBytes(32) });
    expect(await outcomeOf(service.refresh((await service.obtainPair(ADA)).refresh))).toBe('ok');
  });
});
