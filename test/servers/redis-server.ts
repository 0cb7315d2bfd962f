import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { guarded, released, temporaryDirectory } from './guard.ts';
import { freePort } from './ports.ts';

/** One server process on the loopback, in a directory of its own. It ends with the test process at the latest. */
export interface RedisServer {
  readonly port: number;
  readonly directory: string;
  /** kill -9. */
  kill(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  pause(): void;
  resume(): void;
  /** On the same port and directory; kills it first if it runs. */
  restart(): Promise<void>;
  /** Ends it, and removes its directory. */
  stop(): Promise<void>;
  /** Sends one command on a connection of its own, and answers the reply as redis-cli prints it raw. */
  ask(...command: string[]): Promise<string>;
}

export interface RedisServerOptions {
  /** `--name value` pairs besides, and before them a file for a sentinel. */
  readonly args?: (directory: string) => readonly string[];
  readonly binary?: string;
}

/** Acknowledges nothing that is not on disk: an acknowledged write outlives kill -9. */
export const DURABLE = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];

/** A server to test with, of any version. */
const REDIS_SERVER = process.env['SIMPLEJWT_REDIS_SERVER'] ?? 'redis-server';

export function hasRedis(binary: string = REDIS_SERVER): boolean {
  return spawnSync(binary, ['--version']).status === 0;
}

export async function startRedis({ args = () => DURABLE, binary = REDIS_SERVER }: RedisServerOptions = {}): Promise<RedisServer> {
  const port = await freePort();
  const directory = temporaryDirectory();
  const given = args(directory.path);
  let child: ChildProcess | undefined;

  const server: RedisServer = {
    port,
    directory: directory.path,
    async kill() {
      if (child === undefined) return;
      const [ending, gone] = [child, once(child, 'exit')];
      child = undefined;
      ending.kill('SIGKILL');
      await gone;
      released(ending.pid ?? 0);
    },
    pause() {
      child?.kill('SIGSTOP');
    },
    resume() {
      child?.kill('SIGCONT');
    },
    async restart() {
      await server.kill();
      const fixed = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory.path, '--daemonize', 'no'];
      const file = given[0]?.startsWith('--') === false ? 1 : 0;
      const all = [...given.slice(0, file), ...fixed, ...given.slice(file)];
      child = spawn(binary, all, { stdio: ['ignore', 'ignore', 'inherit'] });
      guarded(child.pid ?? 0);
      await answering(port);
    },
    async stop() {
      await server.kill();
      directory.remove();
    },
    ask: (...command) => ask(port, command),
  };
  await server.restart();
  return server;
}

async function answering(port: number): Promise<void> {
  for (const deadline = Date.now() + 10_000; ;) {
    const reply = await ask(port, ['PING']).catch((error: unknown) => String(error));
    if (reply.startsWith('+PONG')) return;
    if (Date.now() > deadline) throw new Error(`the server on port ${port} does not answer: ${reply}`);
    await setTimeout(10);
  }
}

/** Without a client library, so that what a test sees is what the server said. */
async function ask(port: number, command: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('latin1');
  socket.setTimeout(5000, () => socket.destroy(new Error(`the server on port ${port} did not answer ${command[0]}`)));
  try {
    socket.write(`*${command.length}\r\n${command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
    let text = '';
    for await (const chunk of socket) {
      text += String(chunk);
      if (endOf(text, 0) === text.length) return text.trimEnd();
    }
    throw new Error(`the server on port ${port} closed the connection`);
  } finally {
    socket.destroy();
  }
}

/** Where the reply that begins there ends; NaN while it is not all there. */
function endOf(text: string, start: number): number {
  const line = text.indexOf('\r\n', start);
  if (line === -1) return Number.NaN;
  const count = Number(text.slice(start + 1, line));
  let end = line + 2;
  if (text[start] === '$' && count >= 0) end += count + 2;
  if (text[start] === '*') for (let item = 0; item < count; item++) end = endOf(text, end);
  return end <= text.length ? end : Number.NaN;
}
