import { describe, expect, it } from 'vitest';
import { within } from '../../src/application/deadline.ts';
import type { CallOptions } from '../../src/ports/crypto-provider.ts';

const SOON = { seconds: 0.01, signal: undefined, code: 'store_unavailable' } as const;

describe('a call within a deadline', () => {
  it('answers at once what is answered at once, and throws at once what is thrown', () => {
    expect(within(SOON, () => 'at once')).toBe('at once');
    expect(() =>
      within(SOON, () => {
        throw new Error('broken');
      }),
    ).toThrow(expect.objectContaining({ name: 'TokenError', code: 'store_unavailable' }));
  });

  it('is not made where the caller has aborted before', () => {
    let calls = 0;
    expect(() => within({ ...SOON, signal: AbortSignal.abort() }, () => (calls += 1))).toThrow(
      expect.objectContaining({ code: 'aborted' }),
    );
    expect(calls).toBe(0);
  });

  it('is given one signal, however often it is read', () => {
    const read = within(SOON, (options) => [options.signal, options.signal]);
    expect(read).toEqual([expect.any(AbortSignal), expect.any(AbortSignal)]);
    expect(within(SOON, (options) => options.signal === options.signal)).toBe(true);
  });

  it.each<[string, (options: CallOptions) => unknown]>([
    ['read before', (options) => options.signal],
    ['never read before', () => undefined],
  ])('is late: its signal, %s, is found aborted', async (_when, prepare) => {
    let given: CallOptions = {};
    const late = within(SOON, (options) => {
      given = options;
      prepare(options);
      return new Promise(() => {});
    });
    await expect(late).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(given.signal?.aborted).toBe(true);
    expect(given.signal?.reason).toMatchObject({ code: 'store_unavailable' });
  });

  it('ends with the caller, and ends the call', async () => {
    const caller = new AbortController();
    let given: CallOptions = {};
    const pending = within({ ...SOON, seconds: 60, signal: caller.signal }, (options) => {
      given = options;
      return new Promise(() => {});
    });
    caller.abort();
    await expect(pending).rejects.toMatchObject({ code: 'aborted' });
    expect(given.signal?.aborted).toBe(true);
  });
});
