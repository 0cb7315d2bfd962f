import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JtiTable } from '../../../src/domain/token/jti-table.ts';

const NOW = 1_700_000_000;
const keyOf = (high: number, low: number) => Int32Array.of(high, low);

/** Few of each half, so that keys are met again, begin at one slot, run into each other and past the last slot, and share a tag. */
const clusteredKeys = fc.record({
  high: fc.constantFrom(0, 1, 2, 0x1111_1111, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff),
  low: fc.constantFrom(0, 1, 255, 256, 257, 0x8000_0000, 0xffff_ffff),
});

const steps = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ add: clusteredKeys, seconds: fc.integer({ min: 1, max: 50 }) }) },
    { weight: 1, arbitrary: fc.record({ purgeAfter: fc.integer({ min: 0, max: 30 }) }) },
  ),
  { minLength: 1, maxLength: 200 },
);

describe('a table of 64-bit keys', () => {
  it('has what was added and not purged, and nothing else, however the keys cluster', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const table = new JtiTable();
        const model = new Map<string, { key: Int32Array; until: number }>();
        let now = NOW;
        for (const step of sequence) {
          if ('add' in step) {
            const { high, low } = step.add;
            const key = keyOf(high, low);
            const until = Math.max(now + step.seconds, model.get(String(key))?.until ?? 0);
            table.add(key, now + step.seconds, now);
            model.set(String(key), { key, until });
          } else {
            now += step.purgeAfter;
            const due = [...model].filter(([, { until }]) => until <= now);
            expect(table.purge(now)).toBe(due.length);
            for (const [name] of due) model.delete(name);
          }
          expect(table.size).toBe(model.size);
        }
        for (const high of [0, 1, 2, 0x1111_1111, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff]) {
          for (const low of [0, 1, 255, 256, 257, 0x8000_0000, 0xffff_ffff]) {
            const key = keyOf(high, low);
            expect(table.has(key)).toBe(model.has(String(key)));
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('loses no key when it grows, at each boundary', () => {
    const table = new JtiTable();
    const keys: Int32Array[] = [];
    let boundaries = 0;
    for (let count = 0; count < 20_000; count++) {
      const before = table.byteLength;
      const key = keyOf(Math.imul(count, 0x9e3779b1), count);
      expect(table.has(key)).toBe(false);
      table.add(key, NOW + 60, NOW);
      keys.push(key);
      if (table.byteLength === before) continue;
      boundaries++;
      expect(keys.filter((added) => !table.has(added))).toEqual([]);
    }
    expect(boundaries).toBe(12);
    expect(table.size).toBe(keys.length);
  });

  it('takes at most 27 bytes a key at a million, grown or purged, and gives the room back', () => {
    const table = new JtiTable();
    const key = keyOf(0, 0);
    for (let count = 0; count < 1_000_000; count++) {
      [key[0], key[1]] = [Math.imul(count, 0x9e3779b1), count];
      table.add(key, NOW + (count === 7 ? 60 : 900), NOW);
    }
    expect(table.size).toBe(1_000_000);
    expect(table.byteLength).toBeLessThanOrEqual(27_000_000);
    expect(table.purge(NOW + 60)).toBe(1);
    expect(table.byteLength).toBeLessThanOrEqual(27_000_000);
    expect(table.purge(NOW + 900)).toBe(999_999);
    expect(table.byteLength).toBeLessThan(1_000);
  });

  it('keeps the later of two ends, in either order', () => {
    for (const [first, second] of [[10, 500] as const, [500, 10] as const]) {
      const table = new JtiTable();
      table.add(keyOf(1, 2), NOW + first, NOW);
      table.add(keyOf(1, 2), NOW + second, NOW);
      expect(table.size).toBe(1);
      expect(table.purge(NOW + 499)).toBe(0);
      expect(table.has(keyOf(1, 2))).toBe(true);
      expect(table.purge(NOW + 500)).toBe(1);
    }
  });

  it('never rounds an end down: fractions, and what is over already', () => {
    const table = new JtiTable();
    table.add(keyOf(1, 1), NOW + 10.1, NOW + 0.9);
    table.add(keyOf(2, 2), NOW - 1000, NOW + 0.9);
    expect(table.purge(NOW)).toBe(1);
    expect(table.purge(NOW + 10.9)).toBe(0);
    expect(table.purge(NOW + 11)).toBe(1);
  });

  it.each([0, NOW, 4_294_967_295, 4_294_967_296, 250_000_000_000])('tells the time by 32 bits in any year: %i', (now) => {
    const table = new JtiTable();
    table.add(keyOf(1, 1), now + 900, now);
    expect(table.purge(now + 899)).toBe(0);
    expect(table.purge(now + 900)).toBe(1);
    table.add(keyOf(1, 1), now + 5000, now + 4000); // empty in between
    expect(table.purge(now + 4999)).toBe(0);
    expect(table.purge(now + 5000)).toBe(1);
  });

  it('keeps for ever what ends beyond those bits', () => {
    for (const until of [NOW + 2 ** 32 - 2, NOW + 2 ** 32, 253_402_300_799, Infinity]) {
      const table = new JtiTable();
      table.add(keyOf(1, 1), until, NOW);
      table.add(keyOf(2, 2), NOW + 2 ** 32 - 3, NOW);
      expect(table.purge(NOW + 2 ** 32 - 4)).toBe(0);
      expect(table.purge(Infinity)).toBe(1);
      expect(table.has(keyOf(1, 1))).toBe(true);
    }
  });

  it('forgets nothing by a clock that tells no time or is set back', () => {
    const table = new JtiTable();
    table.add(keyOf(1, 1), NOW + 1, NOW);
    expect(table.purge(NaN)).toBe(0);
    expect(table.purge(NOW - 1e6)).toBe(0);
    for (let low = 0; low < 100; low++) table.add(keyOf(3, low), NOW - 2e6 + low, NOW - 2e6);
    expect(table.purge(NOW)).toBe(100);
    expect(table.has(keyOf(1, 1))).toBe(true);
    table.add(keyOf(1, 2), NOW, NaN);
    expect(table.has(keyOf(1, 2))).toBe(true);
  });

  it('has nothing before the first key', () => {
    const table = new JtiTable();
    expect(table.has(keyOf(0, 0))).toBe(false);
    expect(table.purge(NOW)).toBe(0);
    expect(table.byteLength).toBe(0);
  });
});
