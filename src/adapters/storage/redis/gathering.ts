import { createHash } from 'node:crypto';
import { messageOf } from './failure.ts';
import { textOf } from './replies.ts';
import { ROTATE } from './rotate-script.ts';
import { CHECK } from './scripts.ts';

/**
 * Sends the checks and rotations of one tick together: what a client does for each command, and a server for each script, costs more than the
 * decision. One that is alone goes as it is. Not on Cluster, where each key may be another's.
 */
export function gathering(client: Caller) {
  const alone = ([command = '', ...args]: readonly string[]) => client.call(command, ...args);
  const checks = gather(client, alone, CHECK, sha1Of(CHECK), fieldsOfChecks);
  const rotations = gather(client, alone, ROTATE.source, ROTATE.sha1, linesOf);

  return function send(_key: string, args: readonly string[]): Promise<unknown> {
    const [command, first = '', , key = ''] = args;
    if (command === 'hmget' && args.length === 5) return checks({ args, key: first, values: [args[2] ?? '', args[3] ?? ''] });
    if (command === 'evalsha' && first === ROTATE.sha1) return rotations({ args, key, values: [args[4] ?? ''] });
    return alone(args);
  };
}

/** Gathers calls of one script, which takes as many values for each key; `apart` takes its answers apart. */
function gather(client: Caller, alone: Alone, source: string, sha1: string, apart: Apart) {
  let queue: Waiting[] = [];

  function flush(): void {
    const calls = queue;
    const [only] = calls;
    if (only === undefined) return; // it went when the batch was full
    queue = [];
    if (calls.length === 1) alone(only.call.args).then(only.resolve, only.reject);
    else void sendAll(calls);
  }

  async function sendAll(calls: readonly Waiting[]): Promise<void> {
    const args = [String(calls.length)];
    for (const { call } of calls) args.push(call.key);
    for (const { call } of calls) for (const value of call.values) args.push(value);
    try {
      const reply = await client.call('evalsha', sha1, ...args).catch((error: unknown) => {
        if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
        return client.call('eval', source, ...args);
      });
      const answers = apart(reply);
      for (const [index, { resolve }] of calls.entries()) resolve(answers[index]);
    } catch (error) {
      for (const { reject } of calls) reject(error); // each is asked again by itself, where that may help
    }
  }

  return function send(call: Call): Promise<unknown> {
    return new Promise((resolve, reject) => {
      // after the microtasks, in which the callers that an answer woke up send their next
      if (queue.length === 0) process.nextTick(flush);
      queue.push({ call, resolve, reject });
      if (queue.length >= LARGEST) flush();
    });
  };
}

function linesOf(reply: unknown): readonly string[] {
  return textOf(reply).split('\n');
}

function fieldsOfChecks(reply: unknown): readonly unknown[] {
  const lines = linesOf(reply);
  const answers: unknown[] = [];
  for (let index = 0; index < lines.length; index += 3) {
    answers.push([lines[index] || null, lines[index + 1] || null, lines[index + 2] || null]);
  }
  return answers;
}

function sha1Of(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

/** A client of ioredis, as far as it is needed here. */
interface Caller {
  call(command: string, ...args: string[]): Promise<unknown>;
}

type Apart = (reply: unknown) => readonly unknown[];

type Alone = (args: readonly string[]) => Promise<unknown>;

interface Call {
  readonly args: readonly string[];
  readonly key: string;
  readonly values: readonly string[];
}

interface Waiting {
  readonly call: Call;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** So that the server decides over one batch while the client writes the next, and blocks for none. */
const LARGEST = 32;
