import { describe, expect, it, vi } from 'vitest';
import { memoryStore } from '../../src/adapters/storage/memory.ts';
import { recommended } from '../../src/application/config.ts';
import type { CallOptions } from '../../src/ports/crypto-provider.ts';
import type { Session } from '../../src/ports/session-store.ts';
import type { TokenStore } from '../../src/ports/token-store.ts';
import { ADA, bearer, claimsOf, fixture, listed, outcomeOf, refreshOf, type Fixture } from './fixture.ts';

type Method = 'epoch' | 'record' | 'rotate' | 'status' | 'blacklist' | 'revokeFamily' | 'revokeUser';
type Loss = 'before' | 'after';

/** A store that loses its connection for the next so many calls of a method: before it has heard them, or after it has done what they ask. */
function lossy() {
  const sound = memoryStore();
  const asked: (readonly [name: string, request: unknown])[] = [];
  let losing: { method: Method; loss: Loss; left: number } | undefined;
  const store = new Proxy(sound, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function' || name === 'sessions') return bound(member, target);
      return async (...given: readonly unknown[]): Promise<unknown> => {
        asked.push([String(name), structuredClone(given[0])]);
        const lost = losing?.method === name && losing.left-- > 0 ? losing.loss : undefined;
        if (lost === 'before') throw new Error('connection lost');
        const answer: unknown = Reflect.apply(member, target, given);
        if (lost === 'after') throw new Error('connection lost');
        return answer;
      };
    },
  });
  return {
    store,
    asked,
    lose(method: Method, loss: Loss, left = 1) {
      losing = { method, loss, left };
      asked.length = 0;
    },
  };
}

const bound = (member: unknown, target: object): unknown => (typeof member === 'function' ? member.bind(target) : member);

// a deadline that no pause of these comes near
const STRICT = { ...recommended, checkAccessRevocation: true, storeDeadlineSeconds: 30 } as const;

interface World extends Fixture {
  readonly pair: { readonly refresh: string; readonly access: string };
  readonly sliding: { readonly token: string };
}

async function withLosses(options = {}) {
  const network = lossy();
  const made = fixture({ ...STRICT, store: network.store, ...options });
  const world: World = { ...made, pair: await made.service.obtainPair(ADA), sliding: await made.service.obtainSliding(ADA) };
  return { ...world, network };
}

const both = ['before', 'after'] as const;

