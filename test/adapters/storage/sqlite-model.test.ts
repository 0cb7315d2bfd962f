import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryStore } from 'simplejwt/storage/memory';
import { sqliteStore } from 'simplejwt/storage/sqlite';
import { drivers } from './sqlite-drivers.ts';
import { answersOf, step } from './store-answers.ts';

for (const { name, open } of drivers) {
  describe(`an SQLite store over ${name}`, () => {
    it('answers as one in memory does, whatever is asked of it in what order', async () => {
      let revoked = 0;
      const property = fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 50 }), async (steps) => {
        const database = open(':memory:');
        const answers = await answersOf(() => sqliteStore(database), steps);
        expect(answers).toEqual(await answersOf(() => memoryStore(), steps));
        revoked += answers.filter((answer) => answer === 'family_revoked').length;
        database.close();
      });
      await fc.assert(property, { numRuns: 150 });
      expect(revoked).toBeGreaterThan(100);
    });
  });
}

describe('the steps of the comparison', () => {
  it('come to every outcome that a rotation has', async () => {
    const seen = new Set<unknown>();
    for (const steps of fc.sample(fc.array(step, { minLength: 50, maxLength: 50 }), { numRuns: 60, seed: 1 })) {
      for (const answer of await answersOf(() => memoryStore(), steps))
        if (typeof answer === 'object' && answer !== null && 'outcome' in answer) seen.add(answer.outcome);
    }
    expect(seen).toEqual(
      new Set(['rotated', 'replayed', 'reused', 'revoked', 'family_revoked', 'unknown', 'kept_token_refused']),
    );
  });
});
