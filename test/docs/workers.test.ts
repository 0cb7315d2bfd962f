import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { availableParallelism, tmpdir } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import { createInterface } from 'node:readline/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { createSigner } from 'simplejwt/jws';
import { bundleProgram } from '../package/bundle-program.ts';
import { codeBlocks, readDocument } from './code-blocks.ts';

const folder = mkdtempSync(`${tmpdir()}/simplejwt-workers-`);
const started: ChildProcess[] = [];
afterAll(() => {
  for (const child of started) child.kill();
  rmSync(folder, { recursive: true });
});

const example = codeBlocks('docs/workers.md', readDocument('docs/workers.md')).find(({ code }) => code.includes('node:cluster'));
const issuer = 'https://login.example';
const key = randomBytes(32).toString('base64');
const token = createSigner({ algorithm: 'HS256', key })({ iss: issuer, sub: 'ada', exp: 4_000_000_000 });

describe('the example of docs/workers.md', () => {
  it('verifies in several processes behind one port, and replaces one that dies', async () => {
    const primary = spawn(process.execPath, [await bundled(example?.code ?? '')], {
      env: { ...process.env, JWT_KEY: key, PORT: '0', NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    started.push(primary);
    const [url] = (await once(createInterface(primary.stdout), 'line')) as [string];
    const seen = new Set<string>();
    const seeWorkers = async (count: number) => {
      for (let asked = 0; seen.size < count && asked < 500; asked++) {
        const answer = await answerOf(url, `Bearer ${token}`).catch(() => undefined);
        if (answer !== undefined) seen.add(/^hello ada from (\d+)\n$/.exec(answer.text)?.[1] ?? 'somebody else');
        await setTimeout(asked / 10);
      }
      expect(seen.size).toBe(count);
    };

    const several = Math.min(2, availableParallelism());
    await seeWorkers(several);
    expect([...seen].every((pid) => Number(pid) > 0 && Number(pid) !== primary.pid)).toBe(true);
    for (const bad of ['', `Bearer ${token}A`, token]) expect((await answerOf(url, bad)).status).toBe(401);

    process.kill(Number([...seen][0]), 'SIGKILL');
    await seeWorkers(several + 1);
    primary.kill();
    await once(primary, 'exit');
  });
});

/** Over a connection of its own: which worker answers is decided when it is opened. One that is handed to a worker just dead is never answered. */
async function answerOf(
  url: string,
  authorization: string,
): Promise<{ readonly status: number | undefined; readonly text: string }> {
  const asked = get(url, { agent: false, headers: { authorization }, signal: AbortSignal.timeout(1000) });
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode, text: await text(response) };
}

/** The example as a program of its own, with the package under test inside. */
async function bundled(code: string): Promise<string> {
  const input = `${folder}/server.ts`;
  writeFileSync(input, code);
  const file = `${folder}/server.mjs`;
  await bundleProgram(input, file);
  return file;
}