describe('a call whose outcome is unknown is made again, and', () => {
  it.each(both)('a refresh (lost %s it was decided) answers the one successor', async (loss) => {
    const { service, pair, network, log } = await withLosses();
    network.lose('rotate', loss, 2);
    const refresh = refreshOf(await service.refresh(pair.refresh));
    const requests = network.asked.map(([, request]) => request);
    expect(requests).toHaveLength(3);
    expect(requests).toEqual([requests[0], requests[0], requests[0]]); // its nonce too
    expect(requests[0]).toMatchObject({ attempt: claimsOf(refresh).jti });
    expect(log.filter(([name]) => name === 'refreshed')).toHaveLength(1);
    expect(log.filter(([name]) => name === 'storeError' || name === 'replayed')).toEqual([]);
    expect(claimsOf(refreshOf(await service.refresh(pair.refresh))).jti).toBe(claimsOf(refresh).jti);
    expect(await outcomeOf(service.refresh(refresh))).toBe('ok');
    expect(await listed(service.sessions(7))).toHaveLength(2);
  });

  it.each(both)('a refresh that spends nothing (lost %s) answers once', async (loss) => {
    const { service, pair, network } = await withLosses({ rotateRefreshTokens: false, blacklistAfterRotation: false });
    network.lose('rotate', loss);
    const { access } = await service.refresh(pair.refresh);
    expect(await outcomeOf(service.authenticate(bearer(access)))).toBe('ok');
    await service.blacklist(pair.refresh);
    expect(await outcomeOf(service.authenticate(bearer(access)))).toBe('revoked');
  });

  it.each(both)('a sliding refresh (lost %s) answers the renewed token', async (loss) => {
    const { service, sliding, network } = await withLosses({ authTokenTypes: ['sliding'] });
    network.lose('rotate', loss);
    const { token } = await service.refreshSliding(sliding.token);
    expect(await outcomeOf(service.authenticate(bearer(token)))).toBe('ok');
  });

  it.each(both)('a login (lost %s it was recorded) starts one session, which one logout ends', async (loss) => {
    const { service, network } = await withLosses();
    network.lose('record', loss);
    const { refresh, access } = await service.obtainPair(ADA);
    expect(await listed(service.sessions(7))).toHaveLength(3);
    await service.blacklist(refresh);
    expect(await outcomeOf(service.authenticate(bearer(access)))).toBe('revoked');
    expect(await listed(service.sessions(7))).toHaveLength(2);
  });

  it('a login whose user was revoked meanwhile starts none', async () => {
    const { service, store, network } = await withLosses();
    network.lose('record', 'after');
    const { record } = store;
    let first = true;
    const revoking: TokenStore = Object.assign(Object.create(store) as TokenStore, {
      async record(...args: Parameters<TokenStore['record']>) {
        if (!first) await service.revokeUser(7);
        first = false;
        return record(...args);
      },
    });
    const other = fixture({ ...STRICT, store: revoking });
    expect(await outcomeOf(other.service.obtainPair(ADA))).toBe('revoked');
    expect(await listed(service.sessions(7))).toEqual([]);
  });

  it.each(['epoch', 'status'] as const)('%s, which only reads, answers', async (method) => {
    const { service, pair, network } = await withLosses();
    network.lose(method, 'before', 2);
    expect(await outcomeOf(service.obtainPair(ADA))).toBe('ok');
    expect(await outcomeOf(service.verify(pair.access))).toBe('ok');
  });

  it.each(both)('a logout of the device, or of a listed session (lost %s), is told that it ended it', async (loss) => {
    const { service, pair, network, log } = await withLosses();
    const { refresh, access } = await service.obtainPair(ADA);
    network.lose('revokeFamily', loss);
    expect(await outcomeOf(service.blacklistFamily(pair.refresh))).toBe('ok');
    network.lose('revokeFamily', loss);
    expect(await outcomeOf(service.revokeFamily(claimsOf(refresh).family_id))).toBe('ok');
    for (const dead of [pair.access, access]) expect(await outcomeOf(service.authenticate(bearer(dead)))).toBe('family_revoked');
    expect(log.filter(([name]) => name === 'revoked')).toHaveLength(2);
    expect(await outcomeOf(service.blacklistFamily(pair.refresh))).toBe('family_revoked');
  });

  it('a logout of a token is refused as revoked if its first try did it: nobody can tell that from a token that was spent', async () => {
    const { service, pair, network } = await withLosses();
    network.lose('blacklist', 'before');
    const other = await service.obtainPair(ADA);
    expect(await outcomeOf(service.blacklist(other.refresh))).toBe('ok');
    network.lose('blacklist', 'after');
    expect(await outcomeOf(service.blacklist(pair.refresh))).toBe('revoked');
    expect(await outcomeOf(service.authenticate(bearer(pair.access)))).toBe('revoked');
    expect(await outcomeOf(service.refresh(pair.refresh))).toBe('revoked');
  });

  it.each(both)('a logout everywhere (lost %s) ends everything', async (loss) => {
    const { service, pair, sliding, network, log } = await withLosses();
    network.lose('revokeUser', loss);
    expect(await outcomeOf(service.revokeUser(7))).toBe('ok');
    expect(log.filter(([name]) => name === 'revoked')).toHaveLength(1);
    expect(await outcomeOf(service.refresh(pair.refresh))).toBe('revoked');
    expect(await outcomeOf(service.refreshSliding(sliding.token))).toBe('revoked');
    expect(await outcomeOf(service.obtainPair(ADA))).toBe('ok');
  });

  it.each(both)('a logout of all other sessions (lost %s) keeps the one', async (loss) => {
    const { service, pair, sliding, network } = await withLosses();
    network.lose('revokeUser', loss);
    expect(await outcomeOf(service.revokeOtherSessions(pair.refresh))).toBe('ok');
    expect(await outcomeOf(service.refreshSliding(sliding.token))).toBe('revoked');
    expect(await listed(service.sessions(7))).toEqual([claimsOf(pair.refresh).family_id]);
    expect(await outcomeOf(service.refresh(pair.refresh))).toBe('ok');
  });
});

