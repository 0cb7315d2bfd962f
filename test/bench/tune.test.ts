import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createSigner } from 'simplejwt/jws';
import { afterAll, describe, expect, it } from 'vitest';
import { tune } from '../../bench/tune/tune.mjs';
import { sinkOf } from './in-this-process.ts';

const folder = mkdtempSync(`${tmpdir()}/simplejwt-tune-`);
afterAll(() => rmSync(folder, { recursive: true }));

const secret = randomBytes(32).toString('hex');
const claims = { sub: 'a-person-of-flesh', scope: 'to-read-minds', exp: 1_500_000_000, iss: 'an-issuer-of-old' };
const token = createSigner({ algorithm: 'HS256', key: secret })(claims);
const file = (name: string, content: string) => {
  writeFileSync(`${folder}/${name}`, content);
  return `${folder}/${name}`;
};
const given = ['--token', file('token', `${token}\n`), '--key', file('key', `${secret}\n`)];
const secrets = [token, ...token.split('.'), secret, claims.sub, claims.scope, claims.iss, String(claims.exp)];

/** Workers that need no file of their own: one takes 10 us a token, two take 5 us. */
const crewOf = async () => ({
  contenders: [10_000, 5_000].map((cost, index) => ({ name: `${index + 1}`, sample: () => cost, check: () => true })),
  notApplicable: [],
  close: async () => [],
});

async function run(...words: string[]) {
  const [stdout, stderr] = [sinkOf(), sinkOf()];
  const status = await tune(words, { stdout, stderr }, { crewOf });
  return { status, text: stdout.text(), errors: stderr.text() };
}

describe('npm run bench:tune', () => {
  it('says what a token of yours costs, even one that has expired, and shows nothing of it', async () => {
    const { status, text, errors } = await run(...given, '--quick', '--json');
    expect(status).toBe(0);
    const { token: told, measured } = JSON.parse(text);
    expect(told).toEqual({ typical: false, algorithm: 'HS256', length: token.length });
    const names = measured.parts.pieces.map(({ name }: { name: string }) => name);
    expect(names).toEqual(['header', 'signature', 'payload to text', 'claims, read and checked']);
    expect(measured.parts.time).toBeGreaterThan(0);
    expect(measured.algorithms.map(({ algorithm }: { algorithm: string }) => algorithm)).toEqual([
      'HS256',
      'RS256',
      'PS256',
      'ES256',
      'EdDSA',
    ]);
    expect(measured.workers).toMatchObject({ faster: 2 });
    for (const value of secrets) expect(text + errors).not.toContain(value);
  });

  it('says it in words, over a typical token where none is given', async () => {
    const { status, text } = await run('--quick', '--alg', 'ES256');
    expect(status).toBe(0);
    expect(text).toContain('A typical token, made for this run: ES256, ');
    expect(text).toMatch(/Most of it, \d+%, is signature: another algorithm or the cache helps/);
    expect(text).toMatch(/2 workers +[\d.]+ us +2x/);
    expect(text).toContain('Workers: two verify 2x as many tokens');
  });

  it.each([
    {
      name: 'another key',
      words: ['--token', given[1] ?? '', '--key', file('other', randomBytes(32).toString('hex'))],
      says: 'with this key: signature',
    },
    { name: 'a key that does not fit', words: [...given, '--alg', 'RS256'], says: 'key' },
    { name: 'no token', words: ['--token', file('none', 'not.a.token'), '--key', given[3] ?? ''], says: 'one compact JWT' },
    { name: 'a token without its key', words: given.slice(0, 2), says: 'write --key FILE too' },
    { name: 'a key without its token', words: given.slice(2), says: 'write --token FILE too' },
    {
      name: 'a file that is not there',
      words: ['--token', `${folder}/nowhere`, '--key', given[3] ?? ''],
      says: '--token names a file that cannot be read (ENOENT)',
    },
    { name: 'an algorithm that is none', words: ['--alg', 'none'], says: '--alg must be a JWS algorithm' },
    { name: 'a flag that is none', words: ['--tokn', 'x'], says: 'did you mean --token?' },
    { name: 'a word alone', words: ['x'], says: "write --token 'x'" },
  ])('refuses $name, and shows nothing of it', async ({ words, says }) => {
    const { status, text, errors } = await run(...words);
    expect({ status, text }).toEqual({ status: 2, text: '' });
    expect(errors).toContain(says);
    for (const value of secrets) expect(errors).not.toContain(value);
  });
});
