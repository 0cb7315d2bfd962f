import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyStandings, nextKeyFrom, type ScheduledKey } from '../../../src/domain/jose/key-schedule.ts';

const OVERLAP = 100;
const key = (kid: string, from: number, withdrawnAt?: number): ScheduledKey => ({ kid, from, withdrawnAt });
const statesOf = (keys: readonly ScheduledKey[], now: number) =>
  Object.fromEntries(keyStandings(keys, now, OVERLAP).map(({ key: { kid }, state, until }) => [kid, [state, until]]));

describe('a key', () => {
  const keys = [key('b', 2000), key('a', 1000), key('c', 3000)];

  it.each([
    [999, { a: ['published', 1000], b: ['published', 2000], c: ['published', 3000] }],
    [1000, { a: ['signing', 2000], b: ['published', 2000], c: ['published', 3000] }],
    [2000, { a: ['verifying', 2100], b: ['signing', 3000], c: ['published', 3000] }],
    [2099, { a: ['verifying', 2100], b: ['signing', 3000], c: ['published', 3000] }],
    [2100, { a: ['expired', 2100], b: ['signing', 3000], c: ['published', 3000] }],
    [9999, { a: ['expired', 2100], b: ['expired', 3100], c: ['signing', undefined] }],
  ])('stands at %i as the clock says', (now, expected) => {
    expect(statesOf(keys, now)).toEqual(expected);
  });

  it('that was withdrawn serves nobody, and the one before it verifies for as long as if it had not been', () => {
    expect(statesOf([key('a', 1000), key('b', 2000, 2500), key('c', 2500)], 2500)).toEqual({
      a: ['verifying', 2600],
      b: ['withdrawn', 2600],
      c: ['signing', undefined],
    });
  });

  it('is the only one that signs, whatever the keys and the clock', () => {
    const keysOf = fc.array(fc.record({ from: fc.nat(1000), withdrawn: fc.boolean() }), { maxLength: 8 });
    fc.assert(
      fc.property(keysOf, fc.nat(1200), (made, now) => {
        const standings = keyStandings(
          made.map(({ from, withdrawn }, at) => key(`k${at}`, from, withdrawn ? from : undefined)),
          now,
          OVERLAP,
        );
        const signing = standings.filter(({ state }) => state === 'signing');
        const may = standings.filter(({ key: { from, withdrawnAt } }) => withdrawnAt === undefined && from <= now);
        expect(signing).toEqual(may.slice(-1).map((standing) => expect.objectContaining({ key: standing.key })));
      }),
    );
  });
});

describe('the next key', () => {
  const plan = { rotateSeconds: 1000, publishSeconds: 100 };
  const nextAt = (keys: readonly ScheduledKey[], now: number) => nextKeyFrom(keyStandings(keys, now, OVERLAP), now, plan);

  it.each<[string, readonly ScheduledKey[], number, number | undefined]>([
    ['signs at once where there is none', [], 500, 500],
    ['signs at once where all were withdrawn', [key('a', 0, 10)], 500, 500],
    ['is not due yet', [key('a', 1000)], 1899, undefined],
    ['is published ahead', [key('a', 1000)], 1900, 2000],
    ['is published ahead also when it is late', [key('a', 1000)], 5000, 5100],
    ['is planned already', [key('a', 1000), key('b', 2000)], 1950, undefined],
  ])('%s', (_what, keys, now, from) => {
    expect(nextAt(keys, now)).toBe(from);
  });
});
