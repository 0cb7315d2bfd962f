import { createHash } from 'node:crypto';

/** A Lua script that takes one key and one argument: its values joined by commas, the last of which may hold commas itself. */
export interface Script<Name extends string> {
  readonly source: string;
  readonly sha1: string;
  pack(values: Readonly<Record<Name, ScriptValue>>): string;
}

/** Identifiers are encoded before (`records.ts`), so that no value but the last holds a comma; undefined is the empty string. */
export type ScriptValue = string | number | boolean | undefined;

/**
 * Makes a script whose values are Lua locals of these names. One argument instead of twenty: what a client does for each argument costs more than
 * `string.match` does for all of them.
 */
export function script<const Name extends string>(names: readonly Name[], body: string): Script<Name> {
  return made(names, `local position = 1\n${localsOf(names, 'ARGV[1]')}${body}`);
}

/**
 * Makes a script that decides for each of its keys, with two arguments a key: the values of these names from the second, and before them what
 * `ahead` reads from the first. For one key it answers what the body does, for several a list.
 */
export function scriptOfMany<const Name extends string>(names: readonly Name[], ahead: string, body: string): Script<Name> {
  return made(
    names,
    `local time
local function decide(position)
${ahead}
${localsOf(names, 'ARGV[2 * position]')}${body}
end
if #KEYS == 1 then return decide(1) end
local replies = {}
for position = 1, #KEYS do replies[position] = decide(position) end
return replies`,
  );
}

function localsOf(names: readonly string[], argument: string): string {
  return `local ${names.join(', ')} = string.match(${argument}, '^${'([^,]*),'.repeat(names.length - 1)}(.*)$')\n`;
}

function made<Name extends string>(names: readonly Name[], source: string): Script<Name> {
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
