import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { afterAll, expect, it } from 'vitest';
import { memoryKeyStorage } from '../../../src/adapters/keys/memory-key-storage.ts';
import { codeSubpaths, sourceOf } from '../../package/package-exports.ts';
import type { FromHost, Report, ToHost } from './ring-host.ts';

const folder = mkdtempSync(`${tmpdir()}/simplejwt-keyring-`);
const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true })];
afterAll(() => {
  for (const close of closing) close();
});

it('three processes that share a store rotate under load: no good token is lost, no withdrawn one taken, one key is made', async () => {
  const store = await keyStore();
  const program = await bundled();
  const hosts = Array.from({ length: 3 }, () => host(program, store.url));
  const everyHost = (done: (one: Host) => unknown) =>
    expect.poll(() => hosts.every(done), { timeout: 15_000, interval: 20 }).toBe(true);
  for (const one of hosts) one.give = (made) => hosts.forEach((other) => other !== one && other.tell({ take: made }));

  await everyHost(({ kids }) => kids.size > 0);
  expect(store.kids.size).toBe(1);
  const started = Date.now();
  await everyHost(({ kids }) => kids.size > 1); // each has changed over, by the clock
  expect(store.kids.size).toBe(2); // one of them made the key
  expect(new Set(hosts.flatMap(({ kids }) => [...kids]))).toEqual(store.kids);

  const [first = ''] = store.kids;
  for (const one of hosts) one.tell({ withdrawing: first, you: one === hosts[0] });
  await everyHost(({ knows }) => knows);
  await new Promise((resolve) => setTimeout(resolve, 500)); // tokens of that key are still about
  for (const one of hosts) one.tell({ stop: true });
  const reports = await Promise.all(hosts.map(({ report }) => report));

  const total = reports.reduce((sum, { verified }) => sum + verified, 0);
  console.log(
    `keyring: ${total} verifications by three processes, ${Math.round((total * 1000) / (Date.now() - started))} a second`,
  );
  expect(reports.flatMap(({ lost }) => lost)).toEqual([]);
  expect(reports.map(({ late }) => late.taken)).toEqual([0, 0, 0]);
  for (const { late, verified } of reports) {
    expect(late.refused).toBeGreaterThan(0);
    expect(verified).toBeGreaterThan(100);
  }
}, 60_000);

interface Host {
  readonly kids: Set<string>;
  readonly knows: boolean;
  readonly report: Promise<Report>;
  give: (made: Extract<FromHost, { made: unknown }>['made']) => void;
  tell(message: ToHost): void;
}

function host(program: string, url: string): Host {
  const child: ChildProcess = fork(program, [], { execArgv: [], env: { ...process.env, KEY_STORE: url, NODE_OPTIONS: '' } });
  closing.push(() => child.kill());
  const kids = new Set<string>();
  let knows = false;
  const report = new Promise<Report>((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`a host ended with ${code}`)));
    child.on('message', (message: FromHost) => {
      if ('made' in message) {
        kids.add(message.made.kid);
        one.give(message.made);
      } else if ('knows' in message) knows = true;
      else resolve(message.report);
    });
  });
  report.catch(() => undefined); // it is awaited in the end
  const one: Host = {
    kids,
    get knows() {
      return knows;
    },
    report,
    give: () => undefined,
    tell: (message) => void child.send(message),
  };
  return one;
}

/** A KeyStorage over HTTP, and every kid that was ever in it. */
async function keyStore(): Promise<{ readonly url: string; readonly kids: Set<string> }> {
  const storage = memoryKeyStorage();
  const kids = new Set<string>();
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method === 'GET') {
      const stored = await storage.read();
      return void response.writeHead(stored === undefined ? 404 : 200).end(JSON.stringify(stored));
    }
    const { text, version } = (await json(request)) as { text: string; version?: number };
    const won = await storage.replace(text, version);
    if (won) for (const { kid } of (JSON.parse(text) as { keys: { kid: string }[] }).keys) kids.add(kid);
    response.writeHead(won ? 200 : 409).end();
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close().closeAllConnections());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, kids };
}

/** The host as a program of its own, with the package under test inside. */
async function bundled(): Promise<string> {
  const built = process.env['SIMPLEJWT_BUILT'] === '1';
  const subpaths = codeSubpaths(['node', 'import']);
  const bundle = await rolldown({
    input: fileURLToPath(new URL('ring-host.ts', import.meta.url)),
    platform: 'node',
    plugins: [
      {
        name: 'simplejwt',
        resolveId(specifier) {
          const target = subpaths.get(specifier);
          if (target === undefined) return undefined;
          return fileURLToPath(new URL(`../../../${built ? target : sourceOf(target)}`, import.meta.url));
        },
      },
    ],
  });
  const file = `${folder}/host.mjs`;
  await bundle.write({ file, format: 'esm', codeSplitting: false });
  return file;
}
