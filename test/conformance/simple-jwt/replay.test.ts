import { afterAll, describe, expect, it } from 'vitest';
import { createTokenService, type TokenServiceOptions } from '../../../src/index.ts';
import { DIFFERENCES, type Difference } from './differences.ts';
import { groupsOf, readRecording } from './recording.ts';
import { createReplay } from './replay.ts';
import { optionsOf } from './settings.ts';

const counts = { recorded: 0, stated: 0 };
const used = new Set<Difference>();

describe.each(['simple-jwt', 'token-families'] as const)('the recorded answers of %s', (name) => {
  const recording = readRecording(name);
  for (const [group, scenarios] of groupsOf(recording)) {
    describe(group, () => {
      const boots = scenarios.filter(({ kind }) => kind === 'boot');
      it.each(boots)('$id $name', ({ settings }) => {
        const options = { signingKey: recording.meta.signing_key_unless_settings_say_otherwise, ...optionsOf(settings) };
        expect(() => createTokenService(options as TokenServiceOptions)).toThrow(
          expect.objectContaining({ code: 'unknown_option' }),
        );
      });

      const steps = scenarios.filter(({ kind }) => kind !== 'boot');
      const replay = steps[0] && createReplay(recording, steps[0].settings);
      it.each(steps)('$id $name', async (scenario) => {
        const { mismatches, rules } = (await replay?.play(scenario)) ?? { mismatches: ['not played'], rules: [] };
        expect(mismatches).toEqual([]);
        for (const rule of rules) used.add(rule);
        if (scenario.kind === 'http') counts[rules.every(({ additive }) => additive) ? 'recorded' : 'stated'] += 1;
      });
    });
  }
});

describe('the differences', () => {
  it('are all met with: none is stated that does not occur', () => {
    expect(DIFFERENCES.filter((rule) => !used.has(rule)).map(({ rule }) => rule)).toEqual([]);
  });

  afterAll(() => {
    console.log(`Simple JWT: ${counts.recorded} answered as recorded, ${counts.stated} by a stated difference`);
  });
});
