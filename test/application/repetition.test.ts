import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { repeated } from '../../src/application/repetition.ts';
import { ConfigError, TokenError } from '../../src/domain/errors.ts';

const LOST = new Error('connection lost');

/** A call that fails so many times, at once or later, and notes what it was told. */
function failing(times: number, how: 'at once' | 'later') {
  const told: boolean[] = [];
  const call = (again: boolean): string | Promise<string> => {
    told.push(again);
    if (told.length > times) return how === 'later' ? Promise.resolve('answer') : 'answer';
    if (how === 'later') return Promise.reject(LOST);
    throw LOST;
  };
  return { call, told };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a repeated call', () => {
  it('answers at once what is answered at once, and is made once', () => {
    const { call, told } = failing(0, 'at once');
    expect(repeated({}, call)).toBe('answer');
    expect(told).toEqual([false]);
  });

  it.each(['at once', 'later'] as const)('that fails %s is made again, and told so, until it is answered', async (how) => {
    const { call, told } = failing(3, how);
    const answer = repeated({}, call);
    await vi.runAllTimersAsync();
    expect(await answer).toBe('answer');
    expect(told).toEqual([false, true, true, true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('pauses for 10 ms, then twice as long each time, and for a fifth of a second at most', async () => {
    const { call, told } = failing(Infinity, 'later');
    const controller = new AbortController();
    const end = failureOf(repeated({ signal: controller.signal }, call));
    const tries = [];
    for (let ms = 0; ms <= 910; ms++) {
      const before = told.length;
      await vi.advanceTimersByTimeAsync(1);
      if (told.length > before) tries.push(ms + 1);
    }
    expect(tries).toEqual([10, 30, 70, 150, 310, 510, 710, 910]);
    controller.abort();
    expect(await end).toBe(LOST);
  });

  it('ends with the wait for it: nothing is made again, no timer and no listener is left', async () => {
    const { call, told } = failing(Infinity, 'later');
    const { signal, abort, listeners } = countedSignal();
    const waited = { signal, failure: undefined };
    const end = failureOf(repeated(waited, call));
    await vi.advanceTimersByTimeAsync(35);
    const made = told.length;
    expect(made).toBe(3);
    abort();
    expect(await end).toBe(LOST);
    expect(vi.getTimerCount()).toBe(0);
    expect(listeners()).toBe(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told).toHaveLength(made);
    expect(waited.failure).toBe(LOST);
  });

  it.each([new TokenError('store_full'), new TokenError('store_unavailable'), new ConfigError('invalid_option', 'file', 'no')])(
    'is not made again after $name, which is no failure: the first time or later',
    async (error) => {
      expect(() =>
        repeated({}, () => {
          throw error;
        }),
      ).toThrow(error);
      let calls = 0;
      const end = failureOf(repeated({}, async () => Promise.reject(calls++ === 0 ? LOST : error)));
      await vi.runAllTimersAsync();
      expect(await end).toBe(error);
      expect(calls).toBe(2);
    },
  );
});

/** What it rejects with; heard from the start, so that nothing is unhandled. */
async function failureOf(call: unknown): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    return error;
  }
}

function countedSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  let count = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    count++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    count--;
    removeEventListener.apply(signal, args);
  };
  return { signal, abort: () => controller.abort(), listeners: () => count };
}
