import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, describe, expect, it } from 'vitest';
import { instantText } from '../../../src/adapters/cli/instant.ts';
import { runCommand } from '../../../src/adapters/cli/run-command.ts';
import { nodeCrypto } from '../../../src/adapters/crypto/node/provider.ts';
import { jwkThumbprint } from '../../../src/application/jwk-thumbprint.ts';
import { program } from '../../../src/cli-program.ts';
import { createVerifier } from '../../../src/jws.ts';
import { ed25519Pair } from '../../key-pairs.ts';
import { fakeTerminal } from './fake-terminal.ts';

const folder = mkdtempSync(`${tmpdir()}/simplejwt-keys-`);
afterAll(() => rmSync(folder, { recursive: true }));

async function run(words: readonly string[], input = '') {
  const terminal = fakeTerminal({ input });
  const status = await runCommand(words, program, terminal);
  return { status, text: terminal.text(), errors: terminal.errorText() };
}

let files = 0;
function fileOf(content: string): string {
  const path = `${folder}/${++files}`;
  writeFileSync(path, content);
  return path;
}

const keygen = async (...words: readonly string[]) => (await run(['keygen', ...words])).text;
type Parsed = Readonly<Record<string, string>>;

describe('keygen', () => {
  it.each(['ES256', 'ES512', 'EdDSA', 'Ed25519', 'RS256', 'PS384', 'HS256', 'HS512'])(
    'makes a key for %s, that issue signs with and verify takes',
    async (alg) => {
      const key = fileOf(await keygen('--alg', alg));
      const { text: token, status } = await run(['issue', '--key', key, '--alg', alg, '--lifetime', '5m'], '{"sub":"ada"}');
      expect(status).toBe(0);
      expect(await run(['verify', '--key', key, '--alg', alg], token)).toMatchObject({
        status: 0,
        text: expect.stringContaining('"sub":"ada"'),
      });
    },
  );

  it('names it by its thumbprint, or as it is told', async () => {
    const jwk = JSON.parse(await keygen('--alg', 'ES256')) as Parsed;
    expect(jwk).toEqual({
      kty: 'EC',
      crv: 'P-256',
      x: jwk['x'],
      y: jwk['y'],
      d: jwk['d'],
      kid: jwkThumbprint(jwk, nodeCrypto),
      alg: 'ES256',
      use: 'sig',
    });
    expect(JSON.parse(await keygen('--alg', 'ES256', '--kid', 'mine'))).toMatchObject({ kid: 'mine' });
  });

  it('writes PEM that others read', async () => {
    const pem = await keygen('--alg', 'Ed25519', '--pem');
    expect(createPrivateKey(pem).asymmetricKeyType).toBe('ed25519');
    const { text } = await run(['issue', '--key', fileOf(pem), '--alg', 'Ed25519'], '{"sub":"ada"}');
    const verify = createVerifier({ algorithms: ['Ed25519'], key: createPrivateKey(pem) });
    expect(verify(text.trim())['sub']).toBe('ada');
  });

  it.each([
    [['--alg', 'none'], '--alg must name one of'],
    [[], 'keygen needs --alg ALG'],
    [['--alg', 'HS256', '--pem'], 'a secret has no PEM form'],
    [['--alg', 'ES256', '--pem', '--kid', 'a'], 'PEM holds no kid'],
    [['--alg', 'ES256K'], 'cannot make a key for ES256K'],
  ])('refuses %j', async (words, message) => {
    expect(await run(['keygen', ...words])).toMatchObject({ status: 2, text: '', errors: expect.stringContaining(message) });
  });
});

describe('jwks', () => {
  it('writes the public halves of keys in any form, and nothing private', async () => {
    const jwk = await keygen('--alg', 'Ed25519');
    const pem = await keygen('--alg', 'Ed25519', '--pem');
    const open = ed25519Pair().publicKey.export({ format: 'pem', type: 'spki' }).toString();
    const words = [jwk, pem, open].flatMap((content) => ['--key', fileOf(content)]);
    const { text, status } = await run(['jwks', '--alg', 'Ed25519', ...words]);
    const { keys } = JSON.parse(text) as { keys: Parsed[] };
    expect(status).toBe(0);
    expect(keys).toHaveLength(3);
    for (const key of keys) {
      expect(key).toEqual({
        kty: 'OKP',
        crv: 'Ed25519',
        x: key['x'],
        kid: jwkThumbprint(key, nodeCrypto),
        alg: 'Ed25519',
        use: 'sig',
      });
    }
    const token = (await run(['issue', '--key', fileOf(pem), '--alg', 'Ed25519'], '{}')).text;
    expect(createVerifier({ algorithms: ['Ed25519'], key: { keys } }).try(token.trim())).toMatchObject({ ok: true });
  });

  it.each([
    [['--alg', 'HS256', '--key', fileOf('a secret of at least thirty-two bytes')], 'a secret is never published'],
    [['--alg', 'ES256'], 'jwks needs --key FILE'],
    [['--alg', 'ES256', '--key', `${folder}/none`], 'cannot be read (ENOENT)'],
    [['--alg', 'ES384', '--key', fileOf('{"kty":"oct","k":"c2VjcmV0"}')], 'key'],
  ])('refuses %j', async (words, message) => {
    const { status, text, errors } = await run(['jwks', ...words]);
    expect([status, text]).toEqual([2, '']);
    expect(errors).toContain(message);
    expect(errors).not.toContain('c2VjcmV0');
  });
});

