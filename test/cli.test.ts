import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommand } from '../src/adapters/cli/run-command.ts';
import { program } from '../src/cli-program.ts';
import { recommended } from '../src/index.ts';
import { createSigner } from '../src/jws.ts';
import { loadSqlite } from '../src/open-sqlite.ts';
import { fakeTerminal, type FakeTerminal, type FakeTerminalOptions } from './adapters/cli/fake-terminal.ts';
import { ecPair } from './key-pairs.ts';

const folder = mkdtempSync(`${tmpdir()}/simplejwt-cli-`);
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileOf(content: string | Uint8Array): string {
  const path = `${folder}/${(files += 1)}`;
  writeFileSync(path, content);
  return path;
}

async function run(words: readonly string[], options?: FakeTerminalOptions) {
  const terminal = fakeTerminal(options);
  const status = await runCommand(words, program, terminal);
  return { status, text: terminal.text(), errors: terminal.errorText() };
}

/** Runs `serve` on a free port, then stops it as SIGTERM does; answers its exit status. */
async function serving(words: readonly string[], use: (terminal: FakeTerminal) => Promise<void>, env = {}): Promise<number> {
  const terminal = fakeTerminal({ env });
  const status = runCommand(['serve', '--port', '0', ...words], program, terminal);
  await Promise.race([terminal.lines(1), status.then(() => Promise.reject(new Error(terminal.errorText())))]);
  await use(terminal);
  terminal.stop();
  return status;
}

