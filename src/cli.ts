#!/usr/bin/env node
import { createOutput } from './adapters/cli/output.ts';
import { runCommand } from './adapters/cli/run-command.ts';
import { program } from './cli-program.ts';

/** SIGINT at a terminal and SIGTERM from whoever runs the process ask for the same. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stopping.abort());
  return stopping.signal;
}

// the exit status, not process.exit(), which would lose what a pipe has not taken yet
process.exitCode = await runCommand(process.argv.slice(2), program, {
  get input() {
    return process.stdin; // opened by whoever reads it
  },
  output: createOutput(process.stdout),
  errors: createOutput(process.stderr),
  env: process.env,
  stopSignal,
});
