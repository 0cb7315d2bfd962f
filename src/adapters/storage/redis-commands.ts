import type { CallOptions } from '../../ports/crypto-provider.ts';
import type { Connection } from './redis-client.ts';
import { messageOf, orAborted, untilAnswered } from './redis-failure.ts';
import type { Script, ScriptValue } from './redis-script.ts';

/** Commands and scripts with their answers, each of one key. */
export interface Commands {
  read(key: string, args: readonly string[], options: CallOptions): Promise<unknown>;
  /** Runs a script that only reads. */
  inquire<Name extends string>(
    script: Script<Name>,
    key: string,
    values: Readonly<Record<Name, ScriptValue>>,
    options: CallOptions,
  ): Promise<unknown>;
  /** Runs a script by its digest, and sends its text where the server has forgotten it. */
  run<Name extends string>(
    script: Script<Name>,
    key: string,
    values: Readonly<Record<Name, ScriptValue>>,
    options: CallOptions,
  ): Promise<unknown>;
}

/** `write` sends what must be durable; reads go by the connection itself. */
export function commandsOver(connection: Connection, write: Send): Commands {
  const read: Send = (key, args) => connection.send(key, args);

  async function ask(send: Send, key: string, args: readonly string[], options: CallOptions): Promise<unknown> {
    // a command that its client kept until the server came back would be carried out long after its caller left
    const ready = connection.ready?.();
    if (ready !== undefined) await orAborted(ready, options);
    return send(key, args, options);
  }

  function run<Name extends string>(
    send: Send,
    script: Script<Name>,
    key: string,
    values: Readonly<Record<Name, ScriptValue>>,
    options: CallOptions,
  ): Promise<unknown> {
    const packed = script.pack(values);
    return untilAnswered(options, async () => {
      try {
        return await ask(send, key, ['EVALSHA', script.sha1, '1', key, packed], options);
      } catch (error) {
        if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
        return ask(send, key, ['EVAL', script.source, '1', key, packed], options);
      }
    });
  }

  return {
    read: (key, args, options) => untilAnswered(options, () => ask(read, key, args, options)),
    inquire: (script, key, values, options) => run(read, script, key, values, options),
    run: (script, key, values, options) => run(write, script, key, values, options),
  };
}

/** Sends one command to the master of the key's slot. */
export type Send = (key: string, args: readonly string[], options: CallOptions) => Promise<unknown>;

/** A reply that must be text: Buffers, or anything else an application's client makes of it, are not for this store. */
export function textOf(reply: unknown): string {
  if (typeof reply === 'string') return reply;
  throw new Error('Redis answered something else than text; the client must answer strings, as it does by default');
}

export function textOrNull(reply: unknown): string | null {
  return reply === null || reply === undefined ? null : textOf(reply);
}

export function listOf(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply;
  throw new Error('Redis answered something else than a list');
}
