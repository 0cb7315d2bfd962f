import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { memoryStore } from 'simplejwt/storage/memory';
import { redisStore } from 'simplejwt/storage/redis';
import type { Clock } from '../../../src/ports/clock.ts';
import { ownRedis } from '../../servers/own-redis.ts';
import { hasRedis } from '../../servers/redis-server.ts';
import { answersOf, step } from './store-answers.ts';

describe.skipIf(!hasRedis())('a store in Redis', () => {
  const redis = ownRedis();

  const storeBy = (clock?: Clock) => redisStore(redis.client, { prefix: `${randomUUID()}:`, ...(clock && { clock }) });

  it('answers as one in memory does, whatever is asked of it in what order', async () => {
    const property = fc.asyncProperty(sequence, async (steps) => {
      expect(worded(await answersOf(storeBy, steps, OWN))).toEqual(worded(await answersOf(() => memoryStore(), steps, OWN)));
    });
    await fc.assert(property, { numRuns: 60 });
  }, 60_000);

  it('does so the short way too, by the clock of the server', async () => {
    let short = 0;
    const call = vi.spyOn(redis.client, 'call');
    const property = fc.asyncProperty(sequence, async (steps) => {
      const [now, atOnce] = [Math.floor(Date.now() / 1000), steps.filter((one) => one.call !== 'wait')];
      const answers = await answersOf(() => storeBy(), atOnce, { ...OWN, now });
      expect(worded(answers)).toEqual(worded(await answersOf(() => memoryStore(), atOnce, { ...OWN, now })));
      const replies = await Promise.allSettled(call.mock.results.map(({ value }): unknown => value));
      short += replies.filter((reply) => reply.status === 'fulfilled' && reply.value === 'R').length;
      call.mockClear();
    });
    await fc.assert(property, { numRuns: 60 });
    expect(short).toBeGreaterThan(10);
  }, 60_000);
});

const sequence = fc.array(step, { minLength: 15, maxLength: 40 });

/** Which numbers the epochs are is the affair of each store. */
const OWN = { epochs: false } as const;

/**
 * An attempt that was refused and ended a family is told so again when it is sent again: the first answer may have been lost on its way. Of a family
 * that was ended before any of it was on record, Redis knows neither under which epoch it began, so that it is `revoked` if its user was revoked too,
 * nor that it has ended already when a token of it is refused.
 */
function worded(answers: readonly unknown[]): unknown {
  const again = answers.map((answer, index) => (answers[index - 1] === 'again' && isRefused(answer) ? 'refused' : answer));
  return JSON.parse(JSON.stringify(again).replaceAll('"family_revoked"', '"revoked"'), (name, value: unknown) =>
    name === 'endedFamily' ? undefined : value,
  );
}

function isRefused(answer: unknown): boolean {
  const { outcome } = (answer ?? {}) as { readonly outcome?: unknown };
  return outcome === 'reused' || outcome === 'revoked' || outcome === 'family_revoked';
}
