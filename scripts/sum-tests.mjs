// Adds up vitest's JSON reports: node scripts/sum-tests.mjs report.json... One line a run, then the sum as the last line.
// Exits 1 when a run reports no test, a failure, or a test that did not run (skipped, pending, todo).
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const reports = process.argv.slice(2);
const total = { passed: 0, failed: 0, skipped: 0 };
let sound = reports.length > 0;

for (const file of reports) {
  const { testResults = [], success } = JSON.parse(readFileSync(file, 'utf8'));
  const run = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, status, assertionResults = [] } of testResults) {
    // A file that failed before its first test (an import that throws) has no assertions of its own.
    if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) {
      console.log(`failed outside its tests: ${name}`);
      run.failed += 1;
    }
    for (const test of assertionResults) {
      const outcome = test.status === 'passed' || test.status === 'failed' ? test.status : 'skipped';
      run[outcome] += 1;
      if (outcome !== 'passed') console.log(`${test.status}: ${name} > ${test.fullName}`);
    }
  }
  console.log(`${basename(file, '.json')}: ${line(run)}`);
  if (run.passed === 0) console.log(`${basename(file, '.json')}: ran no test`);
  if (success !== true || run.passed === 0 || run.failed > 0 || run.skipped > 0) sound = false;
  for (const outcome of Object.keys(total)) total[outcome] += run[outcome];
}

if (!sound) process.exitCode = 1;
console.log(line(total));

function line({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
