import { compare } from '../harness/statistics.mjs';

/**
 * Judges goals by what was measured for them.
 *
 * @param {readonly import('../goals.mjs').Goal[]} goals
 * @param {(suite: string, row: string) => { measured: object[], notApplicable: { name: string, why: string }[] }} found
 * @param {number} nodeMajor
 */
export function judgeAll(goals, found, nodeMajor) {
  return goals.map((goal) => {
    const { measured, notApplicable } = found(goal.suite, goal.row);
    const names = [goal.contender, goal.baseline, ...(goal.net === undefined ? [] : [goal.net])];
    const missing = names.find((name) => measured.every((one) => one.name !== name));
    const { promise, direction } = goal;
    const bounds = boundsOf(goal, nodeMajor);
    if (missing !== undefined) {
      const why = notApplicable.find(({ name }) => name === missing || name === 'all')?.why ?? 'it is not there';
      return { promise, direction, ...bounds, notMeasurable: `${missing}: ${why}`, holds: false, stretchHolds: false };
    }
    const [contender, baseline, net] = names.map((name) => measured.find((one) => one.name === name));
    const figure = compare(contender, baseline, { as: direction === 'at most' ? 'share' : 'speed', net });
    return { promise, direction, ...bounds, ...figure, ...judge(figure.figure, direction, bounds) };
  });
}

/** Whether a figure keeps what was promised, and the stretch. @param {'at least' | 'at most'} direction */
export function judge(figure, direction, { goal, stretch }) {
  return { holds: keeps(figure, direction, goal), stretchHolds: keeps(figure, direction, stretch) };
}

/** The same machine answers a few hundredths apart from one run to the next: near 1 that much is forgiven, further off a tenth. */
export function slackOf(bound) {
  return bound >= 0.95 && bound <= 1.3 ? 0.04 : 0.1;
}

export function boundsOf({ goal, goalOn24 = goal, stretch, stretchOn24 = stretch }, nodeMajor) {
  return nodeMajor === 24 ? { goal: goalOn24, stretch: stretchOn24 } : { goal, stretch };
}

function keeps(figure, direction, bound) {
  if (!(figure > 0 && Number.isFinite(figure))) return false; // nothing costs nothing: it was not measured
  return direction === 'at most' ? figure <= bound * (1 + slackOf(bound)) : figure >= bound * (1 - slackOf(bound));
}
