import { describe, expect, it } from 'vitest';
import { MUTANTS } from './mutants.ts';
import { exploreStore } from './store-races.ts';

describe('a store with one defect', () => {
  it.each(MUTANTS)('is found out by $breaks: it $defect', async ({ defect, breaks, create }) => {
    const { wrong } = await exploreStore({ name: defect, create }, { limit: 15_000, about: breaks });
    expect(wrong?.invariants).toContain(breaks);
  });
});
