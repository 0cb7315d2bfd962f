import { parseArgs } from 'node:util';

/**
 * A flag: what it takes, what it does, and what it makes of its text.
 *
 * @typedef {{ value?: string, many?: boolean, help: string, parse?: (text: string, name: string) => unknown }} Flag
 */

/** What the user wrote that cannot be meant; its message says what to write instead. */
export class UsageError extends Error {}

/** @type {Readonly<Record<string, Flag>>} */
export const BENCH_FLAGS = {
  filter: { value: 'TEXT', many: true, help: "only rows with TEXT in 'suite row', such as 'verify HS256'; may be repeated" },
  goals: { help: "measure the project's goals and say which hold; exits 1 when one does not" },
  passes: { value: 'N', help: 'passes over all contenders of a row (3)', parse: count },
  rounds: { value: 'N', help: 'rounds of a pass, in each of which every contender runs once (15; for --goals 25)', parse: count },
  'slot-ms': { value: 'N', help: 'milliseconds a contender runs in a round (10)', parse: count },
  quick: { help: 'one pass, three rounds, short slots: to see that all works, not to quote' },
  node: {
    value: 'LINE',
    many: true,
    help: 'under another line of Node, such as 24, fetched from npm; may be repeated',
    parse: line,
  },
  json: { help: 'the report as JSON on the standard output' },
  html: { value: 'FILE', help: 'the report as one page with charts, in FILE' },
  help: { help: 'this text' },
};

/** @type {Readonly<Record<string, Flag>>} */
export const TUNE_FLAGS = {
  token: { value: 'FILE', help: 'a compact JWT of yours; - reads it from the standard input. Without it, a typical one' },
  key: { value: 'FILE', help: 'what verifies it: a secret (HS*), PEM or a JWK' },
  alg: { value: 'ALG', help: "the algorithm, such as ES256 (the token's own, or HS256)" },
  quick: { help: 'short slots: to see that all works' },
  json: { help: 'the measurements as JSON on the standard output' },
  help: { help: 'this text' },
};

/** Reads the words by a table of flags. Throws `UsageError`. */
export function parseFlags(words, flags) {
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(
      Object.entries(flags).map(([name, { value }]) => [
        name,
        { type: value === undefined ? 'boolean' : 'string', multiple: true },
      ]),
    ),
    strict: false, // its own messages do not name what was meant
    tokens: true,
  });
  const given = {};
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') throw new UsageError(positional(token.value, flags));
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
    if (flag === undefined)
      throw new UsageError(`there is no ${token.rawName}; did you mean --${nearest(token.name, Object.keys(flags))}?`);
    const value = valueOf(token, flag);
    if (flag.many) (given[token.name] ??= []).push(value);
    else if (Object.hasOwn(given, token.name)) throw new UsageError(`--${token.name} is given twice; write it once`);
    else given[token.name] = value;
  }
  return given;
}

export function helpOf(usage, flags) {
  const lines = Object.entries(flags).map(([name, { value, help }]) => {
    const written = `--${name}${value === undefined ? '' : ` ${value}`}`;
    return `  ${written.padEnd(16)} ${help}`;
  });
  return `${usage}\n\n${lines.join('\n')}\n`;
}

function valueOf({ name, value }, flag) {
  if (flag.value === undefined) {
    if (value !== undefined) throw new UsageError(`--${name} takes no value; write --${name}`);
    return true;
  }
  if (value === undefined || value === '') throw new UsageError(`--${name} lacks its value; write --${name} ${flag.value}`);
  return flag.parse === undefined ? value : flag.parse(value, name);
}

function count(text, name) {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new UsageError(`--${name} must be a whole number from 1 to 99999, such as --${name} 5`);
  return Number(text);
}

function line(text, name) {
  if (!/^\d{2}(\.\d+){0,2}$/.test(text))
    throw new UsageError(`--${name} must be a line of Node or a release, such as --${name} 24`);
  return text;
}

function positional(word, flags) {
  const [first] = Object.keys(flags); // what is most likely meant by a word alone
  return `'${word}' belongs to no flag; write --${first} '${word}'`;
}

/** The flag that shares the most pairs of letters. */
function nearest(name, known) {
  const pairs = (text) => Array.from({ length: text.length + 1 }, (_, index) => ` ${text} `.slice(index, index + 2));
  const shared = (flag) => (2 * pairs(flag).filter((pair) => pairs(name).includes(pair)).length) / (flag.length + name.length);
  return known.toSorted((a, b) => shared(b) - shared(a))[0];
}
