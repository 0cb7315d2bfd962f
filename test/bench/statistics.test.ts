import { describe, expect, it } from 'vitest';
import { compare, costOf } from '../../bench/harness/statistics.mjs';
import { GOALS } from '../../bench/goals.mjs';
import { SUITES } from '../../bench/suites/all.mjs';
import { boundsOf, judge, judgeAll, slackOf } from '../../bench/command/judge.mjs';

const measured = (name: string, cpu: number[][], clock = 'cpu') => ({
  name,
  clock,
  cpu,
  wall: cpu.map((rounds) => rounds.map((cost) => cost * 2)),
});

describe('the figure of a contender', () => {
  it('is the median over passes of the median of each, with the lowest tenth and the highest ninetieth percentile', () => {
    const passes = [
      [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100],
      [1, 2, 3],
      [55, 55, 55],
    ];
    expect(costOf({ wall: passes })).toEqual({ figure: 50, low: 1.2, high: 90 });
  });

  it('is the median of the ratios of each round, not the ratio of medians', () => {
    const ours = measured('ours', [[1, 2, 10]]);
    const theirs = measured('theirs', [[4, 2, 5]]);
    expect(compare(ours, theirs).figure).toBe(1); // 4, 1 and 0.5; the medians are 2 and 4
    expect(compare(ours, theirs, { as: 'share' }).figure).toBe(1); // 0.25, 1 and 2
  });

  it('says how many times faster, or what share of the cost', () => {
    const [ours, theirs] = [measured('ours', [[2, 2, 2]]), measured('theirs', [[6, 6, 6]])];
    expect(compare(ours, theirs)).toEqual({ figure: 3, low: 3, high: 3 });
    expect(compare(ours, theirs, { as: 'share' }).figure).toBeCloseTo(1 / 3);
  });

  it('takes off both what both contain', () => {
    const [ours, theirs, bare] = [measured('ours', [[12]]), measured('theirs', [[50]]), measured('bare', [[10]])];
    expect(compare(ours, theirs, { as: 'share', net: bare }).figure).toBe(0.05);
  });

  it('goes by CPU time between two on this thread, and by the wall once one is not', () => {
    const here = { ...measured('here', [[1]]), wall: [[9]] };
    const there = { ...measured('there', [[2]]), wall: [[3]] };
    expect(compare(here, there).figure).toBe(2);
    expect(compare(here, { ...there, clock: 'wall' }).figure).toBeCloseTo(1 / 3);
  });
});

describe('a goal', () => {
  it.each([
    { bound: 0.95, slack: 0.04 },
    { bound: 1.12, slack: 0.04 },
    { bound: 1.3, slack: 0.04 },
    { bound: 0.94, slack: 0.1 },
    { bound: 1.31, slack: 0.1 },
    { bound: 0.3, slack: 0.1 },
    { bound: 50, slack: 0.1 },
  ])('of $bound is judged with a slack of $slack', ({ bound, slack }) => {
    expect(slackOf(bound)).toBe(slack);
  });

  it.each([
    { figure: 2.4, direction: 'at least', goal: 2.4, holds: true },
    { figure: 2.17, direction: 'at least', goal: 2.4, holds: true },
    { figure: 2.15, direction: 'at least', goal: 2.4, holds: false },
    { figure: 9, direction: 'at least', goal: 2.4, holds: true },
    { figure: 0.97, direction: 'at least', goal: 1, holds: true },
    { figure: 0.95, direction: 'at least', goal: 1, holds: false },
    { figure: 1.16, direction: 'at most', goal: 1.12, holds: true },
    { figure: 1.17, direction: 'at most', goal: 1.12, holds: false },
    { figure: 0.2, direction: 'at most', goal: 0.3, holds: true },
    { figure: 0.329, direction: 'at most', goal: 0.3, holds: true },
    { figure: 0.34, direction: 'at most', goal: 0.3, holds: false },
    { figure: Number.NaN, direction: 'at least', goal: 2.4, holds: false },
    { figure: -0.67, direction: 'at most', goal: 0.35, holds: false },
    { figure: 0, direction: 'at most', goal: 0.35, holds: false },
    { figure: Number.NaN, direction: 'at most', goal: 2.4, holds: false },
    { figure: Number.POSITIVE_INFINITY, direction: 'at least', goal: 2.4, holds: false },
  ] as const)('$direction $goal: $figure holds is $holds', ({ figure, direction, goal, holds }) => {
    expect(judge(figure, direction, { goal, stretch: goal })).toEqual({ holds, stretchHolds: holds });
  });

  it('may hold while its stretch misses', () => {
    expect(judge(2.5, 'at least', { goal: 2.4, stretch: 3 })).toEqual({ holds: true, stretchHolds: false });
    expect(judge(1.12, 'at most', { goal: 1.12, stretch: 1.05 })).toEqual({ holds: true, stretchHolds: false });
  });

  it('has bounds of its own on Node 24 where it names them', () => {
    const goal = { goal: 2.4, goalOn24: 2.7, stretch: 3, stretchOn24: 3.4 };
    expect([20, 22, 24, 26].map((major) => boundsOf(goal, major))).toEqual([
      { goal: 2.4, stretch: 3 },
      { goal: 2.4, stretch: 3 },
      { goal: 2.7, stretch: 3.4 },
      { goal: 2.4, stretch: 3 },
    ]);
    expect(boundsOf({ goal: 2, stretch: 3 }, 24)).toEqual({ goal: 2, stretch: 3 });
  });
});

describe('judging', () => {
  const goal = {
    promise: 'ours is fast',
    suite: 'verify',
    row: 'HS256',
    contender: 'ours',
    baseline: 'theirs',
    direction: 'at least' as const,
    goal: 2,
    stretch: 4,
  };
  const [slow, fast] = [measured('theirs', [[6, 6]]), measured('ours', [[2, 2]])];

  it('goes by what was measured', () => {
    const [verdict] = judgeAll([goal], () => ({ measured: [slow, fast], notApplicable: [] }), 20);
    expect(verdict).toMatchObject({ promise: 'ours is fast', figure: 3, low: 3, high: 3, holds: true, stretchHolds: false });
  });

  it('counts a goal as missed that cannot be measured, and says why', () => {
    const found = () => ({ measured: [slow], notApplicable: [{ name: 'ours', why: 'it is not built yet' }] });
    const [verdict] = judgeAll([goal], found, 20);
    expect(verdict).toMatchObject({ notMeasurable: 'ours: it is not built yet', holds: false, stretchHolds: false });
  });

  it('reads `at most` as a share of the cost', () => {
    const [verdict] = judgeAll(
      [{ ...goal, direction: 'at most', goal: 0.5 }],
      () => ({ measured: [slow, fast], notApplicable: [] }),
      20,
    );
    expect(verdict).toMatchObject({ figure: expect.closeTo(1 / 3) as number, holds: true });
  });
});

describe('the table of goals', () => {
  it('is about rows that there are', () => {
    const rows = SUITES.flatMap(({ name, rows }) => rows.map((row) => `${name}: ${row.name}`));
    for (const { suite, row } of GOALS) expect(rows).toContain(`${suite}: ${row}`);
  });

  it('asks for more in each stretch than in its goal, on every line of Node', () => {
    expect(GOALS.length).toBeGreaterThanOrEqual(20);
    for (const one of GOALS) {
      for (const major of [20, 24, 26]) {
        const { goal, stretch } = boundsOf(one, major);
        if (one.direction === 'at least') expect(stretch).toBeGreaterThanOrEqual(goal);
        else expect(stretch).toBeLessThanOrEqual(goal);
      }
    }
  });
});
