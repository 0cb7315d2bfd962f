import { sign as opensslSign } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { memoryStore } from '../../src/adapters/storage/memory.ts';
import { recommended } from '../../src/application/config.ts';
import { TOKEN_TYPES } from '../../src/domain/token/token-type.ts';
import type { TokenStore } from '../../src/ports/token-store.ts';
import { ecPair } from '../key-pairs.ts';
import { ADA, bearer, fixture, outcomeOf, refreshOf } from './fixture.ts';

describe('a token type of the application', () => {
  it.each([
    [{ name: 'api', tokenClass: 'ApiToken', renewable: false }],
    [{ name: 'api', tokenClass: 'ApiToken', revocable: false, typed: 'yes', renewable: false }],
    [{ name: '', tokenClass: 'ApiToken', revocable: false, typed: true, renewable: false }],
    [{ name: 'api', revocable: false, typed: true, renewable: false }],
  ])('is refused when it is not complete: %j', (row) => {
    expect(() => fixture({ authTokenTypes: [row as never] })).toThrow(
      expect.objectContaining({ name: 'ConfigError', option: 'authTokenTypes' }),
    );
  });

  it('does not change under the service', async () => {
    const own = { name: 'api', tokenClass: 'ApiToken', revocable: false, typed: true, renewable: false };
    const { service } = fixture({ authTokenTypes: [own] });
    own.typed = false;
    expect(() => Object.assign(TOKEN_TYPES.access, { typed: false })).toThrow(TypeError);
    const { access } = await service.obtainPair(ADA);
    expect(await outcomeOf(service.authenticate(bearer(access)))).toBe('wrong_type');
  });
});

describe('a Signer of the application', () => {
  const { privateKey, publicKey } = ecPair('P-256');
  const der = { algorithm: 'ES256' as const, sign: (data: Uint8Array) => opensslSign('sha256', data, privateKey) };

  it('that answers DER costs nobody a session, and is found out by ready()', async () => {
    const { service } = fixture({ algorithm: 'ES256', signingKey: der, verifyingKey: publicKey });
    expect(await outcomeOf(service.obtainPair(ADA))).toBe('signer_unavailable');
    await expect(service.ready()).rejects.toMatchObject({ code: 'signer_unavailable' });
  });

  it('that signs with another key is found out by ready()', async () => {
    const other = { algorithm: 'HS256' as const, sign: () => new Uint8Array(32) };
    const { service } = fixture({ signingKey: other, verifyingKey: 'k'.repeat(32) });
    await expect(service.ready()).rejects.toMatchObject({ name: 'ConfigError', code: 'key_mismatch' });
  });
});

describe('a store of the application', () => {
  it.each<[string, Partial<TokenStore>, (made: ReturnType<typeof fixture>, refresh: string) => Promise<unknown>]>([
    ['record', { record: () => undefined as never }, ({ service }) => service.obtainPair(ADA)],
    ['rotate', { rotate: () => ({ outcome: 'yes' }) as never }, ({ service }, refresh) => service.refresh(refresh)],
    ['status', { status: () => 'fine' as never }, ({ service }, refresh) => service.verify(refresh)],
    ['blacklist', { blacklist: () => true as never }, ({ service }, refresh) => service.blacklist(refresh)],
    ['revokeFamily', { revokeFamily: () => undefined as never }, ({ service }) => service.revokeFamily('a')],
    ['revokeUser', { revokeUser: () => ({ outcome: 'done' }) as never }, ({ service }) => service.revokeUser(7)],
    [
      'revokeUser, of a token to keep,',
      { revokeUser: () => ({ outcome: 'kept_token_refused', status: 'active' }) },
      ({ service }, refresh) => service.revokeOtherSessions(refresh),
    ],
    ['epoch', { epoch: () => undefined as never }, ({ service }) => service.obtainPair(ADA)],
    ['epoch, with no number,', { epoch: () => Number.NaN }, ({ service }) => service.obtainSliding(ADA)],
  ])('that answers %s with what its port does not have counts as unavailable', async (_method, broken, call) => {
    const sound = memoryStore();
    const { refresh } = await fixture({ rotateRefreshTokens: true, store: sound }).service.obtainPair(ADA);
    const store = { ...bound(sound), ...broken };
    expect(await outcomeOf(call(fixture({ rotateRefreshTokens: true, store }), refresh))).toBe('store_unavailable');
  });
});

/** The methods of a store as members of their own, so that one of them can be replaced. */
function bound(store: TokenStore): TokenStore {
  return {
    epoch: (...of) => store.epoch(...of),
    record: (...of) => store.record(...of),
    rotate: (...of) => store.rotate(...of),
    status: (...of) => store.status(...of),
    blacklist: (...of) => store.blacklist(...of),
    revokeFamily: (...of) => store.revokeFamily(...of),
    revokeUser: (...of) => store.revokeUser(...of),
    sessions: (...of) => store.sessions(...of),
    flushExpired: (...of) => store.flushExpired(...of),
  };
}

describe('claims of a hook', () => {
  it.each([
    ['a function', () => ({ toJSON: () => ({ token_type: 'access', exp: 9e9 }) })],
    ['a list', () => ['a'] as never],
    ['text', () => 'claims' as never],
    ['nothing', () => undefined as never],
    ['a BigInt', () => ({ n: 1n })],
  ])('that are or hold %s are a ConfigError', async (_what, claims) => {
    const { service } = fixture({ claims });
    await expect(service.obtainPair(ADA)).rejects.toMatchObject({ name: 'ConfigError', option: 'claims' });
  });

  it('that make a token too long to be taken are a ConfigError, and spend nothing', async () => {
    let pad = '';
    const { service } = fixture({ ...recommended, claims: () => ({ pad }) });
    const { refresh } = await service.obtainPair(ADA);
    pad = 'x'.repeat(9000);
    await expect(service.refresh(refresh)).rejects.toMatchObject({ name: 'ConfigError', option: 'maxTokenBytes' });
    pad = '';
    expect(refreshOf(await service.refresh(refresh))).not.toBe('');
  });
});

describe('a wrong kind of token', () => {
  it('is told so, though it is on no record', async () => {
    const { service } = fixture(recommended);
    const { access } = await service.obtainPair(ADA);
    for (const call of [service.refresh, service.refreshSliding, service.blacklist, service.blacklistFamily]) {
      expect(await outcomeOf(call(access))).toBe('wrong_type');
    }
  });
});

describe('a polluted Object.prototype', () => {
  afterEach(() => {
    for (const name of ['jwkUrl', 'leeway', 'kid']) Reflect.deleteProperty(Object.prototype, name);
  });

  it('configures nothing', async () => {
    for (const [name, value] of Object.entries({ jwkUrl: 'http://evil.example', leeway: 3e9, kid: 'x' })) {
      // oxlint-disable-next-line no-extend-native -- that is the attack
      Object.defineProperty(Object.prototype, name, { value, enumerable: true, configurable: true, writable: true });
    }
    const { service, clock } = fixture();
    const { access } = await service.obtainPair(ADA);
    clock.advance(301);
    expect(await outcomeOf(service.verify(access))).toBe('expired');
  });
});

it.each<[string, Readonly<Record<string, unknown>>]>([
  ['keys', { keys: { keys: [] } }],
  ['refreshd', { events: { refreshd: () => undefined } }],
  ['events', { events: null }],
])('a wrong option (%s) is refused when the service is made', (option, options) => {
  expect(() => fixture(options as never)).toThrow(expect.objectContaining({ name: 'ConfigError', option }));
});
