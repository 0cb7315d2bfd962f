import { describe, expect, it } from 'vitest';
import { LateSignal } from '../../src/application/late-signal.ts';
import { within } from '../../src/application/deadline.ts';
import type { CallOptions } from '../../src/ports/crypto-provider.ts';

const SOON = { seconds: 0.01, caller: {}, code: 'store_unavailable' } as const;

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
    expect(() => within({ ...SOON, caller: { signal: AbortSignal.abort() } }, () => (calls += 1))).toThrow(
      expect.objectContaining({ code: 'aborted' }),
    );
    expect(calls).toBe(0);
  });

  it('ends where the caller aborts while it is made', async () => {
    const controller = new AbortController();
    let given: CallOptions = {};
    const call = within({ ...SOON, seconds: 60, caller: controller }, (options) => {
      given = options;
      controller.abort('left');
      return new Promise(() => {});
    });
    await expect(call).rejects.toMatchObject({ code: 'aborted', cause: 'left' });
    expect(given.signal?.aborted).toBe(true);
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

  it('that answers at once never reads a signal that would be made for it', () => {
    class Caller extends LateSignal {
      hasGone = () => false;
    }
    const caller = Object.defineProperty(new Caller(), 'signal', {
      get() {
        throw new Error('it was read');
      },
    });
    expect(within({ ...SOON, caller }, () => 'answer')).toBe('answer');
    expect(() => within({ ...SOON, caller }, async () => 'answer')).toThrow('it was read');
  });

  it('is not made for a caller that has gone, who need not have a signal yet', () => {
    class Gone extends LateSignal {
      override readonly signal = AbortSignal.abort('gone');
      hasGone = () => true;
    }
    expect(() => within({ ...SOON, caller: new Gone() }, () => 'answer')).toThrow(expect.objectContaining({ code: 'aborted' }));
  });

  it('ends with the caller, and ends the call', async () => {
    const caller = new AbortController();
    let given: CallOptions = {};
    const pending = within({ ...SOON, seconds: 60, caller }, (options) => {
      given = options;
      return new Promise(() => {});
    });
    caller.abort();
    await expect(pending).rejects.toMatchObject({ code: 'aborted' });
    expect(given.signal?.aborted).toBe(true);
  });
});
