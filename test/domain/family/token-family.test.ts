import { describe, expect, it } from 'vitest';
import {
  decideBlacklist,
  decideRotation,
  decideStatus,
  type RotationRules,
  type SpentFacts,
  type StatusRules,
  type TokenFacts,
} from '../../../src/domain/family/token-family.ts';

const NOW = 1_700_000_000;

const TOKENS = ['unrecorded', 'live', 'spent', 'blacklisted'] as const;
const FAMILIES = ['unrecorded', 'live', 'ended', 'revoked'] as const;
const SUCCESSORS = ['live', 'spent', 'blacklisted'] as const;
const AGES = [-3600, -10, -9, -1, 0, 1, 9, 10, 11, 3600];
const GRACES = [0, 1, 10, 60];

/** Every combination of facts a store can report: 4 x 4 x 2 x (none and 10 x 2 x 3 of a spending). */
const ALL_FACTS: readonly TokenFacts[] = TOKENS.flatMap((token) =>
  FAMILIES.flatMap((family) =>
    [true, false].flatMap((userRevoked) => spendings().map((spent) => ({ token, family, userRevoked, spent }))),
  ),
);
const ALL_STATUS_RULES: readonly StatusRules[] = ([undefined, 'token', 'family'] as const).flatMap((mustBeRecorded) =>
  [undefined, true, false].map((endedCounts) => ({ mustBeRecorded, endedCounts })),
);
const ALL_ROTATION_RULES: readonly RotationRules[] = ALL_STATUS_RULES.flatMap((rules) =>
  GRACES.map((graceSeconds) => ({ ...rules, now: NOW, graceSeconds })),
);

const facts = (given: Partial<TokenFacts> = {}): TokenFacts => ({ token: 'live', family: 'live', userRevoked: false, ...given });
const spent = (given: Partial<SpentFacts> = {}): Partial<TokenFacts> => ({
  token: 'spent',
  spent: { at: NOW, sameAttempt: false, successor: 'live', ...given },
});

describe('what a status follows from', () => {
  it.each<readonly [what: string, facts: Partial<TokenFacts>, rules: StatusRules, status: string]>([
    ['a live token', {}, {}, 'active'],
    ['a token nobody recorded', { token: 'unrecorded', family: 'unrecorded' }, {}, 'active'],
    ['a token nobody recorded, though it must be', { token: 'unrecorded' }, { mustBeRecorded: 'token' }, 'unknown'],
    ['a family nobody recorded, though it must be', { family: 'unrecorded' }, { mustBeRecorded: 'family' }, 'unknown'],
    ['a token nobody recorded of a family that must be and is', { token: 'unrecorded' }, { mustBeRecorded: 'family' }, 'active'],
    ['a blacklisted token', { token: 'blacklisted' }, {}, 'revoked'],
    ['a spent token', spent(), {}, 'revoked'],
    ['a token of a revoked user', { userRevoked: true }, {}, 'revoked'],
    ['a token of a revoked family', { family: 'revoked' }, {}, 'family_revoked'],
    ['a blacklisted token of a revoked family', { token: 'blacklisted', family: 'revoked' }, {}, 'revoked'],
    ['a token of a session that was logged out', { family: 'ended' }, {}, 'active'],
    ['a token of a session that was logged out, where that counts', { family: 'ended' }, { endedCounts: true }, 'revoked'],
    [
      'an unrecorded token of a revoked family',
      { token: 'unrecorded', family: 'revoked' },
      { mustBeRecorded: 'token' },
      'family_revoked',
    ],
  ])('%s', (_what, given, rules, status) => {
    expect(decideStatus(facts(given), rules)).toBe(status);
  });

  it('is active only where nothing speaks against it, for every combination of facts and rules', () => {
    const wrong = ALL_FACTS.flatMap((known) =>
      ALL_STATUS_RULES.filter((rules) => {
        const spokenAgainst =
          known.token === 'spent' ||
          known.token === 'blacklisted' ||
          known.userRevoked ||
          known.family === 'revoked' ||
          (known.family === 'ended' && rules.endedCounts === true) ||
          (known.token === 'unrecorded' && rules.mustBeRecorded === 'token') ||
          (known.family === 'unrecorded' && rules.mustBeRecorded === 'family');
        return (decideStatus(known, rules) === 'active') === spokenAgainst;
      }).map((rules) => ({ known, rules })),
    );
    expect(wrong).toEqual([]);
  });
});

