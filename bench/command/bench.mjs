import { writeFileSync } from 'node:fs';
import { inOwnProcess } from '../harness/in-own-process.mjs';
import { SUITES } from '../suites/all.mjs';
import { BENCH_FLAGS, helpOf, parseFlags, UsageError } from './flags.mjs';
import { onOtherNode } from './other-node.mjs';
import { pageOf } from './page.mjs';
import { run } from './run.mjs';
import { tablesOf } from './tables.mjs';

/**
 * `npm run bench`. Answers the exit status: 0; 1 when a contender fails its check or a goal misses; 2 for words that cannot be meant; 130
 * when it was interrupted.
 *
 * @param {readonly string[]} words
 * @param {{ stdout: NodeJS.WritableStream, stderr: NodeJS.WritableStream, signal?: AbortSignal }} streams
 */
export async function bench(
  words,
  { stdout, stderr, signal = new AbortController().signal },
  { suites = SUITES, measure = inOwnProcess } = {},
) {
  try {
    const flags = parseFlags(words, BENCH_FLAGS);
    if (flags.help) {
      stdout.write(helpOf(USAGE, BENCH_FLAGS));
      return 0;
    }
    const choice = { settings: settingsOf(flags), filters: flags.filter ?? [], goals: flags.goals === true };
    const reports = [];
    if (flags.node === undefined) {
      assertSomething(suites, choice);
      reports.push(await run(suites, choice, { measure, stderr, signal }));
    }
    for (const line of flags.node ?? []) reports.push(await onOtherNode(line, words, { stderr, signal }));

    if (flags.html !== undefined) writeFileSync(flags.html, pageOf(reports));
    if (flags.json) stdout.write(`${JSON.stringify({ reports }, null, 2)}\n`);
    else stdout.write(reports.map(tablesOf).join('\n\n'));
    return reports.some(({ goals }) => goals?.some(({ holds }) => !holds)) ? 1 : 0;
  } catch (error) {
    if (signal.aborted) {
      stderr.write('\ninterrupted\n');
      return 130;
    }
    stderr.write(`bench: ${error.message}\n`);
    if (error instanceof UsageError) {
      stderr.write('try npm run bench -- --help\n');
      return 2;
    }
    return 1;
  }
}

/** Goals are judged by more rounds than a look at a table needs. */
function settingsOf({ quick, goals, passes, rounds, 'slot-ms': slotMs }) {
  const usual = quick ? { passes: 1, rounds: 3, slotMs: 3 } : { passes: 3, rounds: goals ? 25 : 15, slotMs: 10 };
  return { passes: passes ?? usual.passes, rounds: rounds ?? usual.rounds, slotMs: slotMs ?? usual.slotMs };
}

function assertSomething(suites, { filters }) {
  const names = suites.flatMap(({ name, rows }) => rows.map((row) => `${name} ${row.name}`));
  const idle = filters.find((text) => names.every((name) => !name.toLowerCase().includes(text.toLowerCase())));
  if (idle !== undefined) {
    const known = suites.map(({ name }) => name).join(', ');
    throw new UsageError(`no row has '${idle}' in its name; the suites are ${known}`);
  }
}

const USAGE = `npm run bench -- [flags]

Measures this library beside others: every row in a process of its own, contenders interleaved, ratios of medians.`;
