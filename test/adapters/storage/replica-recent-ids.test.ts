import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdKey } from '../../../src/adapters/storage/replica/id-key.ts';
import { RecentIds } from '../../../src/adapters/storage/replica/recent-ids.ts';

const key = new IdKey();
const newIds = (count: number) => Array.from({ length: count }, () => randomBytes(16).toString('hex'));

describe('ids that were met of late', () => {
  it('are known for as long as is promised, and unknown after twice that', () => {
    const ids = new RecentIds(100, 1000, 0);
    const some = ['of another form', ...newIds(50)];
    for (const id of some) ids.add(key.set(id), 50);
    for (const now of [50, 99, 100, 149]) for (const id of some) expect(ids.has(key.set(id), now)).toBe(true);
    expect(ids.size).toBe(51);
    const late = newIds(1)[0] ?? '';
    ids.add(key.set(late), 190);
    for (const id of some) expect(ids.has(key.set(id), 200)).toBe(false);
    expect(ids.has(key.set(late), 200)).toBe(true);
    expect(ids.size).toBe(1);
    expect(ids.has(key.set(late), 500)).toBe(false);
    expect(ids.size).toBe(0);
  });

  it('are as many as is allowed, however many come: nearly all of those that came last', () => {
    const ids = new RecentIds(100, 4096, 0);
    const many = newIds(20_000);
    for (const id of many) ids.add(key.set(id), 1);
    expect(ids.size).toBeLessThanOrEqual(8192);
    const kept = many.slice(-1000).filter((id) => ids.has(key.set(id), 1)).length;
    expect(kept).toBeGreaterThan(100);
    const others = new RecentIds(100, 100, 0);
    for (let count = 0; count < 1000; count++) others.add(key.set(`session ${count}`), 1);
    expect(others.size).toBeLessThanOrEqual(102);
  });

  it('all stay while they are few', () => {
    const ids = new RecentIds(100, 1_000_000, 0);
    const many = newIds(100_000);
    for (const id of many) ids.add(key.set(id), 1);
    const kept = many.filter((id) => ids.has(key.set(id), 1)).length;
    expect(kept).toBeGreaterThan(99_000); // a group is full now and then
    expect(newIds(10_000).some((id) => ids.has(key.set(id), 1))).toBe(false);
  });

  it('are never known where they were not added, or were taken out', () => {
    const id = fc.oneof(
      fc.constantFrom('0'.repeat(32), 'f'.repeat(32), `${'0'.repeat(31)}1`, `${'0'.repeat(31)}2`, '', 'a', 'session 1'),
      fc.stringMatching(/^[0-9a-f]{32}$/),
    );
    const step = fc.record({ id, call: fc.constantFrom('add', 'delete', 'wait') });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const ids = new RecentIds(10, 64, 0);
        const added = new Set<string>();
        let now = 0;
        for (const one of steps) {
          if (one.call === 'add') {
            ids.add(key.set(one.id), now);
            added.add(one.id);
            expect(ids.has(key.set(one.id), now)).toBe(true);
          } else if (one.call === 'delete') {
            ids.delete(key.set(one.id));
            added.delete(one.id);
          } else now += 6;
          for (const { id: other } of steps) if (!added.has(other)) expect(ids.has(key.set(other), now)).toBe(false);
        }
      }),
    );
  });
});
