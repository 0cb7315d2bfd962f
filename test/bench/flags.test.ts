import { describe, expect, it } from 'vitest';
import { BENCH_FLAGS, helpOf, parseFlags } from '../../bench/command/flags.mjs';
import { withoutPlace } from '../../bench/command/other-node.mjs';

describe('the flags of npm run bench', () => {
  it('are read by one table', () => {
    const words = [
      '--filter',
      'verify',
      '--filter=sign HS256',
      '--passes',
      '2',
      '--rounds=7',
      '--slot-ms',
      '5',
      '--node',
      '24',
      '--json',
    ];
    expect(parseFlags(words, BENCH_FLAGS)).toEqual({
      filter: ['verify', 'sign HS256'],
      passes: 2,
      rounds: 7,
      'slot-ms': 5,
      node: ['24'],
      json: true,
    });
    expect(parseFlags([], BENCH_FLAGS)).toEqual({});
  });

  it('all stand in the help', () => {
    const help = helpOf('usage', BENCH_FLAGS);
    for (const name of Object.keys(BENCH_FLAGS)) expect(help).toContain(`--${name} `);
  });

  it.each([
    { words: ['--fliter', 'verify'], says: 'there is no --fliter; did you mean --filter?' },
    { words: ['--goal'], says: 'did you mean --goals?' },
    { words: ['--slotms', '5'], says: 'did you mean --slot-ms?' },
    { words: ['--__proto__'], says: 'there is no --__proto__' },
    { words: ['-q'], says: 'there is no -q' },
    { words: ['verify'], says: "write --filter 'verify'" },
    { words: ['--passes'], says: 'write --passes N' },
    { words: ['--passes', '0'], says: '--passes must be a whole number from 1' },
    { words: ['--rounds', 'many'], says: 'such as --rounds 5' },
    { words: ['--passes', '1', '--passes', '2'], says: 'write it once' },
    { words: ['--json=yes'], says: '--json takes no value' },
    { words: ['--node', 'latest'], says: 'such as --node 24' },
    { words: ['--node', '../24'], says: 'such as --node 24' },
  ])('refuse $words, saying what to write', ({ words, says }) => {
    expect(() => parseFlags(words, BENCH_FLAGS)).toThrow(says);
  });

  it('go along to another Node, less where it runs and what it writes', () => {
    const words = ['--node', '24', '--filter', 'verify', '--html', 'x.html', '--node=26', '--json', '--quick'];
    expect(withoutPlace(words)).toEqual(['--filter', 'verify', '--quick']);
  });
});
