import type { Command } from './command.ts';

/** What `simplejwt --help` says. */
export function programHelp(commands: readonly Command[]): string {
  const rows = commands.map(({ name, description }) => [name, description] as const);
  return [
    'Usage: simplejwt COMMAND [FLAGS]',
    '',
    'Commands:',
    ...columns(rows),
    '',
    'simplejwt COMMAND --help tells the flags of a command, simplejwt --version the version.',
    '',
  ].join('\n');
}

/** What `simplejwt COMMAND --help` says. */
export function commandHelp({ name, description, flags }: Command): string {
  const rows = Array.from(flags, ([flag, row]) => {
    const left = row.value === undefined ? `--${flag}` : `--${flag} ${row.value}`;
    return [left, row.repeats === true ? `${row.description} (may be repeated)` : row.description] as const;
  });
  return [`Usage: simplejwt ${name} [FLAGS]`, '', description, '', 'Flags:', ...columns(rows), ''].join('\n');
}

function columns(rows: readonly (readonly [left: string, right: string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
