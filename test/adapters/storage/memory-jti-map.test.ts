import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JtiMap, type JtiMapEntry } from '../../../src/adapters/storage/memory/jti-map.ts';
import { jtiOf } from '../../../src/testing/storage/scenario.ts';

interface Entry extends JtiMapEntry<Entry> {
  readonly mark: number;
}

const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));

/** What this library mints, and what others do. Of a pool of ids with one digit that differs many share a chain. */
const ids = fc.oneof(
  hex(32),
  hex(1).map((digit) => digit.repeat(32)),
  hex(2).map((digits) => 'a'.repeat(30) + digits),
  fc.uuid(),
  hex(32).map((id) => id.toUpperCase()),
  fc.constantFrom('__proto__', 'constructor'),
  fc.string({ minLength: 1 }),
);

const step = fc.record({ verb: fc.constantFrom('set', 'set', 'set', 'delete', 'get'), which: fc.nat(29) });

describe('a map of entries by jti', () => {
  it('answers as a Map does, whatever the ids and however many', () => {
    const looked = { found: 0, replaced: 0, deleted: 0 };
    fc.assert(
      fc.property(
        fc.uniqueArray(ids, { minLength: 30, maxLength: 30 }),
        fc.array(step, { minLength: 60, maxLength: 90 }),
        (pool, steps) => {
          const map = new JtiMap<Entry>();
          const model = new Map<string, Entry>();
          const removed: Entry[] = [];
          for (const [mark, { verb, which }] of steps.entries()) {
            const id = pool[which] ?? '';
            const known = model.get(id);
            if (verb === 'set') {
              if (known !== undefined) looked.replaced++;
              const entry: Entry = { token: { jti: jtiOf(id) }, key: 0, next: undefined, mark };
              map.set(entry);
              model.set(id, entry);
              if (known !== undefined) removed.push(known);
            } else if (verb === 'delete' && known !== undefined) {
              looked.deleted++;
              expect(map.delete(known)).toBe(true);
              model.delete(id);
              removed.push(known);
            }
            for (const text of pool) {
              const found = map.get(jtiOf(text));
              if (found !== undefined) looked.found++;
              expect(found).toBe(model.get(text));
            }
            expect(map.size).toBe(model.size);
          }
          // an entry that was taken out or replaced is not in any more, and its id's new one stays
          for (const entry of removed) expect(map.delete(entry)).toBe(false);
          expect(map.size).toBe(model.size);
        },
      ),
      { numRuns: 150 },
    );
    expect(Math.min(...Object.values(looked))).toBeGreaterThan(100);
  });

  it('keeps ten thousand ids that differ in one digit apart while it grows', () => {
    const map = new JtiMap<Entry>();
    const idAt = (index: number) => jtiOf(index.toString(16).padStart(32, '0'));
    for (let index = 0; index < 10_000; index++) map.set({ token: { jti: idAt(index) }, key: 0, next: undefined, mark: index });
    for (let index = 0; index < 10_000; index++) expect(map.get(idAt(index))?.mark).toBe(index);
    expect(map.get(idAt(10_000))).toBeUndefined();
    expect(map.size).toBe(10_000);
  });
});
