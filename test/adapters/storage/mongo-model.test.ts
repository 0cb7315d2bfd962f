import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryStore } from 'simplejwt/storage/memory';
import { mongoStore } from 'simplejwt/storage/mongo';
import { memoryDatabase } from '../../testing/memory-database.ts';
import { openTrouble, TROUBLED_DRIVERS } from './mongo-trouble.ts';
import { answersOf, step } from './store-answers.ts';

describe('a store in MongoDB', () => {
  it('answers as one in memory does, whatever is asked of it in what order', async () => {
    let revoked = 0;
    const property = fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 50 }), async (steps) => {
      const answers = await answersOf(() => mongoStore(memoryDatabase()), steps, OWN);
      expect(worded(answers)).toEqual(worded(await answersOf(() => memoryStore(), steps, OWN)));
      revoked += answers.filter((answer) => answer === 'family_revoked').length;
    });
    await fc.assert(property, { numRuns: 25 });
    expect(revoked).toBeGreaterThan(10);
  });

  it.each(TROUBLED_DRIVERS)('does so over %s, which has its own idea of what a document is', async (driver) => {
    const trouble = await openTrouble(driver);
    for (const steps of fc.sample(fc.array(step, { minLength: 15, maxLength: 15 }), { numRuns: 2 }))
      expect(worded(await answersOf(() => trouble.open().store, steps, OWN))).toEqual(
        worded(await answersOf(() => memoryStore(), steps, OWN)),
      );
    await trouble.close();
  });
});

const OWN = {
  /** A logout everywhere takes its number before it looks at the token to keep, so also where that is refused. */
  epochs: false,
  /** A session whose refresh token has expired is no session that was logged out: its access tokens live on, which the others end too. */
  short: 900,
};

/**
 * Of a family that was ended before any of it was on record, this store does not know under which epoch it began. If its user was revoked too, it
 * says `revoked` where one in memory says `family_revoked`.
 */
function worded(answers: readonly unknown[]): unknown {
  return JSON.parse(JSON.stringify(answers).replaceAll('"family_revoked"', '"revoked"'));
}
