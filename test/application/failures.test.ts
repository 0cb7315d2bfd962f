import { afterEach, describe, expect, it, vi } from 'vitest';
import { nodeCrypto } from '../../src/adapters/crypto/node/provider.ts';
import { memoryStore } from '../../src/adapters/storage/memory.ts';
import { recommended } from '../../src/application/config.ts';
import { TokenError } from '../../src/domain/errors.ts';
import type { TokenStore } from '../../src/ports/token-store.ts';
import type { TokenServiceOptions } from '../../src/create-token-service.ts';
import { createTokenService } from '../../src/index.ts';
import { asynchronous } from '../testing/async-store.ts';
import { ADA, bearer, claimsOf, fixture, listed, outcomeOf, refreshOf, SIGNING_KEY } from './fixture.ts';

type Trouble = 'none' | 'rejects' | 'throws' | 'hangs' | 'slow';

/** A store that can be in trouble. What it was asked before, it has done. */
function troubled(): { readonly store: TokenStore; trouble: Trouble } {
  const state = { trouble: 'none' as Trouble };
  const sound = memoryStore();
  const gap = async () => {
    if (state.trouble === 'rejects') throw new Error('connection reset');
    if (state.trouble === 'hangs') await new Promise<never>(() => undefined);
    if (state.trouble === 'slow') await new Promise((resolve) => setTimeout(resolve, 10));
  };
  const store = asynchronous(sound, gap);
  const { rotate, status } = store;
  store.rotate = (...args) => {
    if (state.trouble === 'throws') throw new Error('not connected');
    return rotate(...args);
  };
  store.status = (...args) => {
    if (state.trouble === 'throws') throw new Error('not connected');
    return status(...args);
  };
  return Object.assign(state, { store });
}

const DEADLINE = 0.02;
const strict = { ...recommended, checkAccessRevocation: true, storeDeadlineSeconds: DEADLINE } as const;

const withTrouble = async (options: Partial<TokenServiceOptions> = {}) => {
  const network = troubled();
  const made = fixture({ ...strict, store: network.store, ...options });
  return { ...made, network, pair: await made.service.obtainPair(ADA), sliding: await made.service.obtainSliding(ADA) };
};

