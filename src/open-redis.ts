import type { Redis } from 'ioredis';
import { UsageError } from './adapters/cli/command.ts';
import type { OpenedStore } from './adapters/cli/serve-store.ts';
import { redisFeed, redisStore } from './adapters/storage/redis.ts';
import { withReplica } from './with-replica.ts';

export interface Ioredis {
  readonly Redis: new (url: string, options: { readonly lazyConnect: true }) => Redis;
}

/** Connects to the Redis of `redis://` or `rediss://` with ioredis, which whoever wants it installs beside this package. */
export async function openRedis(
  given: string,
  {
    replica = false,
    load = () => import('ioredis'),
  }: { readonly replica?: boolean; readonly load?: () => Promise<Ioredis> } = {},
): Promise<OpenedStore> {
  const url = shownUrl(given);
  const { Redis } = await load().catch((error: unknown) => {
    if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UsageError(`--store ${url} needs a client that is not installed: npm install ioredis`);
  });
  const client = new Redis(given, { lazyConnect: true });
  let refusal: unknown;
  client.on('error', (error) => (refusal = error)); // later ones fail the calls they are of
  const store = redisStore(client);
  const close = async () => {
    await store[Symbol.asyncDispose]();
    client.disconnect(); // nobody waits for an answer any more
  };
  try {
    await client.connect();
    await store.epoch({});
  } catch (error) {
    await close();
    throw new UsageError(`--store ${url} does not answer (${reasonOf(refusal ?? error)}): start Redis there, or name another`);
  }
  const note = `State is in Redis at ${url}: sessions and revocations outlive a restart.`;
  const opened = { store, url, note, [Symbol.asyncDispose]: close };
  return replica ? withReplica(opened, redisFeed(client)) : opened;
}

/** Without user and password, nor what follows a question mark, where they may stand too. */
function shownUrl(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || url.hostname === '' || !/^(?:\/\d*)?$/.test(url.pathname))
    throw new UsageError(
      '--store redis: must be as redis://HOST:6379/0 or redis://USER:PASSWORD@HOST:6379/0, or rediss:// for TLS',
    );
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/** A code of the system, or the word with which Redis begins a refusal: neither quotes a password. */
function reasonOf(error: unknown): string {
  const word = error instanceof Error ? /^[A-Z]{2,}\b/.exec(error.message)?.[0] : undefined;
  return codeOf(error) ?? word ?? 'no reason given';
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
