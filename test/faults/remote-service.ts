import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Answer, Ask, Endpoint } from './endpoint.ts';
import type { StorePlace } from './open-store.ts';

/** A service in another process. */
export interface RemoteService extends Endpoint {
  /** kill -9; what was asked and not answered rejects. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export async function startRemoteService(place: StorePlace): Promise<RemoteService> {
  let child: ChildProcess | undefined;
  let next = 1;
  const pending = new Map<number, Pending>();

  const remote: RemoteService = {
    ask(ask: Ask) {
      return new Promise((resolve, reject) => {
        if (child === undefined || !child.connected) return reject(new Error('the process is down'));
        const id = next++;
        pending.set(id, { resolve, reject });
        child.send({ id, ask });
      });
    },
    async kill() {
      if (child === undefined) return;
      const dying = child;
      child = undefined;
      const gone = once(dying, 'exit');
      dying.kill('SIGKILL');
      await gone;
      for (const { reject } of pending.values()) reject(new Error('the process died'));
      pending.clear();
    },
    async start() {
      const started = fork(PROCESS, [JSON.stringify(place)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
      started.on('error', () => undefined); // a send to a process that is dying
      started.on('message', ({ id, answer }: { readonly id: number; readonly answer: Answer }) => {
        pending.get(id)?.resolve(answer);
        pending.delete(id);
      });
      await once(started, 'message');
      child = started;
    },
  };
  await remote.start();
  return remote;
}

/** Beside this file once both are bundled (`scripts/faults.mjs`). */
const PROCESS = fileURLToPath(new URL('service-process.js', import.meta.url));
