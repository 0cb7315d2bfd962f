import { expect, it } from 'vitest';
import { freshnessOf } from '../../../src/adapters/keys/document-freshness.ts';

const BOUNDS = { usualSeconds: 300, leastSeconds: 30, mostSeconds: 3600, maxStaleSeconds: 1000 };

it.each<[Readonly<Record<string, string>>, fresh: number, revalidate: number]>([
  [{}, 300, 0],
  [{ 'cache-control': 'public' }, 300, 0],
  [{ 'cache-control': 'max-age=600' }, 600, 0],
  [{ 'cache-control': 'Public, MAX-AGE="600" , Stale-While-Revalidate=60' }, 600, 60],
  [{ 'cache-control': 'max-age=600', age: '500' }, 100, 0],
  [{ 'cache-control': 'max-age=600', age: '700' }, 30, 0],
  [{ 'cache-control': 'max-age=0' }, 30, 0],
  [{ 'cache-control': 'no-store' }, 30, 0],
  [{ 'cache-control': 'no-cache, max-age=600' }, 30, 0],
  [{ 'cache-control': 'max-age=86400, stale-while-revalidate=86400' }, 3600, 1000],
  [{ 'cache-control': 'max-age=-1' }, 300, 0],
  [{ 'cache-control': 'max-age=1e9' }, 300, 0],
  [{ 'cache-control': 'max-age=99999999999999999999' }, 300, 0],
  [{ 'cache-control': 'max-age=60, max-age=600' }, 60, 0],
  [{ 'cache-control': `${'x'.repeat(2000)}, max-age=600` }, 300, 0],
  [{ 'cache-control': 'max-age', age: 'old' }, 300, 0],
])('%j is fresh for %i seconds, and may be revalidated for %i more', (headers, freshSeconds, revalidateSeconds) => {
  expect(freshnessOf(new Headers(headers), BOUNDS)).toEqual({ freshSeconds, revalidateSeconds });
});

it('is never longer than the application allows, not even where the least is', () => {
  expect(freshnessOf(new Headers(), { ...BOUNDS, usualSeconds: 10, mostSeconds: 10 }).freshSeconds).toBe(10);
});
