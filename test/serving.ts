import { writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { runCommand } from '../src/adapters/cli/run-command.ts';
import { program } from '../src/cli-program.ts';
import { recommended } from '../src/index.ts';
import { fakeTerminal } from './adapters/cli/fake-terminal.ts';
import { temporaryDirectory } from './servers/guard.ts';

/**
 * Serves over a store, stops, and serves again: sessions go on, a spent token stays spent, and its return ends its family. Answers all that was
 * printed.
 */
export async function sessionsOutlive(store: string, announcedStore: string): Promise<string> {
  const folder = temporaryDirectory();
  const config = `${folder.path}/settings.json`;
  const users = [{ id: 7, username: 'ada', password: 'correct horse' }];
  writeFileSync(config, JSON.stringify({ ...recommended, signingKey: 'k'.repeat(32), refreshGraceSeconds: 0, users }));
  let said = '';
  const serving = async (use: (post: Post) => Promise<void>) => {
    const terminal = fakeTerminal();
    const status = runCommand(['serve', '--port', '0', '--json', '--config', config, '--store', store], program, terminal);
    await Promise.race([terminal.lines(1), status.then(() => Promise.reject(new Error(terminal.errorText())))]);
    const announced = JSON.parse(terminal.text()) as { readonly url: string; readonly store: string };
    expect(announced.store).toBe(announcedStore);
    await use(async (path, fields) => {
      const response = await fetch(announced.url + path, { method: 'POST', body: new URLSearchParams(fields) });
      return { status: response.status, refresh: ((await response.json()) as { readonly refresh: string }).refresh };
    });
    terminal.stop();
    expect(await status).toBe(0);
    said += terminal.text() + terminal.errorText();
  };

  let first = '';
  let second = '';
  await serving(async (post) => {
    first = (await post('/api/token/', { username: 'ada', password: 'correct horse' })).refresh;
    second = (await post('/api/token/refresh/', { refresh: first })).refresh;
  });
  await serving(async (post) => {
    const renewed = await post('/api/token/refresh/', { refresh: second });
    expect(renewed.status).toBe(200);
    expect((await post('/api/token/refresh/', { refresh: first })).status).toBe(401);
    expect((await post('/api/token/refresh/', { refresh: renewed.refresh })).status).toBe(401); // its family ended with the reuse
  });
  folder.remove();
  return said;
}

/**
 * Serves twice over one store with a replica each: what one ends the other refuses, once it has heard of it. Answers the text that the first printed.
 */
export async function replicasAgree(store: string): Promise<string> {
  const folder = temporaryDirectory();
  const config = `${folder.path}/settings.json`;
  const users = [{ id: 7, username: 'ada', password: 'correct horse' }];
  writeFileSync(config, JSON.stringify({ ...recommended, signingKey: 'k'.repeat(32), users }));
  const words = ['serve', '--port', '0', '--config', config, '--store', store, '--replica'];
  const [one, other] = [fakeTerminal(), fakeTerminal()];
  const running = [runCommand(words, program, one), runCommand([...words, '--json'], program, other)];
  await Promise.race([one.lines(3), running[0]?.then(() => Promise.reject(new Error(one.errorText())))]);
  await Promise.race([other.lines(1), running[1]?.then(() => Promise.reject(new Error(other.errorText())))]);
  const told = JSON.parse(other.text()) as { readonly url: string; readonly replica: boolean };
  expect(told.replica).toBe(true);
  const post = (url: string, path: string, fields: Record<string, string>) =>
    fetch(url + path, { method: 'POST', body: new URLSearchParams(fields) });
  const first = /http:[^ ]+?(?=\/api)/.exec(one.text())?.[0] ?? '';
  const pair = (await (await post(first, '/api/token/', { username: 'ada', password: 'correct horse' })).json()) as {
    readonly access: string;
    readonly refresh: string;
  };
  const check = async () => (await post(told.url, '/api/token/verify/', { token: pair.access })).status;
  expect(await check()).toBe(200);
  expect((await post(first, '/api/token/family/blacklist/', { refresh: pair.refresh })).status).toBe(200);
  await expect.poll(check, { timeout: 5000 }).toBe(401);
  for (const terminal of [one, other]) terminal.stop();
  expect(await Promise.all(running)).toEqual([0, 0]);
  folder.remove();
  return one.text();
}

type Post = (path: string, fields: Record<string, string>) => Promise<{ readonly status: number; readonly refresh: string }>;