describe('issue', () => {
  it.each([
    ['', 'must be one JSON object'],
    ['[]', 'must be one JSON object'],
    ['{"sub":"a","sub":"b"}', 'must be one JSON object'],
    [`{"sub":"${'x'.repeat(70_000)}"}`, 'longer than 65536 bytes'],
  ])('refuses the claims %.20s', async (claims, message) => {
    const key = fileOf(await keygen('--alg', 'HS256'));
    expect(await run(['issue', '--key', key, '--alg', 'HS256'], claims)).toMatchObject({
      status: 2,
      text: '',
      errors: expect.stringContaining(message),
    });
  });
});

describe('inspect', () => {
  it('tells header, claims, times in words, and the key that verifies it', async () => {
    const [one, two] = [await keygen('--alg', 'ES256', '--kid', 'one'), await keygen('--alg', 'ES256', '--kid', 'two')];
    const claims = '{"iat":1767225600,"nbf":1767225600,"sub":"ada","exp":1767225900}';
    const { text: token } = await run(['issue', '--key', fileOf(two), '--alg', 'ES256'], claims);
    const set = fileOf(`{"keys":[${one},${two}]}`);
    const told = async (...words: string[]) => (await run(['inspect', '--now', '1767225841', ...words], `\n${token}`)).text;
    expect(await told('--key', set)).toBe(
      [
        'header     {"alg":"ES256","typ":"JWT","kid":"two"}',
        `claims     ${claims}`,
        'issued     2026-01-01T00:00:00Z, 4 minutes ago',
        'valid from 2026-01-01T00:00:00Z, 4 minutes ago',
        'expires    2026-01-01T00:05:00Z, in 59 seconds',
        'key        "two" verifies it',
        '\n',
      ].join('\n'),
    );
    expect(await told()).toContain('key        not looked for: give --key FILE');
    expect(await told('--key', fileOf(one))).toContain('the one in the file does not verify it');
    expect(await told('--key', fileOf('a secret of at least thirty-two bytes'))).toContain('the file has none for ES256');
  });

  it('takes no public key for a secret, whatever the token says', async () => {
    const pem = ed25519Pair().publicKey.export({ format: 'pem', type: 'spki' }).toString();
    const parts = ['{"alg":"HS256"}', '{}'].map((part) => Buffer.from(part).toString('base64url'));
    const { text } = await run(['inspect', '--key', fileOf(pem)], `${parts.join('.')}.${'A'.repeat(43)}`);
    expect(text).toContain('the file has none for HS256');
  });

  it('lets no token command the terminal', async () => {
    const parts = ['{"alg":"none"}', '{"sub":"\u009b2J\u202e\u001b"}'].map((part) =>
      Buffer.from(part.replaceAll('\u001b', '\\u001b')).toString('base64url'),
    );
    const { text } = await run(['inspect'], `${parts.join('.')}.`);
    expect(text).toContain(String.raw`{"sub":"\u009b2J\u202e\u001b"}`);
  });

  it('tells what is odd, and ends with 1 for what is no token', async () => {
    const odd = ['{"alg":"none"}', '{"exp":"soon","iat":1e300}'].map((part) => Buffer.from(part).toString('base64url')).join('.');
    const { text, status } = await run(['inspect', '--key', fileOf('x'.repeat(32))], `${odd}.\nnonsense\n`);
    expect(text).toContain('none: the algorithm is none that can be verified');
    expect(text).toContain('exp is no date');
    expect(text).toContain('token      is no JWT in compact serialization');
    expect(status).toBe(1);
    expect(await run(['inspect', '--now', 'soon'])).toMatchObject({ status: 2 });
  });
});

it.each([
  [0, 'now'],
  [1, 'in 1 second'],
  [-59, '59 seconds ago'],
  [60, 'in 1 minute'],
  [-7199, '1 hour ago'],
  [86_400 * 3, 'in 3 days'],
  [-86_400 * 800, '2 years ago'],
])('%i seconds away is told as %s', (away, words) => {
  expect(instantText(1_767_225_600 + away, 1_767_225_600)).toMatch(new RegExp(`Z, ${words}$`));
});