describe('a store that fails', () => {
  it.each(['rejects', 'throws', 'hangs'] as const)(
    'and %s: refused with 503, nothing spent, the same token works afterwards',
    async (trouble) => {
      const { service, pair, network, log } = await withTrouble();
      network.trouble = trouble;
      await expect(service.refresh(pair.refresh)).rejects.toMatchObject({
        code: 'store_unavailable',
        status: 503,
        cause: expect.any(Error),
      });
      expect(await outcomeOf(service.authenticate(bearer(pair.access)))).toBe('store_unavailable');
      expect(await outcomeOf(service.authenticateStateless(bearer(pair.access)))).toBe('store_unavailable');
      expect(await outcomeOf(service.verify(pair.refresh))).toBe('store_unavailable');
      expect(log.filter(([name]) => name === 'storeError').map(([, event]) => event['operation'])).toEqual([
        'rotate',
        'status',
        'status',
        'status',
      ]);
      network.trouble = 'none';
      const answer = await service.refresh(pair.refresh);
      expect(await outcomeOf(service.refresh(refreshOf(answer)))).toBe('ok');
    },
  );

  it.each(['rejects', 'hangs'] as const)('and %s: every use-case fails closed with 503', async (trouble) => {
    const { service, pair, sliding, network, log } = await withTrouble();
    network.trouble = trouble;
    const calls: Readonly<Record<string, () => Promise<unknown>>> = {
      obtainPair: () => service.obtainPair(ADA),
      obtainSliding: () => service.obtainSliding(ADA),
      issuePair: () => service.issuePair({ id: 7, isActive: true }),
      issueSliding: () => service.issueSliding({ id: 7, isActive: true }),
      refresh: () => service.refresh(pair.refresh),
      refreshSliding: () => service.refreshSliding(sliding.token),
      blacklist: () => service.blacklist(pair.refresh),
      blacklistFamily: () => service.blacklistFamily(pair.refresh),
      revokeFamily: () => service.revokeFamily('family'),
      revokeUser: () => service.revokeUser(7),
      revokeOtherSessions: () => service.revokeOtherSessions(pair.refresh),
      sessions: () => listed(service.sessions(7)),
      flushExpired: () => service.flushExpired(),
    };
    for (const [name, call] of Object.entries(calls))
      expect([name, await outcomeOf(call())]).toEqual([name, 'store_unavailable']);
    expect(log.filter(([name]) => name === 'storeError')).toHaveLength(Object.keys(calls).length);
    network.trouble = 'none';
    expect(await outcomeOf(service.refresh(pair.refresh))).toBe('ok');
    expect(await outcomeOf(service.refreshSliding(sliding.token))).toBe('ok');
  });

  it('and is slow, but in time, is waited for', async () => {
    const { service, pair, network } = await withTrouble({ storeDeadlineSeconds: 10 });
    network.trouble = 'slow';
    expect(await outcomeOf(service.refresh(pair.refresh))).toBe('ok');
  });

  it('hears of it: its signal is aborted at the deadline', async () => {
    const { store } = troubled();
    let signal: AbortSignal | undefined;
    store.status = (_query, options) => {
      signal = options.signal;
      return new Promise(() => undefined);
    };
    const { service } = fixture({ ...strict, store });
    const { access } = await service.obtainPair(ADA);
    const started = performance.now();
    expect(await outcomeOf(service.verify(access))).toBe('store_unavailable');
    expect(signal?.aborted).toBe(true);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('late is not heard: what it answers or rejects with afterwards changes nothing', async () => {
    const { store } = troubled();
    let reject: (error: Error) => void = () => undefined;
    store.status = () => new Promise((_resolve, fail) => (reject = fail));
    const { service } = fixture({ ...strict, store });
    const { access } = await service.obtainPair(ADA);
    expect(await outcomeOf(service.verify(access))).toBe('store_unavailable');
    reject(new Error('too late')); // would end the process, were it unhandled
    await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('after it has applied a rotation: a retry inside the grace window gets the successor', async () => {
    const network = troubled();
    const { rotate } = network.store;
    let cut = true;
    network.store.rotate = async (...args) => {
      const outcome = await rotate(...args);
      if (cut) throw new Error('connection reset');
      return outcome;
    };
    const { service } = fixture({ ...strict, store: network.store });
    const { refresh } = await service.obtainPair(ADA);
    expect(await outcomeOf(service.refresh(refresh))).toBe('store_unavailable');
    cut = false;
    const answer = await service.refresh(refresh);
    expect(await outcomeOf(service.refresh(refreshOf(answer)))).toBe('ok');
  });

  it('after it has applied a rotation: a retry after the grace window is reuse, and ends the family', async () => {
    const network = troubled();
    const { rotate } = network.store;
    let cut = true;
    network.store.rotate = async (...args) => {
      const outcome = await rotate(...args);
      if (cut) throw new Error('connection reset');
      return outcome;
    };
    const { service, clock, log } = fixture({ ...strict, store: network.store });
    const { refresh } = await service.obtainPair(ADA);
    expect(await outcomeOf(service.refresh(refresh))).toBe('store_unavailable');
    cut = false;
    clock.advance(recommended.refreshGraceSeconds);
    expect(await outcomeOf(service.refresh(refresh))).toBe('reused');
    expect(log.at(-1)).toMatchObject(['reused', { kind: 'late_retry', familyEnded: true }]);
    expect(await listed(service.sessions(7))).toEqual([]);
    expect(await outcomeOf(service.obtainPair(ADA))).toBe('ok');
  });

  it('that is full says so: store_full, 503, and observers hear of it', async () => {
    const { service, log } = fixture({ store: memoryStore({ maxRecords: 2 }) });
    const { refresh } = await service.obtainPair(ADA);
    await expect(service.obtainPair(ADA)).rejects.toMatchObject({ code: 'store_full', status: 503 });
    expect(log.at(-1)).toEqual(['storeError', expect.objectContaining({ operation: 'record' })]);
    expect(await outcomeOf(service.refresh(refresh))).toBe('ok');
  });

  it('that lost its data refuses with requireOutstanding, instead of forgetting revocations', async () => {
    const before = fixture(strict);
    const { refresh, access } = await before.service.obtainPair(ADA);
    await before.service.blacklist(refresh);
    const after = fixture(strict).service;
    expect(await outcomeOf(after.refresh(refresh))).toBe('unknown_token');
    expect(await outcomeOf(after.authenticate(bearer(access)))).toBe('unknown_token');
    expect(await outcomeOf(after.verify(refresh))).toBe('unknown_token');
    const lenient = fixture({ ...strict, requireOutstanding: false }).service;
    expect(await outcomeOf(lenient.refresh(refresh))).toBe('ok');
  });

  it('matters not to a check that needs none', async () => {
    const { service, pair, network } = await withTrouble({ tokenFamilyCheckOnAccess: false, checkAccessRevocation: false });
    network.trouble = 'rejects';
    expect(await outcomeOf(service.authenticate(bearer(pair.access)))).toBe('ok');
  });
});

describe("onStoreError: 'allow-stale'", () => {
  const stale = { onStoreError: 'allow-stale', maxStalenessSeconds: 5 } as const;

  it('serves access checks the last answer known for this token, for so many seconds', async () => {
    const { service, pair, clock, network, log } = await withTrouble(stale);
    await service.authenticate(bearer(pair.access));
    network.trouble = 'rejects';
    for (const age of [0, 5]) {
      clock.advance(age);
      expect((await service.authenticate(bearer(pair.access)))?.user.id).toBe(7);
      expect((await service.authenticateStateless(bearer(pair.access)))?.user.id).toBe('7');
    }
    clock.advance(1);
    expect(await outcomeOf(service.authenticate(bearer(pair.access)))).toBe('store_unavailable');
    expect(log.filter(([name]) => name === 'storeError')).toHaveLength(5); // never silent
  });

  it('serves no token it knows nothing of, and no other use-case', async () => {
    const { service, pair, network } = await withTrouble(stale);
    await service.verify(pair.access);
    network.trouble = 'rejects';
    expect(await outcomeOf(service.authenticate(bearer(pair.access)))).toBe('store_unavailable');
    network.trouble = 'none';
    await service.authenticate(bearer(pair.access));
    network.trouble = 'rejects';
    for (const call of [service.verify(pair.access), service.refresh(pair.refresh), service.verify(pair.refresh)]) {
      expect(await outcomeOf(call)).toBe('store_unavailable');
    }
  });

  it('remembers a refusal too', async () => {
    const { service, pair, network } = await withTrouble(stale);
    await service.revokeUser(7);
    expect(await outcomeOf(service.authenticate(bearer(pair.access)))).toBe('revoked');
    network.trouble = 'rejects';
    expect(await outcomeOf(service.authenticate(bearer(pair.access)))).toBe('revoked');
  });

  it('is over with a clock that is set back', async () => {
    const { service, pair, clock, network } = await withTrouble({ ...stale, leeway: 60 });
    await service.authenticate(bearer(pair.access));
    network.trouble = 'rejects';
    clock.advance(-6);
    expect(await outcomeOf(service.authenticate(bearer(pair.access)))).toBe('store_unavailable');
  });

  it.each(['blacklist', 'blacklistFamily', 'revokeFamily', 'revokeUser', 'reuse'] as const)(
    'forgets what it knew after a local %s',
    async (how) => {
      const { service, pair, network, clock } = await withTrouble(stale);
      const other = how === 'reuse' ? refreshOf(await service.refresh(pair.refresh)) : '';
      await service.authenticate(bearer(pair.access));
      if (how === 'blacklist') await service.blacklist(pair.refresh);
      if (how === 'blacklistFamily') await service.blacklistFamily(pair.refresh);
      if (how === 'revokeFamily') await service.revokeFamily(claimsOf(pair.refresh).family_id);
      if (how === 'revokeUser') await service.revokeUser(7);
      if (how === 'reuse') {
        await service.refresh(other);
        await outcomeOf(service.refresh(pair.refresh));
      }
      network.trouble = 'rejects';
      clock.advance(1);
      expect(await outcomeOf(service.authenticate(bearer(pair.access)))).toBe('store_unavailable');
    },
  );

  it('does not remember an answer from before a revocation that came while it was on its way', async () => {
    const network = troubled();
    const { status } = network.store;
    let answered: (() => void) | undefined;
    let wait = false;
    network.store.status = async (...args) => {
      const answer = await status(...args);
      if (wait) await new Promise<void>((resolve) => (answered = resolve));
      return answer;
    };
    const { service } = fixture({ ...strict, ...stale, storeDeadlineSeconds: 1, store: network.store });
    const { access } = await service.obtainPair(ADA);
    wait = true;
    const check = service.authenticate(bearer(access));
    await vi.waitUntil(() => answered);
    await service.revokeUser(7);
    answered?.();
    await check; // began before the revocation was answered
    wait = false;
    network.trouble = 'rejects';
    expect(await outcomeOf(service.authenticate(bearer(access)))).toBe('store_unavailable');
  });

  it('is bounded: the oldest of very many answers go first', async () => {
    const { service, pair, network } = await withTrouble(stale);
    await service.authenticate(bearer(pair.access));
    for (let count = 0; count < 10_000; count++) {
      const { access } = await service.issuePair({ id: 7, isActive: true });
      await service.authenticateStateless(bearer(access));
    }
    network.trouble = 'rejects';
    expect(await outcomeOf(service.authenticate(bearer(pair.access)))).toBe('store_unavailable');
  }, 20_000);
});

describe('a signer that fails', () => {
  const verifyingKey = SIGNING_KEY;
  const rotating = { rotateRefreshTokens: true, blacklistAfterRotation: true, verifyingKey } as const;

  it('costs no session: 503, nothing recorded or spent, the same token works afterwards', async () => {
    const sound = nodeCrypto.importSigner({ algorithm: 'HS256', key: new TextEncoder().encode(SIGNING_KEY) });
    let away: 'throws' | 'rejects' | undefined;
    const signer = {
      algorithm: 'HS256' as const,
      async sign(data: Uint8Array) {
        if (away === 'rejects') throw new Error('the KMS is away');
        return sound.sign(data);
      },
    };
    const throwing = {
      ...signer,
      sign(data: Uint8Array) {
        if (away === 'throws') throw new Error('the KMS is away');
        return signer.sign(data);
      },
    };
    const { service } = fixture({ ...rotating, signingKey: throwing });
    const { refresh } = await service.obtainPair(ADA);
    for (const how of ['throws', 'rejects'] as const) {
      away = how;
      await expect(service.refresh(refresh)).rejects.toMatchObject({
        code: 'signer_unavailable',
        status: 503,
        cause: expect.any(Error),
      });
      expect(await outcomeOf(service.obtainPair(ADA))).toBe('signer_unavailable');
      expect(await outcomeOf(service.obtainSliding(ADA))).toBe('signer_unavailable');
      away = undefined;
      expect(await listed(service.sessions(7))).toHaveLength(1);
    }
    expect(await outcomeOf(service.refresh(refresh))).toBe('ok');
  });

  it('between the access token and its successor spends nothing either', async () => {
    const sound = nodeCrypto.importSigner({ algorithm: 'HS256', key: new TextEncoder().encode(SIGNING_KEY) });
    let left = Infinity;
    const signer = {
      algorithm: 'HS256' as const,
      sign(data: Uint8Array) {
        if (left-- <= 0) throw new Error('the KMS is away');
        return sound.sign(data);
      },
    };
    const { service } = fixture({ ...rotating, signingKey: signer });
    const { refresh } = await service.obtainPair(ADA);
    left = 1;
    expect(await outcomeOf(service.refresh(refresh))).toBe('signer_unavailable');
    left = Infinity;
    expect(await outcomeOf(service.refresh(refresh))).toBe('ok');
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('and hangs is given up on after 5 seconds', async () => {
    vi.useFakeTimers();
    let signal: AbortSignal | undefined;
    const signer = {
      algorithm: 'HS256' as const,
      sign: (_data: Uint8Array, options?: { readonly signal?: AbortSignal }) => {
        signal = options?.signal;
        return new Promise<Uint8Array>(() => undefined);
      },
    };
    const { service } = fixture({ signingKey: signer, verifyingKey });
    const outcome = outcomeOf(service.obtainPair(ADA));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await outcome).toBe('signer_unavailable');
    expect(signal?.aborted).toBe(true);
  });

  it('is absent from a service that only verifies: to issue is a ConfigError', async () => {
    const { access } = await fixture().service.obtainPair(ADA);
    const { options } = fixture();
    const { signingKey: _, ...rest } = options;
    const service = createTokenService({ ...rest, verifyingKey });
    expect(await outcomeOf(service.verify(access))).toBe('ok');
    await expect(service.obtainPair(ADA)).rejects.toMatchObject({ name: 'ConfigError', option: 'signingKey' });
  });
});

describe('a user repository that fails', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('database away');
      },
    ],
    ['rejects', () => Promise.reject(new Error('database away'))],
  ])('and %s: users_unavailable (503), nothing spent', async (_how, fail) => {
    const { service, users } = fixture({ rotateRefreshTokens: true, blacklistAfterRotation: true, updateLastLogin: true });
    const { refresh, access } = await service.obtainPair(ADA);
    const { token } = await service.obtainSliding(ADA);
    const sound = { ...users };
    Object.assign(users, { authenticate: fail, findById: fail });
    await expect(service.obtainPair(ADA)).rejects.toMatchObject({
      code: 'users_unavailable',
      status: 503,
      cause: expect.any(Error),
    });
    for (const call of [service.refresh(refresh), service.refreshSliding(token), service.authenticate(bearer(access))]) {
      expect(await outcomeOf(call)).toBe('users_unavailable');
    }
    expect(await outcomeOf(service.authenticateStateless(bearer(access)))).toBe('ok');
    Object.assign(users, sound);
    expect(await outcomeOf(service.refresh(refresh))).toBe('ok');
    users.recordLogin = fail;
    expect(await outcomeOf(service.obtainPair(ADA))).toBe('users_unavailable');
  });

  it('may refuse with a TokenError of its own', async () => {
    const { service, users } = fixture();
    users.authenticate = () => Promise.reject(new TokenError('user_inactive'));
    expect(await outcomeOf(service.obtainPair(ADA))).toBe('user_inactive');
  });
});

