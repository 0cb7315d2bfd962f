import { helpOf, parseFlags, UsageError } from '../command/flags.mjs';
import { measureMongo } from './mongo.mjs';
import { measureRedis } from './redis.mjs';
import { measureReplica } from './replica.mjs';
import { reportOf } from './report.mjs';
import { sizesOf } from './sizes.mjs';
import { measureSqlite } from './sqlite.mjs';
import { SCALE_FLAGS, workloadOf } from './workload.mjs';

/**
 * Measures a sample at every store that can be run here, and prints what the workload comes to. Answers the exit status: 1 where a call of the sample
 * does not come to what it should, so that no figure of a broken run is printed; 2 for words that cannot be meant.
 *
 * @param {readonly string[]} words
 * @param {{ stdout: NodeJS.WritableStream, stderr: NodeJS.WritableStream }} streams
 */
export async function scale(words, { stdout, stderr }, measures = MEASURES) {
  try {
    const flags = parseFlags(words, SCALE_FLAGS);
    if (flags.help) {
      stdout.write(helpOf(USAGE, SCALE_FLAGS));
      return 0;
    }
    const workload = workloadOf(flags);
    const stores = [];
    for (const measure of measures.stores) {
      stderr.write(`${measure.of} ...\n`);
      stores.push(...(await measure.run(workload)));
    }
    stderr.write('replica ...\n');
    const replicas = await measures.replica(workload);
    const report = { node: process.version, workload, stores, replicas, sizes: sizesOf(workload, stores, replicas) };
    stdout.write(flags.json ? `${JSON.stringify(report, null, 2)}\n` : reportOf(report));
    return 0;
  } catch (error) {
    stderr.write(`scale: ${error.message}\n`);
    if (!(error instanceof UsageError)) return 1;
    stderr.write('try node bench/scale.mjs --help\n');
    return 2;
  }
}

const MEASURES = {
  stores: [
    { of: 'SQLite', run: measureSqlite },
    { of: 'Redis', run: measureRedis },
    { of: 'MongoDB', run: measureMongo },
  ],
  replica: measureReplica,
};

const USAGE = `node bench/scale.mjs [flags], after npm run build

Runs a sample of families at each store, counts bytes, commands and processor time, and says what as many as you name come to.`;
