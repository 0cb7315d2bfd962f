import { ConfigError } from '../../../domain/errors.ts';
import { gathering } from './gathering.ts';

/** An ioredis client (5 or later): `new Redis(...)`, with or without Sentinels, or `new Redis.Cluster(...)`. */
export interface IoredisClient {
  readonly status: string;
  readonly isCluster?: boolean;
  readonly options?: object;
  call(command: string, ...args: string[]): Promise<unknown>;
  pipeline(): IoredisPipeline;
  duplicate(): object;
  once(event: string, listener: () => void): unknown;
}

export interface IoredisPipeline {
  call(command: string, ...args: string[]): unknown;
  exec(): Promise<readonly (readonly [error: Error | null, result: unknown])[] | null>;
}

/** A client of node-redis (4 or later): of `createClient`, `createCluster` or `createSentinel`. */
export interface NodeRedisClient {
  readonly isOpen: boolean;
  sendCommand(...args: never[]): Promise<unknown>;
  duplicate(): object;
}

/** A Redis client that the application has made, and connects and closes itself. */
export type RedisClient = IoredisClient | NodeRedisClient;

/** What the store asks of a client: one command, sent to the master of the key's slot. */
export interface Connection {
  send(key: string, args: readonly string[]): Promise<unknown>;
  /** Settles when the client can send; undefined where it can, or says nothing about it. */
  ready?(): Promise<void> | undefined;
}

/** Tells by its shape which client it is. */
export function connectionOf(client: RedisClient): Connection {
  const given: unknown = client;
  if (isIoredis(given)) return ofIoredis(given);
  if (isNodeRedis(given)) return ofNodeRedis(given);
  throw new ConfigError(
    'invalid_option',
    'client',
    'client must be a client of ioredis (new Redis() or new Redis.Cluster()) or of node-redis (createClient(), createCluster() or createSentinel())',
  );
}

export function isIoredis(client: unknown): client is IoredisClient {
  return hasMethods(client, 'pipeline', 'call', 'duplicate', 'once') && typeof client['status'] === 'string';
}

function isNodeRedis(client: unknown): client is NodeRedisClient {
  return hasMethods(client, 'sendCommand', 'duplicate') && typeof client['isOpen'] === 'boolean';
}

function ofIoredis(client: IoredisClient): Connection {
  const { scaleReads, role } = (client.options ?? {}) as { readonly scaleReads?: unknown; readonly role?: unknown };
  if ((scaleReads !== undefined && scaleReads !== 'master') || role === 'slave') {
    throw new ConfigError(
      'invalid_option',
      'client',
      "client must ask masters: a replica lags behind revocations. Pass one with scaleReads: 'master' and role: 'master', which are the defaults",
    );
  }
  // 'wait': the first command connects; 'end': it says itself that it is closed
  const able = () => client.status === 'ready' || client.status === 'wait' || client.status === 'end';
  const ready = () => whenReady(client, able());
  if (client.isCluster === true) {
    return { ready, send: (_key, [command = '', ...args]) => client.call(command, ...args) };
  }
  return { ready, send: gathering(client) };
}

/** One listener for all who wait. */
const waiting = new WeakMap<Emitter, Promise<void>>();

type Emitter = Pick<IoredisClient, 'once'>;

function whenReady(client: Emitter, able: boolean): Promise<void> | undefined {
  if (able) return undefined;
  let promise = waiting.get(client);
  if (promise === undefined) {
    promise = new Promise<void>((resolve) => {
      const settle = () => {
        waiting.delete(client);
        resolve();
      };
      client.once('ready', settle);
      client.once('end', settle);
    });
    waiting.set(client, promise);
  }
  return promise;
}

function ofNodeRedis(client: NodeRedisClient): Connection {
  const send = client.sendCommand.bind(client) as (...args: unknown[]) => Promise<unknown>;
  // `false`: not to be read from a replica, which lags behind revocations
  if (hasMethods(client, 'nodeClient')) return { send: (key, args) => send(key, false, args) };
  if (hasMethods(client, 'acquire')) return { send: (_key, args) => send(false, args) };
  if (!isReadied(client)) return { send: (_key, args) => send(args) };
  const ready = () => whenReady(client, client.isReady || !client.isOpen); // one that is closed says so itself
  return { ready, send: (_key, args) => send(args) };
}

function isReadied(client: NodeRedisClient): client is NodeRedisClient & Emitter & { readonly isReady: boolean } {
  return hasMethods(client, 'once') && typeof client['isReady'] === 'boolean';
}

export function hasMethods(value: unknown, ...names: readonly string[]): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const members = value as Readonly<Record<string, unknown>>;
  return names.every((name) => typeof members[name] === 'function');
}