describe('an aborted call', () => {
  it('rejects with aborted before anything is asked', async () => {
    const { service } = fixture();
    const { refresh, access } = await service.obtainPair(ADA);
    const context = { signal: AbortSignal.abort(new Error('gone')) };
    const calls = [
      service.obtainPair(ADA, context),
      service.issuePair({ id: 7, isActive: true }, context),
      service.refresh(refresh, context),
      service.refreshSliding(refresh, context),
      service.verify(access, context),
      service.authenticate(bearer(access), context),
      service.authenticateStateless(bearer(access), context),
      service.blacklist(refresh, context),
      service.blacklistFamily(refresh, context),
      service.revokeFamily('x', context),
      service.revokeUser(7, context),
      service.revokeOtherSessions(refresh, context),
      service.flushExpired(context),
      listed(service.sessions(7, context)),
    ];
    for (const call of calls)
      await expect(call).rejects.toMatchObject({ code: 'aborted', status: 503, cause: new Error('gone') });
    expect(await outcomeOf(service.refresh(refresh))).toBe('ok');
  });

  it('stops waiting for the store, the users and the signer', async () => {
    let reached = false;
    const hanging = () => {
      reached = true;
      return new Promise<never>(() => undefined);
    };
    const waiters: Partial<TokenServiceOptions>[] = [
      { store: { ...asynchronous(memoryStore()), epoch: hanging } },
      { store: { ...asynchronous(memoryStore()), record: hanging } },
      { users: { authenticate: hanging, findById: hanging } },
      { signingKey: { algorithm: 'HS256', sign: hanging }, verifyingKey: SIGNING_KEY },
    ];
    for (const options of waiters) {
      reached = false;
      const controller = new AbortController();
      const outcome = outcomeOf(
        fixture({ storeDeadlineSeconds: 60, ...options }).service.obtainPair(ADA, { signal: controller.signal }),
      );
      await vi.waitUntil(() => reached);
      controller.abort();
      expect(await outcome).toBe('aborted');
    }
  });

  it('leaves no listener on the signal of the caller', async () => {
    const { service } = fixture({ store: asynchronous(memoryStore()) });
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => (
      listeners++,
      addEventListener.apply(signal, args)
    );
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => (
      listeners--,
      removeEventListener.apply(signal, args)
    );
    const { refresh } = await service.obtainPair(ADA, { signal });
    await service.refresh(refresh, { signal });
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(listeners).toBe(0);
  });
});
