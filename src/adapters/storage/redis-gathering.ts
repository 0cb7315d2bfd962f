import type { IoredisClient } from './redis-client.ts';

/**
 * Sends the calls of one tick in one write. ioredis writes each command by itself, and most of what a check costs is that; errors are looked at
 * command by command, since a pipeline resolves with them.
 */
export function gathering(client: Pick<IoredisClient, 'call' | 'pipeline'>) {
  let queue: Waiting[] = [];

  function flush(): void {
    const calls = queue;
    queue = [];
    const [only] = calls;
    if (only !== undefined && calls.length === 1) {
      const [command = '', ...args] = only.args;
      client.call(command, ...args).then(only.resolve, only.reject);
      return;
    }
    const pipeline = client.pipeline();
    for (const { args } of calls) {
      const [command = '', ...rest] = args;
      pipeline.call(command, ...rest);
    }
    pipeline.exec().then(
      (results) => {
        for (const [index, call] of calls.entries()) {
          const [error, result] = results?.[index] ?? [new Error('the pipeline has no answer for a command'), undefined];
          if (error) call.reject(error);
          else call.resolve(result);
        }
      },
      (error: unknown) => {
        for (const call of calls) call.reject(error);
      },
    );
  }

  return function send(_key: string, args: readonly string[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      // after the microtasks, in which the callers that an answer woke up send their next
      if (queue.length === 0) process.nextTick(flush);
      queue.push({ args, resolve, reject });
    });
  };
}

interface Waiting {
  readonly args: readonly string[];
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}
