// npm run test:runtimes [-- --json FILE] [RUNTIME...]: the built package in Deno, Bun, workerd and headless Chromium, each found on the PATH. One that
// is not there is skipped by its name. Exits 1 when a check fails, and when nothing was run. FILE gets the report that scripts/sum-tests.mjs reads.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { installInto } from './install.mjs';
import { isRight, keysAndTokens } from './keys.mjs';
import { RUNTIMES } from './runtimes.mjs';

const { values, positionals } = parseArgs({ options: { json: { type: 'string' } }, allowPositionals: true });
const unknown = positionals.filter((word) => RUNTIMES.every(({ name }) => name !== word));
if (unknown.length > 0) {
  console.error(`there is no runtime ${unknown.join(', ')}: there are ${RUNTIMES.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const folder = mkdtempSync(`${tmpdir()}/simplejwt-runtimes-`);
const given = keysAndTokens();
const testResults = [];
try {
  installInto(folder, given);
  for (const runtime of RUNTIMES.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
    const assertionResults = await assertionsOf(runtime);
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    for (const { fullName, message } of failed) console.log(`failed: ${fullName}\n${message}`);
    testResults.push({ name: runtime.name, status: failed.length === 0 ? 'passed' : 'failed', assertionResults });
    console.log(`${runtime.name}: ${sumOf(assertionResults)}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

const all = testResults.flatMap(({ assertionResults }) => assertionResults);
const success = all.some(({ status }) => status === 'passed') && all.every(({ status }) => status !== 'failed');
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ success, testResults }));
console.log(sumOf(all));
if (!success) process.exitCode = 1;

async function assertionsOf({ name, lacks, report }) {
  const version = spawnSync(name, ['--version'], { encoding: 'utf8' });
  if (version.error !== undefined) {
    console.log(`skipped: ${name} is not on the PATH`);
    return [{ fullName: `${name} runs`, status: 'skipped' }];
  }
  console.log(`${name}: ${version.stdout.split('\n')[0]}`);
  try {
    const { results, lacking, made } = await report(folder);
    for (const [provider, algorithms] of Object.entries(lacking)) {
      if (algorithms.length > 0) console.log(`not applicable: ${provider} on ${name} with ${algorithms.join(', ')}`);
    }
    const checks = [
      ...results.map(({ title, ...outcome }) => ({ fullName: `${name}: ${title}`, ...outcome })),
      ...made.map((token) => check(`${name}: ${token.by}: Node verifies its ${token.algorithm}`, isRight(token, given.keys))),
      check(
        `${name}: webCrypto lacks no more than ${lacks.join(', ')}`,
        lacking.webCrypto.every((one) => lacks.includes(one)),
      ),
      check(
        `${name}: nobleCrypto lacks no more than RSA and ML-DSA`,
        lacking.nobleCrypto.every((one) => /^(?:[RP]S|ML)/.test(one)),
      ),
    ];
    return results.length > 300 && made.length > 20 ? checks : [...checks, check(`${name}: looked at enough`, false)];
  } catch (error) {
    return [{ fullName: `${name} runs`, status: 'failed', message: String(error.stack) }];
  }
}

function check(fullName, held) {
  return { fullName, status: held ? 'passed' : 'failed', message: held ? '' : 'it does not hold' };
}

function sumOf(assertions) {
  const count = (wanted) => assertions.filter(({ status }) => status === wanted).length;
  return `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`;
}
