import { TokenError } from '../../../domain/errors.ts';
import type { CallOptions } from '../../../ports/crypto-provider.ts';
import type { Connection } from './client.ts';
import { messageOf, orAborted, pauseAfter } from './failure.ts';
import type { Script } from './script.ts';

/** Commands and scripts with their answers, each of one key. An answer is decoded as it comes: a promise more is a tenth of a check. */
export interface Commands {
  read<T>(key: string, args: readonly string[], options: CallOptions, decode: Decode<T>): Promise<T>;
  /** Runs a script that only reads. */
  inquire<T>(script: AnyScript, key: string, args: readonly string[], options: CallOptions, decode: Decode<T>): Promise<T>;
  /** Runs a script by its digest, and sends its text where the server has forgotten it. */
  run<T>(script: AnyScript, key: string, args: readonly string[], options: CallOptions, decode: Decode<T>): Promise<T>;
}

export type AnyScript = Pick<Script<never>, 'source' | 'sha1'>;
export type Decode<T> = (reply: unknown) => T | Promise<T>;

/** `write` sends what must be durable; reads go by the connection itself. */
export function commandsOver(connection: Connection, write: Send, beforeWriting: () => void): Commands {
  function ask<T>(way: Way, key: string, options: CallOptions, decode: Decode<T>): Promise<T> {
    // a command that its client kept until the server came back would be carried out long after its caller left
    const ready = connection.ready?.();
    if (ready !== undefined) return orAborted(ready, options).then(() => ask(way, key, options, decode));
    return way.send(key, way.args, options).then(decode, (error: unknown) => askAgain(error, way, key, options, decode));
  }

  async function askAgain<T>(error: unknown, way: Way, key: string, options: CallOptions, decode: Decode<T>): Promise<T> {
    for (let [failure, pauses] = [error, 0]; ;) {
      const forgotten = way.source !== undefined && messageOf(failure).startsWith('NOSCRIPT');
      if (!forgotten) await pauseAfter(failure, pauses++, options);
      const ready = connection.ready?.();
      if (ready !== undefined) await orAborted(ready, options);
      const args = forgotten ? ['eval', way.source, ...way.args.slice(2)] : way.args;
      try {
        return await decode(await way.send(key, args, options));
      } catch (next) {
        if (next instanceof TokenError) throw next;
        failure = next;
      }
    }
  }

  const wayOf = (send: Send, { source, sha1 }: AnyScript, key: string, args: readonly string[]) => ({
    send,
    source,
    args: ['evalsha', sha1, '1', key, ...args],
  });
  return {
    read: (key, args, options, decode) => ask({ send: connection.send, args, source: undefined }, key, options, decode),
    inquire: (script, key, args, options, decode) => ask(wayOf(connection.send, script, key, args), key, options, decode),
    run(script, key, args, options, decode) {
      beforeWriting();
      return ask(wayOf(write, script, key, args), key, options, decode);
    },
  };
}

interface Way {
  readonly send: Send;
  readonly args: readonly string[];
  /** The text of a script, for a server that has forgotten it. */
  readonly source: string | undefined;
}

/** Sends one command to the master of the key's slot. */
export type Send = (key: string, args: readonly string[], options: CallOptions) => Promise<unknown>;
