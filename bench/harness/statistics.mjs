import { median, quantile } from 'simple-statistics';

/**
 * @typedef {object} Figure
 * @property {number} figure The median over passes of each pass's median.
 * @property {number} low The lowest 10th percentile of a pass.
 * @property {number} high The highest 90th.
 */

/** The figure of a value that was measured pass by pass and round by round. @returns {Figure} */
function figureOf(passes) {
  return {
    figure: median(passes.map((rounds) => median(rounds))),
    low: Math.min(...passes.map((rounds) => quantile(rounds, 0.1))),
    high: Math.max(...passes.map((rounds) => quantile(rounds, 0.9))),
  };
}

/** What a contender cost, in the unit it was measured in. @param {{ wall: number[][] }} measured @returns {Figure} */
export function costOf(measured) {
  return figureOf(measured.wall);
}

/**
 * How a contender compares to a baseline, round by round: how many times faster it is, or, as `share`, how much of the baseline's cost it
 * takes. `net` is a third that both contain, and that is taken off both first. CPU time where both work on one thread, for a neighbour on
 * the machine does not disturb it; else time by the clock on the wall.
 *
 * @param {Measured} contender
 * @param {Measured} baseline
 * @param {{ as?: 'speed' | 'share', net?: Measured }} [manner]
 * @returns {Figure}
 *
 * @typedef {{ clock: string, cpu: number[][], wall: number[][] }} Measured
 */
export function compare(contender, baseline, { as = 'speed', net } = {}) {
  const clock = contender.clock === 'cpu' && baseline.clock === 'cpu' ? 'cpu' : 'wall';
  return figureOf(
    contender[clock].map((rounds, pass) =>
      rounds.map((cost, round) => {
        const shared = net === undefined ? 0 : net[clock][pass][round];
        const [own, other] = [cost - shared, baseline[clock][pass][round] - shared];
        return as === 'share' ? own / other : other / own;
      }),
    ),
  );
}
