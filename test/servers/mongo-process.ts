import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { guarded, released, temporaryDirectory } from './guard.ts';
import { freePort } from './ports.ts';

/** One process on the loopback that speaks MongoDB's protocol, in a directory of its own. It ends with the test process at the latest. */
export interface MongoProcess {
  /** Names a database besides. */
  readonly url: string;
  readonly port: number;
  /** kill -9. */
  kill(): Promise<void>;
  /** On the same port and directory; kills it first if it runs. */
  restart(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  pause(): void;
  resume(): void;
  /** Ends it, and removes its directory. */
  stop(): Promise<void>;
}

/** What to run there: a program that prints a line when it listens on that port of 127.0.0.1. */
export type MongoProgram = (port: number, directory: string) => readonly [file: string, ...args: string[]];

export async function startMongoProcess(program: MongoProgram): Promise<MongoProcess> {
  const port = await freePort();
  const directory = temporaryDirectory();
  const [file, ...args] = program(port, directory.path);
  let child: ChildProcess | undefined;

  const server: MongoProcess = {
    url: `mongodb://127.0.0.1:${port}/simplejwt`,
    port,
    async kill() {
      if (child === undefined) return;
      const ending = child;
      child = undefined;
      if (ending.exitCode === null && ending.signalCode === null) {
        const gone = once(ending, 'exit');
        ending.kill('SIGKILL');
        await gone;
      }
      released(ending.pid ?? 0);
    },
    async restart() {
      await server.kill();
      const started = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      child = started;
      await once(started, 'spawn');
      guarded(started.pid ?? 0);
      const lines = createInterface({ input: started.stdout });
      const ended = once(started, 'exit').then(([code]) => {
        throw new Error(`${file} ended with ${code} before it listened`);
      });
      await Promise.race([once(lines, 'line'), ended]);
      ended.catch(() => {}); // from here on its end is somebody's wish
    },
    pause() {
      child?.kill('SIGSTOP');
    },
    resume() {
      child?.kill('SIGCONT');
    },
    async stop() {
      await server.kill();
      directory.remove();
    },
  };
  await server.restart();
  return server;
}
