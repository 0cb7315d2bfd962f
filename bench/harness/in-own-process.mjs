import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** As `measureRow`, in a process of the row's own. Ends with the signal. */
export function inOwnProcess(suite, row, settings, onRound, signal) {
  return new Promise((resolve, reject) => {
    const child = fork(PROGRAM, {
      execArgv: ['--disable-warning=ExperimentalWarning', '--expose-gc', ...(row.execArgv ?? [])],
      serialization: 'advanced',
      signal,
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    child.on('message', ({ round, answer, error, stack }) => {
      if (round) onRound();
      else if (error === undefined) resolve(answer);
      else reject(Object.assign(new Error(error), { stack }));
    });
    child.once('error', reject);
    child.once('exit', (code, killed) => reject(new Error(`its process ended with ${killed ?? code}`)));
    child.send({ suite: suite.name, row: row.name, settings });
  });
}

const PROGRAM = fileURLToPath(new URL('row-process.mjs', import.meta.url));
