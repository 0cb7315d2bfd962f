import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleProgram } from '../../package/bundle-program.ts';
import { hasRedis, startRedis } from '../../servers/redis-server.ts';
import { nodeSqlite } from '../storage/sqlite-drivers.ts';
import type { FromHost, Report, ToHost } from './ring-host.ts';

const folder = mkdtempSync(`${tmpdir()}/simplejwt-keyring-`);
const program = `${folder}/host.mjs`;
const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true })];
beforeAll(() => bundleProgram(fileURLToPath(new URL('ring-host.ts', import.meta.url)), program));
afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

// one of the two a run, since it takes its seconds: a file where the runtime has SQLite, a server on Node 20
if (nodeSqlite === undefined) {
  describe.skipIf(!hasRedis())('over redis-server', () => {
    promise(openRedis);
  });
} else {
  describe('over one SQLite file', () => {
    promise(async () => `${folder}/keys.sqlite`);
  });
}

async function openRedis(): Promise<string> {
  const server = await startRedis();
  closing.push(() => server.stop());
  return `redis://127.0.0.1:${server.port}`;
}

function promise(openStore: () => Promise<string>): void {
  it('three processes that share a store rotate under load: no good token is lost, no withdrawn one taken, one key is made', async () => {
    const store = await openStore();
    const hosts = Array.from({ length: 3 }, () => host(store));
    const minted = () => hosts.flatMap((one) => one.minted);
    const everyHost = (done: (one: Host) => unknown) =>
      expect.poll(() => hosts.every(done), { timeout: 15_000, interval: 20 }).toBe(true);
    for (const one of hosts) one.give = (made) => hosts.forEach((other) => other !== one && other.tell({ take: made }));

    await everyHost(({ ready }) => ready);
    for (const one of hosts) one.tell({ begin: true }); // all find the store empty at once
    await everyHost(({ kids }) => kids.size > 0);
    expect(minted()).toHaveLength(1);
    const started = Date.now();
    await everyHost(({ kids }) => kids.size > 1); // each has changed over, by the clock
    expect(minted()).toHaveLength(2); // one of them made the key
    expect(new Set(hosts.flatMap(({ kids }) => [...kids]))).toEqual(new Set(minted()));

    const [first = ''] = hosts[0]?.kids ?? [];
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
}

interface Host {
  /** The keys of its tokens, in order. */
  readonly kids: Set<string>;
  /** The keys that it made. */
  readonly minted: readonly string[];
  readonly ready: boolean;
  readonly knows: boolean;
  readonly report: Promise<Report>;
  give: (made: Extract<FromHost, { made: unknown }>['made']) => void;
  tell(message: ToHost): void;
}

function host(store: string): Host {
  const child: ChildProcess = fork(program, [], { execArgv: [], env: { ...process.env, KEY_STORE: store, NODE_OPTIONS: '' } });
  closing.push(() => child.kill());
  const kids = new Set<string>();
  const minted: string[] = [];
  let ready = false;
  let knows = false;
  const report = new Promise<Report>((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`a host ended with ${code}`)));
    child.on('message', (message: FromHost) => {
      if ('made' in message) {
        kids.add(message.made.kid);
        one.give(message.made);
      } else if ('minted' in message) minted.push(message.minted);
      else if ('ready' in message) ready = true;
      else if ('knows' in message) knows = true;
      else resolve(message.report);
    });
  });
  report.catch(() => undefined); // it is awaited in the end
  const one: Host = {
    kids,
    minted,
    get ready() {
      return ready;
    },
    get knows() {
      return knows;
    },
    report,
    give: () => undefined,
    tell: (message) => void child.send(message),
  };
  return one;
}