const urlOf = (terminal: FakeTerminal): string => /http:\/\/[^/\s"]+/.exec(terminal.text())?.[0] ?? '';

describe('the command line', () => {
  it.each([['--help'], ['-h']])('tells the commands on %s', async (word) => {
    const { status, text } = await run([word]);
    expect(status).toBe(0);
    for (const { name, description } of program.commands)
      expect(text).toMatch(new RegExp(`  ${name} +${description.slice(0, 12)}`));
  });

  it.each(program.commands.map((command) => [command]))('tells the flags of $name', async (command) => {
    const { status, text } = await run([command.name, '--port', '--help']);
    expect(status).toBe(0);
    for (const flag of command.flags.keys()) expect(text).toContain(`--${flag} `);
  });

  it('tells its version', async () => {
    expect(await run(['--version'])).toEqual({ status: 0, text: '0.1.0\n', errors: '' });
  });

  it.each([
    [[], 'Usage: simplejwt COMMAND'],
    [['srve'], 'there is no command "srve"; did you mean serve?'],
    [['verfy'], 'did you mean verify?'],
    [['help'], 'did you mean --help?'],
    [['--verison'], 'did you mean --version?'],
    [['qqq'], 'did you mean jwks?'],
    [['serve', '--prot', '1'], 'serve has no flag "--prot"; did you mean --port?'],
    [['serve', '--port', '65536'], '--port must be a number'],
    [['serve', '--port', 'http'], '--port must be a number'],
    [['serve', '--config', '/nowhere'], '--config names a file that cannot be read (ENOENT)'],
    [['serve', '--store', 'sqlite:'], '--store sqlite: needs the path of a file'],
    [['serve', '--store', 'mongodb://:pass@host'], '--store mongodb: must be as mongodb://HOST:27017/DATABASE'],
    [['serve', '--store', 'paper'], '--store names no store: use one of memory:'],
    [['verify', '--alg', 'HS256'], 'verify needs --key FILE'],
    [['verify', '--key', '/nowhere', '--alg', 'HS256'], '--key names a file that cannot be read (ENOENT)'],
    [['verify', '--key', '/nowhere', '--alg', 'none'], '--alg must name one of HS256'],
  ])('refuses %j with exit status 2 and says what to write', async (words, message) => {
    const { status, text, errors } = await run(words);
    expect([status, text]).toEqual([2, '']);
    expect(errors).toContain(message);
    expect(errors).not.toContain('pass@');
  });
});

describe('simplejwt verify', () => {
  const secret = randomBytes(32).toString('base64');
  const sign = createSigner({ algorithm: 'HS256', key: secret });
  const key = fileOf(`${secret}\n`);
  const words = ['verify', '--key', key, '--alg', 'HS256'];
  const good = sign({ sub: 'ada', iss: 'us', aud: 'them', iat: 1000, exp: 2000 });
  const at = good.lastIndexOf('.') + 5;
  const forged = good.slice(0, at) + (good[at] === 'A' ? 'B' : 'A') + good.slice(at + 1);
  const verify = (input: FakeTerminalOptions['input'], ...more: string[]) =>
    run([...words, '--now', '1500', ...more], input === undefined ? {} : { input });

  it('writes an outcome a line, in order, and passes over blank lines', async () => {
    const { status, text } = await verify(`${good}\r\n\n  \n${forged}\nx\n${good}`);
    expect(status).toBe(1);
    const claims = { sub: 'ada', iss: 'us', aud: 'them', iat: 1000, exp: 2000 };
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { ok: true, claims },
      { ok: false, code: 'signature' },
      { ok: false, code: 'malformed' },
      { ok: true, claims },
    ]);
  });

  it.each([
    ['good', good, [], 0, '"ok":true'],
    ['nothing at all', '', [], 0, ''],
    [
      'of the issuer and audience asked for',
      good,
      ['--issuer', 'us', '--issuer', 'others', '--audience', 'them'],
      0,
      '"ok":true',
    ],
    ['of another issuer', good, ['--issuer', 'others'], 1, '"code":"claim_invalid"'],
    ['of another audience', good, ['--audience', 'others'], 1, '"code":"claim_invalid"'],
    ['expired', good, ['--now=2000'], 1, '"code":"expired"'],
    ['expired within the leeway', good, ['--now=2005', '--leeway', '10'], 0, '"ok":true'],
    ['of many megabytes', ['a'.repeat(4_000_000), 'b'.repeat(4_000_000), `\n${good}\n`], [], 1, '"code":"malformed"'],
    ['not ASCII', 'é\n', [], 1, '"code":"malformed"'],
  ])('answers for a token that is %s', async (_what, input, more, status, answer) => {
    const words = more.some((word) => word.startsWith('--now')) ? more : ['--now', '1500', ...more];
    const outcome = await run(['verify', '--key', key, '--alg', 'HS256', ...words], { input });
    expect(outcome.status).toBe(status);
    expect(outcome.text).toContain(answer);
    expect(outcome.errors).toBe('');
  });

  it.each(['PEM', 'JWK', 'JWK Set'])('takes a public key as %s', async (form) => {
    const { publicKey, privateKey } = ecPair('P-256');
    const jwk = publicKey.export({ format: 'jwk' });
    const pem = publicKey.export({ type: 'spki', format: 'pem' });
    const content = form === 'PEM' ? String(pem) : JSON.stringify(form === 'JWK' ? jwk : { keys: [jwk] });
    const token = createSigner({ algorithm: 'ES256', key: privateKey })({ sub: 'ada' });
    const { status, text } = await run(['verify', '--key', fileOf(content), '--alg', 'ES256'], { input: token });
    expect([status, text]).toEqual([0, '{"ok":true,"claims":{"sub":"ada"}}\n']);
  });

  it.each([
    ['PEM text as an HMAC secret', ecPair('P-256').publicKey.export({ type: 'spki', format: 'pem' }), 'HS256'],
    ['a public JWK as an HMAC secret', JSON.stringify(ecPair('P-256').publicKey.export({ format: 'jwk' })), 'HS256'],
    ['a short secret', 'secret', 'HS256'],
    ['a secret where a public key is due', secret, 'ES256'],
    ['a key of another curve', ecPair('P-384').publicKey.export({ type: 'spki', format: 'pem' }), 'ES256'],
    ['an empty file', '', 'HS256'],
  ])('refuses %s with exit status 2', async (_what, content, alg) => {
    const { status, text, errors } = await run(['verify', '--key', fileOf(content), '--alg', alg], { input: good });
    expect([status, text]).toEqual([2, '']);
    expect(errors).toMatch(/^simplejwt: key /);
  });

  it.each([['--now', 'soon'], ['--leeway', 'long'], ['--leeway=-1']])('refuses %s %s with exit status 2', async (...more) => {
    expect((await run([...words, ...more], { input: good })).status).toBe(2);
  });

  it('ends when its reader leaves', async () => {
    const terminal = { ...fakeTerminal({ input: [`${good}\n`, `${good}\n`] }), output: { write: async () => false } };
    expect(await runCommand([...words, '--now', '1500'], program, terminal)).toBe(0);
  });
});