describe('what a rotation follows from', () => {
  const inGrace = { now: NOW, graceSeconds: 10 };
  it.each<readonly [what: string, facts: Partial<TokenFacts>, rules: Partial<RotationRules>, decision: string]>([
    ['a live token', {}, {}, 'rotate'],
    ['a token nobody recorded', { token: 'unrecorded', family: 'unrecorded' }, {}, 'rotate'],
    ['a token nobody recorded, though it must be', { token: 'unrecorded' }, { mustBeRecorded: 'token' }, 'unknown'],
    ['a blacklisted token', { token: 'blacklisted' }, {}, 'revoked'],
    ['a token of a revoked family', { family: 'revoked' }, {}, 'family_revoked'],
    ['a token of a revoked user', { userRevoked: true }, {}, 'revoked'],
    ['a predecessor at once', spent(), {}, 'replay'],
    ['a predecessor in the last second', spent({ at: NOW - 9 }), {}, 'replay'],
    ['a predecessor at the end of the window', spent({ at: NOW - 10 }), {}, 'late_retry'],
    ['a predecessor from ahead, inside the window', spent({ at: NOW + 9 }), {}, 'replay'],
    ['a predecessor from further ahead', spent({ at: NOW + 10 }), {}, 'late_retry'],
    ['a predecessor without a window', spent(), { graceSeconds: 0 }, 'late_retry'],
    ['a predecessor whose child was used, in the window', spent({ successor: 'spent' }), {}, 'ancestor'],
    ['an ancestor', spent({ at: NOW - 3600, successor: 'spent' }), {}, 'ancestor'],
    ['a predecessor whose child was logged out', spent({ successor: 'blacklisted' }), {}, 'revoked'],
    ['the same attempt, a day later', spent({ at: NOW - 86_400, sameAttempt: true }), {}, 'replay'],
    ['the same attempt, after its child was used', spent({ sameAttempt: true, successor: 'spent' }), {}, 'replay'],
    ['the same attempt, after its child was logged out', spent({ sameAttempt: true, successor: 'blacklisted' }), {}, 'revoked'],
    ['the same attempt, after its family was revoked', { ...spent({ sameAttempt: true }), family: 'revoked' }, {}, 'revoked'],
    ['the same attempt, after its user was revoked', { ...spent({ sameAttempt: true }), userRevoked: true }, {}, 'revoked'],
    ['a spent token of which no more is known', { token: 'spent', spent: undefined }, {}, 'revoked'],
  ])('%s', (_what, given, rules, decision) => {
    expect(decideRotation(facts(given), { ...inGrace, ...rules })).toBe(decision);
  });

  /** What must be so of each decision, whatever the facts and rules. */
  const INVARIANTS: Readonly<Record<string, (known: TokenFacts, rules: RotationRules) => boolean>> = {
    rotate: (known, rules) => decideStatus(known, rules) === 'active',
    unknown: (known, rules) =>
      known.token === 'unrecorded' || (rules.mustBeRecorded === 'family' && known.family === 'unrecorded'),
    family_revoked: (known) => known.family === 'revoked' && known.token !== 'spent',
    late_retry: (known) => isUnrevoked(known) && known.token === 'spent' && known.spent?.successor === 'live',
    ancestor: (known) => isUnrevoked(known) && known.token === 'spent' && known.spent?.successor === 'spent',
    replay({ spent, ...known }, { graceSeconds }) {
      if (!isUnrevoked(known) || known.token !== 'spent' || spent === undefined || spent.successor === 'blacklisted')
        return false;
      return spent.sameAttempt || (spent.successor === 'live' && Math.abs(NOW - spent.at) < graceSeconds);
    },
    revoked: (known, { endedCounts }) =>
      !isUnrevoked(known) ||
      known.spent?.successor === 'blacklisted' ||
      (known.token === 'spent' && known.spent === undefined) ||
      (endedCounts === true && known.family === 'ended'),
  };

  it('holds its invariants for every combination of facts and rules', () => {
    const seen = new Set<string>();
    const wrong: unknown[] = [];
    for (const known of ALL_FACTS) {
      for (const rules of ALL_ROTATION_RULES) {
        const decision = decideRotation(known, rules);
        seen.add(decision);
        if (INVARIANTS[decision]?.(known, rules) !== true) wrong.push({ known, rules, decision });
      }
    }
    expect(wrong).toEqual([]);
    expect([...seen].toSorted()).toEqual(Object.keys(INVARIANTS).toSorted());
  });

  it('never gives more with a shorter window', () => {
    for (const known of ALL_FACTS) {
      const decisions = GRACES.map((graceSeconds) => decideRotation(known, { now: NOW, graceSeconds }));
      const first = decisions.indexOf('replay');
      if (first >= 0) expect(decisions.slice(first).every((decision) => decision === 'replay')).toBe(true);
    }
  });
});

