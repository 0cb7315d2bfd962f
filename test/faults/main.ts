import { parseArgs } from 'node:util';
import { drivers } from '../adapters/storage/sqlite-drivers.ts';
import { hasFerretdb, hasMongoJava } from '../servers/mongo-servers.ts';
import { hasRedis } from '../servers/redis-server.ts';
import { createProgress } from './progress.ts';
import { perform, type Report, type Run } from './run.ts';
import { RUNS } from './runs.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    store: { type: 'string', multiple: true },
    full: { type: 'boolean' },
    seed: { type: 'string', default: '1' },
    rotations: { type: 'string' },
    faults: { type: 'string' },
    json: { type: 'boolean' },
    strict: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});

/** Of what was wrong so many are shown. */
const MOST_LINES = 10;

if (values.help === true) process.stdout.write(helpText());
else process.exitCode = await main();

async function main(): Promise<number> {
  const unknown = positionals.filter((name) => !RUNS.some((run) => run.name === name));
  if (unknown.length > 0)
    throw new Error(`there is no run ${unknown.join(', ')}; there are ${RUNS.map(({ name }) => name).join(', ')}`);
  const chosen = RUNS.filter(
    ({ name, store }) => (positionals.length === 0 || positionals.includes(name)) && (values.store?.includes(store) ?? true),
  );
  const seed = count(values.seed, 'seed');
  const progress = createProgress(process.stderr);
  const reports: Report[] = [];
  const skipped: string[] = [];
  for (const run of chosen) {
    const lacking = lackingFor(run);
    if (lacking !== undefined) skipped.push(`${run.name} is skipped: ${lacking}`);
    else reports.push(await perform(run, sizeOf(run), seed, progress));
    const last = reports.at(-1);
    if (values.json !== true)
      process.stdout.write(lacking === undefined && last !== undefined ? textOf(last) : `${skipped.at(-1)}\n`);
  }
  const checks = reports.reduce((sum, report) => sum + report.checks, 0);
  const wrong = reports.reduce((sum, report) => sum + report.wrong.length, 0);
  if (values.json === true) process.stdout.write(`${JSON.stringify({ seed, reports, skipped, checks, wrong }, undefined, 2)}\n`);
  else
    process.stdout.write(
      `faults: ${reports.length} runs, ${checks} checks, ${wrong} wrong, ${skipped.length} skipped, seed ${seed}\n`,
    );
  return wrong > 0 || reports.length === 0 || (values.strict === true && skipped.length > 0) ? 1 : 0;
}

function sizeOf(run: Run): Run['full'] {
  const size = values.full === true ? run.full : run.smoke;
  return {
    rotations: values.rotations === undefined ? size.rotations : count(values.rotations, 'rotations'),
    faults: values.faults === undefined ? size.faults : count(values.faults, 'faults'),
  };
}

function lackingFor({ store }: Run): string | undefined {
  if (store === 'sqlite' && drivers.length === 0) return 'this runtime has no SQLite';
  if (store === 'ferretdb' && !hasFerretdb()) return 'there is no FerretDB';
  if (store === 'mongo-java' && !hasMongoJava()) return 'there is no mongo-java-server';
  if (['redis', 'sentinel', 'cluster'].includes(store) && !hasRedis()) return 'there is no redis-server';
  return undefined;
}

function textOf({ name, seconds, tally, notes, looked, checks, wrong }: Report): string {
  const { rotations, replays, revocations, unknown } = tally;
  const judged = Object.entries(looked)
    .filter(([, number]) => number > 0)
    .map(([invariant, number]) => `${invariant} ${number}`);
  const lines = [
    `${name}: ${rotations} rotations, ${replays} replays, ${revocations} revocations, ${unknown} unknown outcomes, ${seconds.toFixed(1)} s`,
    `  ${Object.entries(notes)
      .map(([what, value]) => `${what} ${value}`)
      .join(', ')}`,
    `  ${checks} checks: ${judged.join(', ')}`,
    ...wrong.slice(0, MOST_LINES).map((what) => `  WRONG ${what}`),
    wrong.length > MOST_LINES ? `  and ${wrong.length - MOST_LINES} more` : `  ${wrong.length === 0 ? 'kept' : 'broken'}`,
  ];
  return `${lines.join('\n')}\n`;
}

function count(text: string, name: string): number {
  if (!/^\d{1,8}$/.test(text)) throw new Error(`--${name} must be a whole number`);
  return Number(text);
}

function helpText(): string {
  const runs = RUNS.map(
    ({ name, says, full }) => `  ${name.padEnd(18)} ${says}; full: ${full.rotations} rotations, ${full.faults} faults`,
  );
  return `npm run faults -- [RUN...] [--store STORE...] [--full] [--seed N] [--rotations N] [--faults N] [--json] [--strict]

Runs loads of a token service on each store, breaks what is beneath, and judges what clients saw by the invariants I1 to I11. Without --full a
smoke run. --strict counts a skipped run as a failure.

${runs.join('\n')}
`;
}
