import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAMS = {
  'node alone': '0',
  'node:crypto': "await import('node:crypto')",
  'simplejwt/jws': "await import('simplejwt/jws')",
  'fast-jwt': "await import('fast-jwt')",
  jose: "await import('jose')",
  jsonwebtoken: "await import('jsonwebtoken')",
  '@node-rs': "await import('@node-rs/jsonwebtoken')",
};

export const imports = {
  name: 'import',
  about: 'a process that imports it and ends, from start to end; compared by CPU time',
  unit: 'time',
  compared: 'share',
  baseline: 'node alone',
  rows: [
    { name: 'process', rounds: 11, prepare: () => ({ contenders: Object.entries(PROGRAMS).map(processOf), notApplicable: [] }) },
  ],
};

function processOf([name, program]) {
  const sample = () => {
    const started = performance.now();
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program + TELL], { cwd: ROOT });
    const wall = (performance.now() - started) * 1e6;
    if (status !== 0) throw new Error(`the process failed: ${stderr.toString()}`);
    return { wall, cpu: Number(stdout.toString()) * 1000 };
  };
  return { name, ours: name.startsWith('simplejwt'), floor: name === 'node alone', sample, check: () => sample().cpu > 0 };
}

/** What CPU time it took: a neighbour that holds the process up does not count. */
const TELL = ';const { user, system } = process.cpuUsage(); process.stdout.write(String(user + system));';
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
