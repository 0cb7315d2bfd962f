import { ConfigError } from '../../domain/errors.ts';
import { nearestName } from '../../application/nearest-name.ts';
import { accidentText } from './accident-text.ts';
import { UsageError, type Command, type ExitStatus } from './command.ts';
import { commandHelp, programHelp } from './help-text.ts';
import { parseFlags } from './parse-flags.ts';
import type { Terminal } from './terminal.ts';

export interface Program {
  readonly commands: readonly Command[];
  readonly version: string;
}

/**
 * Runs what the words of a command line ask for and answers the exit status: 2 for what the caller has to write differently, with a
 * message that says how; 1 for what went wrong nevertheless.
 */
export async function runCommand(words: readonly string[], program: Program, terminal: Terminal): Promise<ExitStatus> {
  try {
    return await dispatch(words, program, terminal);
  } catch (error) {
    const mistake = error instanceof UsageError || error instanceof ConfigError;
    await terminal.errors.write(`simplejwt: ${mistake ? error.message : accidentText(error)}\n`);
    return mistake ? 2 : 1;
  }
}

async function dispatch(
  [word, ...rest]: readonly string[],
  { commands, version }: Program,
  terminal: Terminal,
): Promise<ExitStatus> {
  if (word === undefined) {
    await terminal.errors.write(programHelp(commands));
    return 2;
  }
  if (HELP.has(word)) return say(programHelp(commands), terminal);
  if (word === '--version') return say(`${version}\n`, terminal);
  const command = commands.find(({ name }) => name === word);
  if (command === undefined) throw new UsageError(unknownCommand(word, commands));
  if (rest.some((flag) => HELP.has(flag))) return say(commandHelp(command), terminal);
  return command.run(parseFlags(rest, command), terminal);
}

async function say(text: string, { output }: Terminal): Promise<ExitStatus> {
  await output.write(text);
  return 0;
}

function unknownCommand(word: string, commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name);
  const nearest = nearestName(word, [...names, '--help', '--version']);
  return `there is no command ${JSON.stringify(word.slice(0, 24))}; did you mean ${nearest}?`;
}

const HELP: ReadonlySet<string> = new Set(['--help', '-h']);
