import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Blacklist } from '../../../src/adapters/storage/memory/blacklist.ts';

const NOW = 1_700_000_000;

const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
const PREFIX = '0190a1b2c3d4e5f6';

/** What this library mints, and all that others do; half of the hex ids share their first or their last 64 bits. */
const ids = fc.oneof(
  hex(32),
  hex(16).map((rest) => PREFIX + rest),
  hex(16).map((rest) => rest + PREFIX),
  fc.uuid(),
  hex(32).map((id) => id.toUpperCase()),
  hex(31),
  hex(33),
  fc.string(),
);

const steps = (pool: readonly string[]) => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ add: fc.constantFrom(...pool), seconds: fc.integer({ min: -5, max: 60 }) }) },
    { weight: 2, arbitrary: fc.record({ advance: fc.integer({ min: 1, max: 20 }) }) },
    { weight: 1, arbitrary: fc.constant('purge' as const) },
  );
  return fc.tuple(fc.constant(pool), fc.array(step, { maxLength: 120 }));
};

describe('a blacklist', () => {
  it('has every id as long as it must, forgets it when purged after that, and never has an id that was not added', () => {
    const cases = fc.uniqueArray(ids, { minLength: 40, maxLength: 80 }).chain(steps);
    fc.assert(
      fc.property(cases, ([pool, sequence]) => {
        const blacklist = new Blacklist();
        const model = new Map<string, number>();
        let [now, collected] = [NOW, 0];
        for (const step of sequence) {
          if (step === 'purge') {
            collected += blacklist.purge(now);
            for (const [id, until] of model) if (until <= now) model.delete(id);
            expect(blacklist.size).toBe(model.size);
          } else if ('advance' in step) now += step.advance;
          else {
            const until = now + step.seconds;
            blacklist.add(step.add, until, now);
            model.set(step.add, Math.max(until, model.get(step.add) ?? until));
          }
          for (const id of pool) {
            const until = model.get(id);
            // an expired one may have been collected to make room, or not yet
            if (until === undefined || until > now) expect(blacklist.has(id)).toBe(until !== undefined);
          }
        }
        if (collected > 0) expect(blacklist.purgedUntil).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });

  it('grows by what lives, not by what has come and gone', () => {
    const blacklist = new Blacklist();
    for (let count = 0; count < 100_000; count++) {
      const now = NOW + Math.floor(count / 10);
      blacklist.add(hexOf(count), now + 60, now);
    }
    expect(blacklist.size).toBeLessThan(2_000); // 600 live
    expect(blacklist.purgedUntil).toBeGreaterThan(NOW);
  });

  it.each([
    ['a counter', hexOf],
    ['a counter before zeros', (count: number) => hexOf(count).slice(16) + hexOf(0).slice(16)],
    ['one date and a counter', (count: number) => PREFIX + hexOf(count).slice(16)],
    ['a date that counts', (count: number) => (0x0190a1b2c3d4 + count).toString(16).padStart(12, '0') + '7abc8def0123456789ab'],
    ['two counters', (count: number) => hexOf(count >> 8).slice(16) + hexOf(count & 255).slice(16)],
  ])('tells ids apart that are not random: %s', (_name, idOf) => {
    const blacklist = new Blacklist();
    for (let count = 0; count < 30_000; count++) blacklist.add(idOf(count), NOW + 60, NOW);
    expect(blacklist.size).toBe(30_000);
    const found = Array.from({ length: 60_000 }, (_, count) => count).filter((count) => blacklist.has(idOf(count)));
    expect([found.length, found.at(-1)]).toEqual([30_000, 29_999]);
  });

  it('takes two hex ids for one whose 64 bits are the same, and none but them', () => {
    const one = '0123456789abcdef0000000000000000';
    const same = `01234567${(0x89abcdef ^ 0x9e3779b1).toString(16).padStart(8, '0')}0000000000000001`;
    const blacklist = new Blacklist();
    blacklist.add(one, NOW + 60, NOW);
    expect(blacklist.has(same)).toBe(true); // by chance once in 2^64: refused though good
    for (let at = 0; at < 32; at++) {
      for (const id of [one, same]) {
        const other = id.slice(0, at) + (id[at] === '0' ? '1' : '0') + id.slice(at + 1);
        expect(blacklist.has(other)).toBe(false);
      }
    }
  });

  it('takes no other character for a hex digit, at any position', () => {
    const id = '0123456789abcde00123456789abcde0';
    for (let at = 0; at < 32; at++) {
      for (const foreign of [
        'A',
        'F',
        'g',
        'G',
        '/',
        ':',
        '`',
        '@',
        '-',
        ' ',
        '\0',
        'İ',
        'Ā',
        '\u0130',
        '\uff10',
        '\u0430',
        '\ud800',
      ]) {
        const altered = id.slice(0, at) + foreign + id.slice(at + 1);
        const [one, other] = [new Blacklist(), new Blacklist()];
        one.add(id, NOW + 60, NOW);
        other.add(altered, NOW + 60, NOW);
        expect([one.has(id), one.has(altered), other.has(id), other.has(altered)]).toEqual([true, false, false, true]);
      }
    }
  });
});

function hexOf(count: number): string {
  return count.toString(16).padStart(32, '0');
}
