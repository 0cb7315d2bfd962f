import { createHash } from 'node:crypto';

/** A Lua script that takes one key and one argument: its values joined by commas, the last of which may hold commas itself. */
export interface Script<Name extends string> {
  readonly source: string;
  readonly sha1: string;
  pack(values: Readonly<Record<Name, ScriptValue>>): string;
}

/** Identifiers are encoded before (`redis-records.ts`), so that no value but the last holds a comma; undefined is the empty string. */
export type ScriptValue = string | number | boolean | undefined;

/**
 * Makes a script whose values are Lua locals of these names, from its last argument; what is `ahead` reads the first by itself. One argument instead of twenty: what a client does for each argument costs more than
 * `string.match` does for all of them.
 */
export function script<const Name extends string>(names: readonly Name[], body: string, ahead = ''): Script<Name> {
  const argument = ahead === '' ? 1 : 2;
  const pattern = `^${'([^,]*),'.repeat(names.length - 1)}(.*)$`;
  const source = `${ahead}local ${names.join(', ')} = string.match(ARGV[${argument}], '${pattern}')\n${body}`;
  return {
    source,
    sha1: createHash('sha1').update(source).digest('hex'),
    pack(values) {
      let packed = textOf(values[names[0] as Name]);
      for (let index = 1; index < names.length; index++) packed += `,${textOf(values[names[index] as Name])}`;
      return packed;
    },
  };
}

function textOf(value: ScriptValue): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return '';
  return typeof value === 'number' ? String(value) : value ? '1' : '0';
}
