import { availableParallelism } from 'node:os';
import { helpOf, parseFlags, TUNE_FLAGS, UsageError } from '../command/flags.mjs';
import { crewOf as workersFor } from '../suites/workers.mjs';
import { measure } from './measure.mjs';
import { subjectOf } from './subject.mjs';
import { wordsOf } from './words.mjs';

/**
 * `npm run bench:tune`. Answers the exit status: 0; 1 when something fails; 2 for words, or a token and key, that cannot be meant.
 *
 * @param {readonly string[]} words
 * @param {{ stdout: NodeJS.WritableStream, stderr: NodeJS.WritableStream }} streams
 */
export async function tune(words, { stdout, stderr }, { crewOf = workersFor } = {}) {
  try {
    const flags = parseFlags(words, TUNE_FLAGS);
    if (flags.help) {
      stdout.write(helpOf(USAGE, TUNE_FLAGS));
      return 0;
    }
    const subject = subjectOf(flags);
    const settings = flags.quick ? { passes: 1, rounds: 3, slotMs: 2, warmMs: 20 } : { passes: 3, rounds: 9, slotMs: 8 };
    const step = (name) => void stderr.write(`${name} ...\n`);
    step('parts');
    const measured = await measure(subject, settings, { step, crewOf });
    const { typical, algorithm, token } = subject;
    const report = {
      token: { typical, algorithm, length: token.length },
      machine: { node: process.versions.node, cores: availableParallelism() },
      measured,
    };
    stdout.write(flags.json ? `${JSON.stringify(report, null, 2)}\n` : wordsOf(report));
    return 0;
  } catch (error) {
    const meant = error instanceof UsageError || error.name === 'ConfigError';
    stderr.write(`bench:tune: ${error.message}\n`);
    if (meant) stderr.write('try npm run bench:tune -- --help\n');
    return meant ? 2 : 1;
  }
}

const USAGE = `npm run bench:tune -- [flags]

Says what verifying a token costs, piece by piece, and which option would help by how much. With your own token and key, or a
typical token without them. Neither token nor key nor a claim is ever printed.`;