describe('simplejwt serve', () => {
  it('prints exactly three curl lines', async () => {
    await serving([], async (terminal) => {
      expect(
        terminal
          .text()
          .split('\n')
          .filter((line) => line.includes('curl ')),
      ).toHaveLength(3);
      expect(terminal.text()).toContain('This is a demonstration');
      expect(terminal.text()).toContain('State is in memory');
    });
  });

  it('says in one line of JSON where it is', async () => {
    const status = await serving(['--json'], async (terminal) => {
      const { url, user, store } = JSON.parse(terminal.text()) as { url: string; user: object; store: string };
      expect(terminal.text().split('\n')).toHaveLength(2);
      expect(store).toBe('memory:');
      const body = JSON.stringify(user);
      const headers = { 'Content-Type': 'application/json' };
      const pair = (await (await fetch(`${url}/api/token/`, { method: 'POST', headers, body })).json()) as { access: string };
      for (const path of ['/api/protected/', '/api/stateless/', '/api/optional/']) {
        const response = await fetch(url + path, { headers: { Authorization: `Bearer ${pair.access}` } });
        expect([path, response.status]).toEqual([path, 200]);
      }
      expect(await (await fetch(`${url}/.well-known/jwks.json`)).json()).toEqual({ keys: [] });
    });
    expect(status).toBe(0);
  });

  it('serves the settings and users of a file, and lets a locked user stay out', async () => {
    const users = [
      { id: 7, username: 'ada', password: 'correct horse' },
      { id: 8, username: 'bob', password: 'correct horse', isActive: false },
    ];
    const key = ecPair('P-256').privateKey.export({ type: 'pkcs8', format: 'pem' });
    const config = fileOf(JSON.stringify({ algorithm: 'ES256', signingKey: key, issuer: 'us', users }));
    await serving(['--config', config, '--store', 'memory:'], async (terminal) => {
      const login = async (username: string) =>
        fetch(`${urlOf(terminal)}/api/token/`, {
          method: 'POST',
          body: new URLSearchParams({ username, password: 'correct horse' }),
        });
      const pair = (await (await login('ada')).json()) as { access: string };
      const claims = JSON.parse(String(Buffer.from(pair.access.split('.')[1] ?? '', 'base64url'))) as object;
      expect(claims).toMatchObject({ user_id: '7', iss: 'us' });
      expect((await login('bob')).status).toBe(401);
      expect(((await (await fetch(`${urlOf(terminal)}/.well-known/jwks.json`)).json()) as { keys: object[] }).keys).toHaveLength(
        1,
      );
      expect(terminal.text()).toContain('State is in memory');
      expect(terminal.text()).not.toContain('demonstration');
      expect(terminal.text()).not.toContain('correct horse');
    });
  });

  it.each([
    [
      { signingKey: 'x'.repeat(32), acessTokenLifetime: '5m' },
      'unknown option acessTokenLifetime; did you mean accessTokenLifetime?',
    ],
    [{ users: [] }, 'signingKey is missing'],
    [{ signingKey: 'short-secret' }, 'signingKey'],
    [{ signingKey: 'x'.repeat(32), claims: 'x' }, 'claims must be a function'],
    [{ signingKey: 'x'.repeat(32), leeway: 'a while' }, 'leeway must be'],
  ])('refuses the file %j with exit status 2', async (config, message) => {
    const { status, text, errors } = await run(['serve', '--config', fileOf(JSON.stringify(config))]);
    expect([status, text]).toEqual([2, '']);
    expect(errors).toContain(message);
    expect(errors).not.toContain('short-secret');
  });

  it('says that a port is in use, with exit status 1', async () => {
    await serving([], async (terminal) => {
      const { status, text, errors } = await run(['serve'], { env: { PORT: new URL(urlOf(terminal)).port } });
      expect([status, text]).toEqual([1, '']);
      expect(errors).toMatch(/^simplejwt: port \d+ on 127\.0\.0\.1 is in use: .*--port/);
    });
  });

  if (loadSqlite() === undefined) console.log('not applicable: serve over node:sqlite, which this runtime lacks');
  else {
    it('keeps sessions over a restart in an SQLite file beside --config: a spent token stays spent', async () => {
      const users = [{ id: 7, username: 'ada', password: 'correct horse' }];
      const config = fileOf(JSON.stringify({ ...recommended, signingKey: 'k'.repeat(32), refreshGraceSeconds: 0, users }));
      const post = async (terminal: FakeTerminal, path: string, fields: Record<string, string>) => {
        const response = await fetch(urlOf(terminal) + path, { method: 'POST', body: new URLSearchParams(fields) });
        return { status: response.status, body: (await response.json()) as { readonly refresh: string; readonly code?: string } };
      };
      const refresh = (terminal: FakeTerminal, token: string) => post(terminal, '/api/token/refresh/', { refresh: token });
      let first = '';
      let second = '';
      const statusOfFirst = await serving(['--config', config], async (terminal) => {
        expect(terminal.text()).toContain(`State is in the SQLite file ${config}.sqlite`);
        first = (await post(terminal, '/api/token/', { username: 'ada', password: 'correct horse' })).body.refresh;
        second = (await refresh(terminal, first)).body.refresh;
      });
      const statusOfSecond = await serving(['--json', '--config', config], async (terminal) => {
        expect(JSON.parse(terminal.text())).toMatchObject({ store: `sqlite:${config}.sqlite`, user: null });
        const renewed = await refresh(terminal, second);
        expect(renewed.status).toBe(200);
        expect(await refresh(terminal, first)).toMatchObject({ status: 401, body: { code: 'token_not_valid' } });
        expect((await refresh(terminal, renewed.body.refresh)).status).toBe(401); // its family ended with the reuse
      });
      expect([statusOfFirst, statusOfSecond]).toEqual([0, 0]);
    });
  }

  it('takes port and host from the environment too', async () => {
    const terminal = fakeTerminal({ env: { PORT: '0', HOST: 'localhost' } });
    const status = runCommand(['serve', '--json'], program, terminal);
    await terminal.lines(1);
    expect(urlOf(terminal)).toMatch(/^http:\/\/localhost:\d+$/);
    terminal.stop();
    expect(await status).toBe(0);
    expect((await run(['serve'], { env: { PORT: 'http' } })).errors).toContain('PORT must be a number');
  });
});

