import { recover } from '../../../application/maybe-promise.ts';
import { ConfigError } from '../../../domain/errors.ts';
import {
  hasMethods,
  isIoredis,
  type IoredisClient,
  type IoredisPipeline,
  type NodeRedisClient,
  type RedisClient,
} from './client.ts';

/** A connection of the store's own to the master of a slot, on which commands go back to back. */
export interface Lane {
  /** Keys of one name go by one connection. */
  nameOf(key: string): string;
  send(key: string, commands: readonly (readonly string[])[]): Promise<readonly Outcome[]>;
  /** Sends one command where its key is now, and learns where that is. */
  follow(key: string, args: readonly string[]): Promise<unknown>;
  /** Ends it when what is on its way was answered, where the client can wait for that. */
  close(): Promise<void>;
  /** Ends it at once. */
  drop(): void;
}

export interface Outcome {
  readonly error?: unknown;
  readonly reply?: unknown;
}

/** Duplicates the application's client when the first write comes. */
export function laneOver(client: RedisClient): Lane {
  return isIoredis(client) ? overIoredis(client) : overNodeRedis(client);
}

function overIoredis(client: IoredisClient): Lane {
  const open = once(() => {
    const made = client.duplicate() as IoredisDuplicate;
    made.on('error', () => undefined); // each command fails by itself
    return made;
  });
  return {
    nameOf: (key) => (client.isCluster === true ? key : ''),
    async send(_key, commands) {
      const pipeline = open().pipeline();
      for (const [command = '', ...args] of commands) pipeline.call(command, ...args);
      const results = (await pipeline.exec()) ?? [];
      return results.map(([error, reply]) => (error === null ? { reply } : { error }));
    },
    follow: (_key, [command = '', ...args]) => open().call(command, ...args),
    async close() {
      if (open.made()) open().disconnect();
    },
    drop() {
      if (open.made()) open().disconnect();
    },
  };
}

function overNodeRedis(client: NodeRedisClient): Lane {
  let duplicate: NodeRedisDuplicate | undefined;
  const open = once(async () => {
    const made = client.duplicate() as NodeRedisDuplicate;
    duplicate = made;
    made.on('error', () => undefined); // each command fails by itself
    await made.connect();
    return made;
  });
  const isCluster = hasMethods(client, 'nodeClient');
  if (isCluster && !hasMethods(client, 'getNodeClientForKey')) throw notForReplicated();

  async function send(key: string, commands: readonly (readonly string[])[]): Promise<readonly Outcome[]> {
    const made = await open();
    if (isCluster) {
      const node = await made.getNodeClientForKey(key);
      return settled(commands.map((args) => node.sendCommand(args)));
    }
    if (hasMethods(client, 'acquire'))
      return made.use((lease) => settled(commands.map((args) => lease.sendCommand(false, args))));
    return settled(commands.map((args) => made.sendCommand(args)));
  }
  return {
    nameOf: (key) => (isCluster ? key : ''),
    send,
    follow: async (key, args) => (await open()).sendCommand(key, false, args),
    async close() {
      if (open.made()) await (await open()).close();
    },
    drop() {
      const end = duplicate?.destroy ?? duplicate?.disconnect; // the latter before node-redis 5
      // one that is not open any more says so
      if (duplicate !== undefined)
        void recover(
          async () => end?.call(duplicate),
          () => undefined,
        );
    },
  };
}

async function settled(replies: readonly Promise<unknown>[]): Promise<readonly Outcome[]> {
  const results = await Promise.allSettled(replies);
  return results.map((result) => (result.status === 'fulfilled' ? { reply: result.value } : { error: result.reason as unknown }));
}

function once<T>(make: () => T): (() => T) & { made(): boolean } {
  let value: { readonly made: T } | undefined;
  return Object.assign(() => (value ??= { made: make() }).made, { made: () => value !== undefined });
}

function notForReplicated(): ConfigError {
  return new ConfigError(
    'invalid_option',
    'durability',
    "durability 'replicated' needs a client that tells which node a key is on: take ioredis, or node-redis 6",
  );
}

interface IoredisDuplicate {
  on(event: 'error', listener: () => void): unknown;
  pipeline(): IoredisPipeline;
  call(command: string, ...args: string[]): Promise<unknown>;
  disconnect(): void;
}

interface NodeRedisDuplicate {
  on(event: 'error', listener: () => void): unknown;
  connect(): Promise<unknown>;
  close(): Promise<unknown>;
  destroy?(): unknown;
  disconnect?(): unknown;
  sendCommand(...args: unknown[]): Promise<unknown>;
  use<T>(call: (lease: { sendCommand(...args: unknown[]): Promise<unknown> }) => Promise<T>): Promise<T>;
  getNodeClientForKey(key: string): Promise<{ sendCommand(args: readonly string[]): Promise<unknown> }>;
}
