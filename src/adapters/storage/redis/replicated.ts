import { TokenError } from '../../../domain/errors.ts';
import { messageOf, refusalOf } from './failure.ts';
import type { Send } from './commands.ts';
import type { CallOptions } from '../../../ports/crypto-provider.ts';
import type { Lane, Outcome } from './lanes.ts';
import type { RedisSettings } from './options.ts';

/**
 * Sends writes, and after them WAIT, on connections that nobody else uses: WAIT blocks its connection, and waits for that connection's own
 * writes only. What comes while one waits goes together with the next. A write whose replicas do not answer in time has an unknown outcome.
 */
export function replicatedSend(lane: Lane, { replicas, replicationTimeoutSeconds }: RedisSettings): Send {
  const queues = new Map<string, Write[]>();
  const wait = ['wait', String(replicas), String(Math.ceil(replicationTimeoutSeconds * 1000))];

  async function drain(name: string, queue: Write[]): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.splice(0, LARGEST_BATCH);
      const [first] = batch;
      if (first === undefined) break;
      const outcomes = await sendAll(first.key, batch);
      const [before, ...answers] = outcomes;
      const [waited, after] = answers.splice(-2);
      const failure = failureOf(before, waited, after);
      for (const [index, write] of batch.entries()) {
        const { error = failure, reply } = answers[index] ?? { error: new Error('a command was not answered') };
        if (error === undefined) write.resolve(reply);
        else write.reject(error);
      }
      // those that waited behind this batch may have been given up
      for (let index = queue.length - 1; index >= 0; index--) {
        const signal = queue[index]?.options.signal;
        if (signal?.aborted) for (const { reject } of queue.splice(index, 1)) reject(refusalOf(signal.reason));
      }
    }
    queues.delete(name);
  }

  async function sendAll(key: string, batch: readonly Write[]): Promise<readonly Outcome[]> {
    const commands = [ID, ...batch.map(({ args }) => args), wait, ID];
    try {
      return await lane.send(key, commands);
    } catch (error) {
      return commands.map(() => ({ error }));
    }
  }

  function failureOf(before: Outcome | undefined, waited: Outcome | undefined, after: Outcome | undefined): unknown {
    for (const outcome of [before, waited, after]) {
      if (outcome === undefined) return new Error('WAIT was not answered');
      if (outcome.error !== undefined) return outcome.error;
    }
    // after a reconnection in between, WAIT would have waited for nothing
    if (String(before?.reply) !== String(after?.reply)) return new Error('the connection was lost before WAIT');
    const count = Number(waited?.reply);
    if (count >= replicas) return undefined;
    const unmet = `${count} of ${replicas} replicas have the write after ${replicationTimeoutSeconds} s`;
    return new TokenError('store_unavailable', { cause: new Error(unmet) });
  }

  return async function send(key, args, options) {
    try {
      return await enqueue(key, args, options);
    } catch (error) {
      // a lane goes where the slot was; the client finds where it is, and the next attempt goes there
      if (MOVED.test(messageOf(error))) await lane.follow(key, args);
      throw error;
    }
  };

  function enqueue(key: string, args: readonly string[], options: CallOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const name = lane.nameOf(key);
      let queue = queues.get(name);
      if (queue === undefined) {
        const started: Write[] = [];
        queue = started;
        queues.set(name, started);
        process.nextTick(() => void drain(name, started));
      }
      queue.push({ key, args, options, resolve, reject });
    });
  }
}

interface Write {
  readonly key: string;
  readonly args: readonly string[];
  readonly options: CallOptions;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
}

const ID = ['client', 'id'];
const LARGEST_BATCH = 256;
const MOVED = /^(?:MOVED|ASK) /;
