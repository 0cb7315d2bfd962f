import type { Terminal } from './terminal.ts';

/** One flag of a command. */
export interface FlagRow {
  /** What stands for its value in the help text; a flag without one is a switch. */
  readonly value?: string;
  readonly description: string;
  /** Whether it may be given more than once. */
  readonly repeats?: boolean;
}

/** A row of the command table: what it is called, what it is for, the flags it takes and what it does. */
export interface Command {
  readonly name: string;
  readonly description: string;
  /** By name, without the dashes. */
  readonly flags: ReadonlyMap<string, FlagRow>;
  /** Does the work and answers the exit status. Throws `UsageError` or `ConfigError` for what the caller has to change. */
  run(flags: Flags, terminal: Terminal): Promise<ExitStatus>;
}

/** What was given on the command line, parsed by the table of flags. */
export interface Flags {
  /** The value of a flag, or undefined. */
  value(name: string): string | undefined;
  /** All values of a flag that repeats. */
  values(name: string): readonly string[];
  /** Whether a switch was given. */
  has(name: string): boolean;
}

export type ExitStatus = 0 | 1 | 2;

/** The caller's mistake on the command line; the message says what to write instead. */
export class UsageError extends Error {
  static {
    this.prototype.name = 'UsageError';
  }
}

/** The value of a flag a command cannot do without. */
export function required(command: string, flags: Flags, rows: Command['flags'], name: string): string {
  const value = flags.value(name);
  if (value === undefined)
    throw new UsageError(`${command} needs --${name} ${rows.get(name)?.value ?? ''}; try ${command} --help`);
  return value;
}
