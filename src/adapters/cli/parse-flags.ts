import { parseArgs } from 'node:util';
import { nearestName } from '../../application/nearest-name.ts';
import { UsageError, type Command, type FlagRow, type Flags } from './command.ts';

/**
 * Reads the words after a command's name by its table of flags. Throws `UsageError` for a flag it does not know, naming the nearest; for
 * one that lacks its value or occurs twice; and for a word that belongs to no flag.
 */
export function parseFlags(words: readonly string[], { name: command, flags }: Command): Flags {
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(
      Array.from(flags, ([name, row]) => [name, { type: row.value === undefined ? 'boolean' : 'string', multiple: true }]),
    ),
    strict: false, // its own messages name neither the nearest flag nor the command
    tokens: true,
  });

  const given = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional')
      throw new UsageError(`${command} takes no argument ${quoted(token.value)}; try ${command} --help`);
    const row = flags.get(token.name);
    if (row === undefined) throw new UsageError(unknownFlag(token.rawName, command, flags));
    const value = valueOf(token, row);
    const earlier = given.get(token.name);
    if (earlier !== undefined && row.repeats !== true) throw new UsageError(`${token.rawName} is given twice`);
    given.set(token.name, [...(earlier ?? []), value]);
  }
  return {
    value: (name) => given.get(name)?.[0],
    values: (name) => given.get(name) ?? [],
    has: (name) => given.has(name),
  };
}

interface OptionToken {
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function valueOf({ rawName, value, inlineValue }: OptionToken, row: FlagRow): string {
  if (row.value === undefined) {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value`);
    return '';
  }
  if (value === undefined || value === '') throw new UsageError(`${rawName} needs a value: ${rawName} ${row.value}`);
  // `--port --host x` is a forgotten value more often than a value with a dash
  if (value.startsWith('-') && inlineValue !== true) {
    throw new UsageError(
      `${rawName} needs a value: ${rawName} ${row.value}, or ${rawName}=${row.value} where it starts with a dash`,
    );
  }
  return value;
}

function unknownFlag(typed: string, command: string, flags: ReadonlyMap<string, FlagRow>): string {
  const known = [...flags.keys(), 'help'];
  return `${command} has no flag ${quoted(typed)}; did you mean --${nearestName(typed.replace(/^-+/, ''), known)}?`;
}

/** What was typed may be anything, a token among it: long words are cut. */
function quoted(typed: string): string {
  return JSON.stringify(typed.length > LONGEST_QUOTED ? `${typed.slice(0, LONGEST_QUOTED)}...` : typed);
}

const LONGEST_QUOTED = 24;
