import { afterEach, describe, expect, it, vi } from 'vitest';
import { memoryStore } from '../../src/adapters/storage/memory.ts';
import type { TokenService } from '../../src/application/token-service.ts';
import { createTokenService } from '../../src/index.ts';
import { asynchronous } from '../testing/async-store.ts';
import { ADA, fixture, SIGNING_KEY } from './fixture.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("Node's defaults", () => {
  it('are a store in memory, of which one warning tells, the system clock, and nobody who could log in', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const services = [1, 2].map(() => createTokenService({ signingKey: SIGNING_KEY }));
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('lost on restart'), 'SimplejwtWarning');
    const { access } = (await services[0]?.issuePair({ id: 1, isActive: true })) ?? { access: '' };
    const claims = await services[0]?.verify(access);
    expect(Math.abs(Number(claims?.['iat']) - Date.now() / 1000)).toBeLessThan(5);
    await expect(services[0]?.obtainPair({ username: 'a', password: 'b' })).rejects.toMatchObject({ code: 'no_active_account' });
  });

  it('warn of nothing where a store is given', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    createTokenService({ signingKey: SIGNING_KEY, store: memoryStore() });
    expect(warn).not.toHaveBeenCalled();
  });
});

describe('a service', () => {
  it('is frozen, and shows its configuration', () => {
    const { service } = fixture();
    expect(Object.isFrozen(service)).toBe(true);
    expect(service.config.accessTokenLifetime).toBe(300);
  });

  it('reckons in whole seconds, whatever fractions its clock has', async () => {
    const { service } = fixture({ clock: () => 1_700_000_000.9 });
    const { access } = await service.issuePair({ id: 7, isActive: true });
    expect(await service.verify(access)).toMatchObject({ iat: 1_700_000_000, exp: 1_700_000_300 });
  });
});

describe("errors: 'full'", () => {
  const stackOf = async (service: TokenService) => {
    async function someCaller() {
      await service.verify('a.b.c');
    }
    return someCaller().then(
      () => undefined,
      (error: unknown) => (error as Error).stack,
    );
  };

  it('gives refusals the stack trace of the caller, which they lack without it', async () => {
    expect(await stackOf(fixture().service)).toBe('TokenError: Token is invalid');
    expect(await stackOf(fixture({ errors: 'full' }).service)).toMatch(
      /^TokenError: Token is invalid\n[^]* at (?:async )?someCaller/,
    );
  });

  it('leaves what is answered alone', async () => {
    const { service } = fixture({ errors: 'full' });
    const { access } = await service.obtainPair(ADA);
    expect(await service.verify(access)).toMatchObject({ token_type: 'access' });
    const sessions = [];
    for await (const session of service.sessions(7)) sessions.push(session);
    expect(sessions).toHaveLength(1);
    await service[Symbol.asyncDispose]();
  });
});

describe('a clock', () => {
  it.each([NaN, Infinity, undefined])('that answers %s is refused: nothing would ever expire', async (reading) => {
    const { service, options } = fixture();
    const { access } = await service.issuePair({ id: 7, isActive: true });
    const lost = fixture({ ...options, clock: () => reading as number }).service;
    for (const call of [lost.verify(access), lost.issuePair({ id: 7, isActive: true }), lost.revokeUser(7)]) {
      await expect(call).rejects.toMatchObject({ name: 'ConfigError', option: 'clock' });
    }
  });
});

describe('flushIntervalSeconds', () => {
  const flushing = (options: Parameters<typeof fixture>[0] = {}) => {
    const { expiresNatively: _, ...store } = asynchronous(memoryStore());
    let flushes = 0;
    const counted = { ...store, flushExpired: () => ++flushes };
    return { ...fixture({ store: counted, flushIntervalSeconds: 10, ...options }), flushes: () => flushes };
  };

  it('collects what a store does not by itself, until the service is disposed of', async () => {
    vi.useFakeTimers();
    const { service, flushes } = flushing();
    await vi.advanceTimersByTimeAsync(35_000);
    expect(flushes()).toBe(3);
    await service[Symbol.asyncDispose]();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(flushes()).toBe(3);
  });

  it('keeps no process alive', () => {
    const timers = vi.spyOn(globalThis, 'setInterval');
    flushing();
    const timer = timers.mock.results[0]?.value as NodeJS.Timeout;
    expect(timer.hasRef()).toBe(false);
    clearInterval(timer);
  });

  it('goes on after a failure, which observers hear of', async () => {
    vi.useFakeTimers();
    const { expiresNatively: _, ...store } = asynchronous(memoryStore());
    const away = { ...store, flushExpired: () => Promise.reject(new Error('away')) };
    const { service, log } = fixture({ store: away, flushIntervalSeconds: 10 });
    await vi.advanceTimersByTimeAsync(25_000);
    expect(log.map(([name, event]) => [name, event['operation']])).toEqual([
      ['storeError', 'flushExpired'],
      ['storeError', 'flushExpired'],
    ]);
    await service[Symbol.asyncDispose]();
  });

  it('starts no timer for a store whose records go by themselves, nor where it is not set', () => {
    const timers = vi.spyOn(globalThis, 'setInterval');
    fixture({ flushIntervalSeconds: 10 });
    flushing({ flushIntervalSeconds: undefined as never });
    expect(timers).not.toHaveBeenCalled();
  });
});