const execute = promisify(execFile);
const withCurl = await execute('curl', ['--version']).then(
  () => true,
  () => false,
);
if (!withCurl) console.log('not applicable: the three curl lines of serve (there is no curl on this machine)');
if (withCurl) {
  describe('the three curl lines', () => {
    it.each(['127.0.0.1', '0.0.0.0'])('obtain, use and refresh a token, each in a shell of its own (%s)', async (host) => {
      await serving(['--host', host], async (terminal) => {
        const lines = terminal
          .text()
          .split('\n')
          .filter((line) => line.startsWith('curl '));
        const answers: Record<string, unknown>[] = [];
        for (const line of lines) {
          const { stdout, stderr } = await execute('sh', ['-c', line]);
          expect(stderr).toBe('');
          answers.push(JSON.parse(stdout) as Record<string, unknown>);
        }
        const [obtained, used, refreshed] = answers;
        expect(Object.keys(obtained ?? {})).toEqual(['refresh', 'access']);
        expect(used).toMatchObject({ user: { id: '1', username: 'demo' }, auth: { token_type: 'access' } });
        expect(Object.keys(refreshed ?? {})).toEqual(['access', 'refresh']);
      });
    });
  });
}

if (process.env['SIMPLEJWT_BUILT'] === '1') {
  describe('dist/cli.js', () => {
    const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

    it.each(['SIGTERM', 'SIGINT'] as const)('serves until %s, and exits with 0', async (signal) => {
      const child = spawn(process.execPath, [cli, 'serve', '--port', '0', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      const { url } = JSON.parse(String(line)) as { url: string };
      expect((await fetch(`${url}/.well-known/jwks.json`)).status).toBe(200);
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual([0, null]);
    });

    if (loadSqlite() !== undefined) {
      it('loses no session to kill -9, and has nothing to say about SQLite', async () => {
        const users = [{ id: 1, username: 'ada', password: 'correct horse' }];
        const config = fileOf(JSON.stringify({ ...recommended, signingKey: 'k'.repeat(32), users }));
        let refresh = '';
        for (const signal of ['SIGKILL', 'SIGKILL', 'SIGTERM'] as const) {
          const child = spawn(process.execPath, [cli, 'serve', '--port', '0', '--json', '--config', config]);
          const said = text(child.stderr);
          const [line] = (await once(child.stdout, 'data')) as [Buffer];
          const { url } = JSON.parse(String(line)) as { url: string };
          const [path, body] =
            refresh === ''
              ? ['/api/token/', { username: 'ada', password: 'correct horse' }]
              : ['/api/token/refresh/', { refresh }];
          const response = await fetch(url + path, { method: 'POST', body: new URLSearchParams(body) });
          expect(response.status).toBe(200);
          ({ refresh } = (await response.json()) as { refresh: string });
          child.kill(signal);
          await once(child, 'exit');
          expect(await said).toBe('');
        }
      });
    }

    it('verifies what is piped in, and ends quietly when its reader leaves', async () => {
      const key = fileOf('k'.repeat(32));
      const many = Array.from({ length: 50_000 }, () => 'x').join('\n');
      const script = `"$0" "$1" verify --key "$2" --alg HS256 < "$3" | head -n 1`;
      const { stdout, stderr } = await execute('sh', ['-c', script, process.execPath, cli, key, fileOf(many)]);
      expect([stdout, stderr]).toEqual(['{"ok":false,"code":"malformed"}\n', '']);
    });

    it('exits with 1 when a token is refused, and with 2 for a mistake', async () => {
      await expect(
        execute('sh', ['-c', 'echo x | "$0" "$1" verify --key "$2" --alg HS256', process.execPath, cli, fileOf('k'.repeat(32))]),
      ).rejects.toMatchObject({ code: 1 });
      await expect(execute(process.execPath, [cli, 'srve'])).rejects.toMatchObject({ code: 2, stdout: '' });
    });
  });
}