describe('what a logout follows from', () => {
  it.each<readonly [what: string, facts: Partial<TokenFacts>, decision: string]>([
    ['a live token', {}, 'blacklist'],
    ['a token nobody recorded', { token: 'unrecorded', family: 'unrecorded' }, 'blacklist'],
    ['a token of a session that was logged out by a sibling', { family: 'ended' }, 'blacklist'],
    ['a blacklisted token', { token: 'blacklisted' }, 'revoked'],
    ['a token of a revoked user', { userRevoked: true }, 'revoked'],
    ['a token of a revoked family', { family: 'revoked' }, 'family_revoked'],
    ['a predecessor in the window', spent(), 'blacklist_successor'],
    ['a predecessor after the window', spent({ at: NOW - 10 }), 'revoked'],
    ['a predecessor whose child was used', spent({ successor: 'spent' }), 'revoked'],
    ['a predecessor whose child was logged out', spent({ successor: 'blacklisted' }), 'revoked'],
    ['a predecessor of a revoked family', { ...spent(), family: 'revoked' }, 'revoked'],
    ['a predecessor of a revoked user', { ...spent(), userRevoked: true }, 'revoked'],
    ['a spent token of which no more is known', { token: 'spent', spent: undefined }, 'revoked'],
  ])('%s', (_what, given, decision) => {
    expect(decideBlacklist(facts(given), { now: NOW, graceSeconds: 10 })).toBe(decision);
  });

  it('logs out what a refresh would give, for every combination of facts', () => {
    const pairs = new Set<string>();
    for (const known of ALL_FACTS.filter((one) => one.spent?.sameAttempt !== true)) {
      for (const graceSeconds of GRACES) {
        const rules = { now: NOW, graceSeconds };
        pairs.add(`${decideRotation(known, rules)}: ${decideBlacklist(known, rules)}`);
      }
    }
    expect([...pairs].toSorted()).toEqual([
      'ancestor: revoked',
      'family_revoked: family_revoked',
      'late_retry: revoked',
      'replay: blacklist_successor',
      'revoked: revoked',
      'rotate: blacklist',
    ]);
  });
});

function isUnrevoked({ token, family, userRevoked }: TokenFacts): boolean {
  return token !== 'blacklisted' && family !== 'revoked' && !userRevoked;
}

function spendings(): readonly (SpentFacts | undefined)[] {
  const known = AGES.flatMap((age) =>
    [true, false].flatMap((sameAttempt) => SUCCESSORS.map((successor) => ({ at: NOW - age, sameAttempt, successor }))),
  );
  return [undefined, ...known];
}
