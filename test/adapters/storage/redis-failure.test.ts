import { describe, expect, it } from 'vitest';
import { redisStore, type NodeRedisClient } from '../../../src/adapters/storage/redis.ts';

/** A client of node-redis' shape, whose server says these things first and then answers. */
function clientSaying(...errors: string[]) {
  const sent: string[] = [];
  const client = {
    isOpen: true,
    duplicate: () => client,
    async sendCommand(args: readonly string[]): Promise<unknown> {
      sent.push(args[0] ?? '');
      const error = errors.shift();
      if (error !== undefined) throw new Error(error);
      return args[0] === 'get' ? '7' : 'recorded';
    },
  };
  return { client: client as unknown as NodeRedisClient, sent };
}

const PASSING = [
  "READONLY You can't write against a read only replica.",
  'LOADING Redis is loading the dataset in memory',
  'TRYAGAIN Multiple keys request during rehashing of slot',
  'CLUSTERDOWN Hash slot not served',
  "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
  'NOREPLICAS Not enough good replicas to write.',
  // Redis 6.2, of what a script met
  "ERR Error running script (call to f_0): @user_script:9: -READONLY You can't write against a read only replica. ",
  // of clients, whose connection was lost
  'Socket closed unexpectedly',
  'Connection is closed.',
  'connect ECONNREFUSED 127.0.0.1:6379',
  'Reached the max retries per request limit (which is 20). Refer to "maxRetriesPerRequest" option for details.',
];

const LASTING = [
  ["OOM command not allowed when used memory > 'maxmemory'.", 'store_full'],
  [
    "ERR Error running script (call to f_0): @user_script:9: -OOM command not allowed when used memory > 'maxmemory'. ",
    'store_full',
  ],
  ['WRONGTYPE Operation against a key holding the wrong kind of value', 'store_unavailable'],
  ['NOAUTH Authentication required.', 'store_unavailable'],
] as const;

describe('a server that says no', () => {
  it.each(PASSING)('is asked again: %s', async (error) => {
    const { client, sent } = clientSaying(error, error);
    expect(await redisStore(client).epoch({})).toBe(7);
    expect(sent).toEqual(['get', 'get', 'get']);
  });

  it.each(PASSING)('is asked until the caller leaves, and not at all after that: %s', async (error) => {
    const { client, sent } = clientSaying(...Array<string>(1000).fill(error));
    const leaving = new AbortController();
    const asking = redisStore(client).epoch({ signal: leaving.signal });
    const failure = Promise.resolve(asking).catch((refusal: unknown) => refusal);
    await expect.poll(() => sent.length).toBeGreaterThan(2);
    leaving.abort();
    expect(await failure).toMatchObject({ code: 'store_unavailable', cause: { message: error } });
    const asked = sent.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(sent).toHaveLength(asked);
  });

  it.each(LASTING)('is not asked again: %s', async (error, code) => {
    const { client, sent } = clientSaying(error);
    await expect(redisStore(client).epoch({})).rejects.toMatchObject({ code, status: 503, cause: { message: error } });
    expect(sent).toEqual(['get']);
  });

  it('is refused when it answers what no Redis would', async () => {
    const { client } = clientSaying();
    const token = { jti: 'a', user: undefined, family: undefined, iat: 0, onRecord: false, retainUntil: 9 };
    const status = redisStore(client).status({ token: token as never, now: 1 }, {});
    await expect(status).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});
