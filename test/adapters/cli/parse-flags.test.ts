import { describe, expect, it } from 'vitest';
import { UsageError, type Command } from '../../../src/adapters/cli/command.ts';
import { parseFlags } from '../../../src/adapters/cli/parse-flags.ts';

const command: Command = {
  name: 'walk',
  description: 'Walks.',
  flags: new Map([
    ['port', { value: 'PORT', description: 'the port' }],
    ['audience', { value: 'A', description: 'who', repeats: true }],
    ['json', { description: 'as JSON' }],
  ]),
  run: async () => 0,
};
const parse = (...words: string[]) => parseFlags(words, command);

describe('flags', () => {
  it('have their values after a blank or an equals sign', () => {
    expect(parse('--port', '80').value('port')).toBe('80');
    expect(parse('--port=-80').value('port')).toBe('-80');
    expect(parse().value('port')).toBeUndefined();
  });

  it('are switches, or repeat, where their row says so', () => {
    const flags = parse('--audience', 'a', '--json', '--audience=b');
    expect([flags.values('audience'), flags.has('json'), flags.has('port')]).toEqual([['a', 'b'], true, false]);
  });

  it.each([
    [['--prot', '80'], 'walk has no flag "--prot"; did you mean --port?'],
    [['--jsn'], 'did you mean --json?'],
    [['-p', '80'], 'walk has no flag "-p"'],
    [['--__proto__', '1'], 'walk has no flag "--__proto__"'],
    [['--port'], '--port needs a value: --port PORT'],
    [['--port='], '--port needs a value: --port PORT'],
    [['--port', '--json'], '--port needs a value: --port PORT, or --port=PORT'],
    [['--port', '1', '--port', '2'], '--port is given twice'],
    [['--json=yes'], '--json takes no value'],
    [['here'], 'walk takes no argument "here"; try walk --help'],
    [['--', '--port'], 'walk takes no argument "--port"'],
  ])('refuses %j and says what to write', (words, message) => {
    expect(() => parse(...words)).toThrow(UsageError);
    expect(() => parse(...words)).toThrow(message);
  });

  it('does not repeat a token that was put in their place', () => {
    const token = `eyJhbGciOiJIUzI1NiJ9.${'A'.repeat(200)}`;
    expect(() => parse(token)).toThrow(/"eyJhbGciOiJIUzI1NiJ9\.AAA\.\.\."/);
  });
});
