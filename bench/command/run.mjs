import { GOALS } from '../goals.mjs';
import { roundsOf } from '../harness/measure-row.mjs';
import { judgeAll } from './judge.mjs';
import { createProgress } from './progress.mjs';
import { reportOf } from './report.mjs';

/**
 * Measures what was chosen, row by row, and answers the report.
 *
 * @param {readonly import('../suites/all.mjs').Suite[]} suites
 * @param {{ settings: object, filters: readonly string[], goals: boolean }} choice
 * @param {{ measure: Function, stderr: NodeJS.WritableStream, signal: AbortSignal }} world
 */
export async function run(suites, { settings, filters, goals }, { measure, stderr, signal }) {
  const all = suites.flatMap((suite) => suite.rows.map((row) => ({ suite, row, full: `${suite.name} ${row.name}` })));
  const filtered = all.filter(
    ({ full }) => filters.length === 0 || filters.some((text) => full.toLowerCase().includes(text.toLowerCase())),
  );
  const promised = GOALS.filter(({ suite, row }) => filtered.some(({ full }) => full === `${suite} ${row}`));
  const chosen = goals ? filtered.filter(({ full }) => promised.some(({ suite, row }) => full === `${suite} ${row}`)) : filtered;

  const total = chosen.reduce((sum, { row }) => sum + settings.passes * roundsOf(row, settings), 0);
  const progress = createProgress(stderr, total, `Node ${process.versions.node} `);
  const lines = [];
  try {
    for (const { suite, row, full } of chosen) {
      progress.begin({ suite: suite.name, row: row.name });
      const only = goals ? namesFor(promised, full) : undefined;
      try {
        lines.push({ suite, row, ...(await measure(suite, row, { ...settings, only }, progress.step, signal)) });
      } catch (cause) {
        throw new Error(`${full}: ${cause.message}`, { cause });
      }
    }
  } finally {
    progress.stop();
  }
  const report = reportOf(lines, settings);
  if (!goals) return report;
  const found = (suite, row) => lines.find((line) => line.suite.name === suite && line.row.name === row);
  return { ...report, goals: judgeAll(promised, found, Number.parseInt(process.versions.node, 10)) };
}

/** Goals run with nobody beside them but whom they are about. */
function namesFor(goals, full) {
  return goals
    .filter(({ suite, row }) => full === `${suite} ${row}`)
    .flatMap(({ contender, baseline, net }) => [contender, baseline, ...(net === undefined ? [] : [net])]);
}
