import { Redis } from 'ioredis';
import { Redis as Redis5 } from 'ioredis5';
import { createClient } from 'redis';
import type { RedisClient } from '../../src/adapters/storage/redis.ts';

export interface OpenedRedis {
  readonly client: RedisClient;
  close(): void;
}

/** A client of each library that the Redis adapters are over, to a server on the loopback. */
export const REDIS_CLIENTS: Readonly<Record<string, (port: number) => Promise<OpenedRedis>>> = {
  'ioredis 6': async (port) => {
    const client = new Redis(port);
    return { client, close: () => client.disconnect() };
  },
  'ioredis 5': async (port) => {
    const client = new Redis5(port);
    return { client, close: () => client.disconnect() };
  },
  'node-redis': async (port) => {
    const client = await createClient({ url: `redis://127.0.0.1:${port}` }).connect();
    return { client, close: () => client.destroy() };
  },
};
