import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../src/adapters/storage/memory.ts';
import { recommended } from '../../src/application/config.ts';
import { withStaleAnswers, type StatusCheck } from '../../src/application/status-check.ts';
import { TokenError } from '../../src/domain/errors.ts';
import type { TokenStatus } from '../../src/domain/family/token-family.ts';
import { parseJti } from '../../src/domain/token/token-id.ts';
import type { TokenRef } from '../../src/ports/rotation-store.ts';
import { asynchronous } from '../testing/async-store.ts';
import { ADA, bearer, fixture, NOW, outcomeOf } from './fixture.ts';

const jti = parseJti('jti');
if (jti === undefined) throw new Error('not a jti');
const token: TokenRef = { jti, user: undefined, family: undefined, iat: NOW, onRecord: false, retainUntil: NOW + 300 };
const away = () => new TokenError('store_unavailable');

/** Checks whose answers are given by hand, and both clocks. */
function staged(maxStalenessSeconds = 5) {
  const time = { wall: NOW, elapsed: 1_000 };
  const asked: ('patient' | 'once')[] = [];
  const pending: { resolve(status: TokenStatus): void; reject(error: unknown): void }[] = [];
  const check =
    (how: 'patient' | 'once'): StatusCheck =>
    () => {
      asked.push(how);
      return new Promise((resolve, reject) => void pending.push({ resolve, reject }));
    };
  const stale = withStaleAnswers({
    check: check('patient'),
    checkOnce: check('once'),
    maxStalenessSeconds,
    elapsedSeconds: () => time.elapsed,
  });
  const ask = () => Promise.resolve(stale.check(token, {}, time.wall, {}));
  return {
    ...stale,
    time,
    asked,
    ask,
    pending,
    async answer(status: TokenStatus | Error) {
      const outcome = ask();
      const [last] = pending.slice(-1);
      if (typeof status === 'string') last?.resolve(status);
      else last?.reject(status);
      return outcome;
    },
  };
}

describe('stale answers', () => {
  it('are as old as the question, not as the answer', async () => {
    const { time, ask, pending, answer } = staged();
    const slow = ask();
    time.wall += 4;
    time.elapsed += 4;
    pending[0]?.resolve('active');
    await slow;
    time.wall += 1;
    time.elapsed += 1;
    expect(await answer(away())).toBe('active');
    time.wall += 1;
    time.elapsed += 1;
    await expect(answer(away())).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  it('grow too old while a store is waited for that then fails', async () => {
    const { time, ask, pending, answer } = staged();
    await answer('active');
    const slow = ask();
    time.elapsed += 5.5;
    pending[1]?.reject(away());
    await expect(slow).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  it('grow no younger with a clock that is set back, to whatever time', async () => {
    const { time, answer } = staged();
    await answer('active');
    time.elapsed += 6;
    for (const wall of [NOW, NOW + 5, NOW - 5, NOW - 3600, NOW + 6]) {
      time.wall = wall;
      await expect(answer(away())).rejects.toMatchObject({ code: 'store_unavailable' });
    }
  });

  it('end with a clock that is set forth, such as that of a machine that slept', async () => {
    const { time, answer } = staged();
    await answer('active');
    time.wall += 6;
    await expect(answer(away())).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  it('are not those of questions asked earlier, which came later', async () => {
    const { time, ask, pending, answer } = staged();
    const early = ask();
    time.elapsed += 0.1;
    expect(await answer('revoked')).toBe('revoked');
    pending[0]?.resolve('active');
    expect(await early).toBe('active');
    expect(await answer(away())).toBe('revoked');
  });

  it('spare a known token the wait for a store that fails, and no other', async () => {
    const { time, answer, asked } = staged();
    await answer('active');
    await answer(away());
    time.wall += 6;
    await expect(answer(away())).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(asked).toEqual(['patient', 'once', 'patient']);
  });

  it('are given only where the store is away', async () => {
    const { answer } = staged();
    await answer('active');
    await expect(answer(new TokenError('aborted'))).rejects.toMatchObject({ code: 'aborted' });
  });

  it('end with the question where the bound is 0 seconds', async () => {
    const { time, answer } = staged(0);
    await answer('active');
    time.elapsed += 0.001;
    await expect(answer(away())).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});

it.each(['blacklist', 'rotate'] as const)(
  "what a service with 'allow-stale' knows is forgotten when a %s was repeated: its first try may have revoked, and nothing tells",
  async (method) => {
    const store = asynchronous(memoryStore());
    const { blacklist, rotate, status } = store;
    let trouble: 'cut' | 'away' | undefined;
    const lost = <Args extends unknown[], T>(call: (...args: Args) => Promise<T> | T) => {
      return async (...args: Args): Promise<T> => {
        const answer = await call(...args);
        if (trouble === 'cut') {
          trouble = undefined;
          throw new Error('connection lost');
        }
        return answer;
      };
    };
    Object.assign(store, {
      blacklist: lost(blacklist),
      rotate: lost(rotate),
      status: async (...args: Parameters<typeof status>) => {
        if (trouble === 'away') throw new Error('connection refused');
        return status(...args);
      },
    });
    const { service, clock } = fixture({
      ...recommended,
      checkAccessRevocation: true,
      onStoreError: 'allow-stale',
      storeDeadlineSeconds: 0.1,
      store,
    });
    const spent = await service.obtainPair(ADA);
    const { access } = await service.refresh(spent.refresh);
    clock.advance(recommended.refreshGraceSeconds);
    expect(await outcomeOf(service.authenticate(bearer(access)))).toBe('ok');
    trouble = 'cut';
    const call =
      method === 'rotate' ? service.refresh(spent.refresh) : service.blacklist((await service.obtainPair(ADA)).refresh);
    expect(await outcomeOf(call)).toBe('revoked'); // which is what reuse, and a logout, come to the second time
    trouble = 'away';
    expect(await outcomeOf(service.authenticate(bearer(access)))).toBe('store_unavailable');
  },
);