describe('a store that stays away', () => {
  it('is asked until the deadline; the refusal, and the event, name what it failed with', async () => {
    const { service, pair, network, log } = await withLosses({ storeDeadlineSeconds: 0.5 });
    network.lose('rotate', 'before', Infinity);
    await expect(service.refresh(pair.refresh)).rejects.toMatchObject({
      code: 'store_unavailable',
      cause: new Error('connection lost'),
    });
    const asked = network.asked.length;
    expect(asked).toBeGreaterThan(1);
    expect(log.filter(([name]) => name === 'storeError')).toMatchObject([
      ['storeError', { operation: 'rotate', error: new Error('connection lost') }],
    ]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(network.asked).toHaveLength(asked);
  });

  it('is asked no more once the caller has gone', async () => {
    const { service, pair, network } = await withLosses();
    network.lose('rotate', 'before', Infinity);
    const caller = new AbortController();
    const refreshing = outcomeOf(service.refresh(pair.refresh, { signal: caller.signal }));
    await vi.waitUntil(() => network.asked.length > 0);
    caller.abort();
    expect(await refreshing).toBe('aborted');
    const asked = network.asked.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(network.asked).toHaveLength(asked);
  });

  it('is asked once to collect what has expired, and for each step of a listing', async () => {
    let calls = 0;
    const away = async () => {
      calls++;
      throw new Error('connection lost');
    };
    const iterator: AsyncIterator<Session> = { next: away };
    const store = { sessions: () => ({ [Symbol.asyncIterator]: () => iterator }), flushExpired: away };
    const { service } = fixture({ store: Object.assign(Object.create(memoryStore()) as TokenStore, store) });
    expect(await outcomeOf(service.flushExpired())).toBe('store_unavailable');
    expect(calls).toBe(1);
    expect(await outcomeOf(listed(service.sessions(7)))).toBe('store_unavailable');
    expect(calls).toBe(2);
  });
});

describe('a listing', () => {
  const hanging = () => {
    let options: CallOptions = {};
    async function* sessions(): AsyncGenerator<Session> {
      yield { id: 'a', createdAt: 0, lastUsedAt: 0, expiresAt: 1, metadata: {} } as Session;
      await new Promise<never>(() => undefined);
    }
    const listing = (_user: unknown, _now: unknown, given: CallOptions) => {
      options = given;
      return sessions();
    };
    const store = Object.assign(Object.create(memoryStore()) as TokenStore, { sessions: listing });
    return { store, signal: () => options.signal };
  };

  it('whose next step is late ends with 503, and the store hears of it', async () => {
    const { store, signal } = hanging();
    const { service } = fixture({ store, storeDeadlineSeconds: 0.02 });
    const seen: string[] = [];
    const walk = async () => {
      for await (const { id } of service.sessions(7)) {
        seen.push(id);
        expect(signal()?.aborted).toBe(false);
      }
    };
    expect(await outcomeOf(walk())).toBe('store_unavailable');
    expect(seen).toEqual(['a']);
    expect(signal()?.aborted).toBe(true);
  });

  it('that is broken off, or whose caller goes, ends for the store too', async () => {
    for (const how of ['break', 'abort'] as const) {
      const { store, signal } = hanging();
      const caller = new AbortController();
      const { service } = fixture({ store, storeDeadlineSeconds: 30 });
      const walk = async () => {
        for await (const { id } of service.sessions(7, { signal: caller.signal })) {
          expect(id).toBe('a');
          if (how === 'break') break;
          caller.abort();
        }
      };
      expect(await outcomeOf(walk())).toBe(how === 'break' ? 'ok' : 'aborted');
      expect(signal()?.aborted).toBe(true);
    }
  });
});
