import { Redis } from 'ioredis';
import { afterAll, beforeAll } from 'vitest';
import { startRedis, type RedisServer } from './redis-server.ts';

/** A server and a client of it for the tests of the suite that calls this. */
export function ownRedis(): { readonly server: RedisServer; readonly client: Redis } {
  let server: RedisServer | undefined;
  let client: Redis | undefined;
  beforeAll(async () => {
    server = await startRedis();
    client = new Redis(server.port);
  });
  afterAll(async () => {
    client?.disconnect();
    await server?.stop();
  });
  return {
    get server() {
      return begun(server);
    },
    get client() {
      return begun(client);
    },
  };
}

function begun<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('Redis runs while a test does');
  return value;
}
