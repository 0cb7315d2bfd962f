import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A Redis of its own on loopback, without persistence: what is compared are commands, not disks. With `cluster` it is a master that has no slots yet.
 * Undefined where `redis-server` is not installed.
 */
export async function startRedis({ cluster = false } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'simplejwt-bench-'));
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', directory];
  if (cluster) args.push(...CLUSTER, '--cluster-port', String(await freePort()));
  const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const stopped = new Promise((resolve) => {
    server.once('error', resolve).once('exit', resolve);
  });
  const kill = () => server.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    kill();
    process.off('exit', kill);
    await stopped;
    await rm(directory, { recursive: true, force: true });
  };
  if (await Promise.race([stopped.then(() => false), ready(server)])) return { port, stop };
  await stop();
  return undefined;
}

/** Resolves to true once the server says that it takes connections. */
function ready({ stdout }) {
  return new Promise((resolve) => {
    let log = '';
    stdout.on('data', (chunk) => {
      log = (log + chunk).slice(-1000);
      if (log.includes('Ready to accept connections')) resolve(true);
    });
  });
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer()
      .once('error', reject)
      .listen(0, '127.0.0.1', () => {
        const { port } = probe.address();
        probe.close(() => resolve(port));
      });
  });
}

/** It has nobody to tell it its own address. */
const CLUSTER = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'];
