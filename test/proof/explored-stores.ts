import type { Redis } from 'ioredis';
import { join } from 'node:path';
import { memoryStore } from '../../src/adapters/storage/memory.ts';
import { mongoStore } from '../../src/adapters/storage/mongo.ts';
import { redisStore } from '../../src/adapters/storage/redis.ts';
import { memoryFeed, replicaStore } from '../../src/adapters/storage/replica.ts';
import { sqliteStore } from '../../src/adapters/storage/sqlite.ts';
import type { RevocationFeed } from '../../src/ports/revocation-feed.ts';
import type { TokenStore } from '../../src/ports/token-store.ts';
import type { Driver } from '../adapters/storage/sqlite-drivers.ts';
import { temporaryDirectory } from '../servers/guard.ts';
import { asynchronous, type Gap } from '../testing/async-store.ts';
import { memoryDatabase } from '../testing/memory-database.ts';
import type { Explored } from './store-races.ts';

/** One step a call, since nothing else runs meanwhile. */
export const memory: Explored = { name: 'memory', create: (gap) => asynchronous(memoryStore(), gap) };

/** One step a call: a call is one transaction. */
export function sqlite({ name, open }: Driver): Explored {
  return { name: `SQLite over ${name}`, create: (gap) => asynchronous(sqliteStore(open(':memory:')), gap) };
}

/** Each call on the other of two databases that are open on one file, as two processes have it. */
export function sqliteTwice({ name, open }: Driver): Explored {
  return {
    name: `SQLite over ${name}, one file open twice`,
    create(gap) {
      const path = join(temporaryDirectory().path, 'tokens.db');
      const stores = [sqliteStore(open(path)), sqliteStore(open(path))] as const;
      let calls = 0;
      return asynchronous(
        oneOf(() => stores[++calls % 2] ?? stores[0]),
        gap,
      );
    },
  };
}

/** Several stores as one: each call chooses. */
export function oneOf(choose: () => TokenStore): TokenStore {
  return new Proxy(choose(), {
    get: (_target, method: keyof TokenStore) => {
      const store = choose();
      const member = store[method];
      return typeof member === 'function' ? member.bind(store) : member;
    },
  });
}

/** One step a command that the store sends. */
export function redis(client: Redis): Explored {
  let runs = 0;
  return {
    name: 'Redis',
    create: (gap, clock) =>
      redisStore(steppedClient(client, gap), { clock, prefix: `run ${++runs}:`, onWarning: () => undefined }),
  };
}

/** One step a call, and one a publication. */
export const replica: Explored = { name: 'a replica on another host', create: overFeed() };

/** Two hosts with replicas of one store, of which one is asked for checks. The feed began long before the tokens, so that copies answer for themselves. */
export function overFeed(defect: (feed: RevocationFeed) => Partial<RevocationFeed> = () => ({})): Explored['create'] {
  return (gap, clock) => {
    let begun = false;
    const feed = memoryFeed({ clock: () => clock() - (begun ? 0 : 3600) });
    begun = true;
    const shared = { ...feed, ...defect(feed) };
    const stepped: RevocationFeed = {
      ...shared,
      async publish(revocations, options) {
        await gap('publication, on its way');
        await shared.publish(revocations, options);
        await gap('publication, answered');
      },
    };
    const store = asynchronous(memoryStore(), gap);
    const [host, other] = [replicaStore(store, stepped), replicaStore(store, stepped)];
    return new Proxy<TokenStore>(host, {
      get(_target, method: keyof TokenStore) {
        const asked = method === 'status' ? other : host;
        const member = asked[method];
        return typeof member === 'function' ? member.bind(asked) : member;
      },
    });
  };
}

/** One step a command, a document and half an update; each call by a host of its own. */
export const mongo: Explored = {
  name: 'MongoDB',
  create(gap) {
    const database = memoryDatabase(gap);
    return oneOf(() => mongoStore(database));
  },
};

/** As a client of node-redis looks. */
function steppedClient(client: Redis, gap: Gap) {
  return {
    isOpen: true,
    duplicate: () => client,
    async sendCommand([command = '', ...args]: readonly string[]) {
      await gap(`${command}, on its way`);
      const reply: unknown = await client.call(command, ...args);
      await gap(`${command}, answered`);
      return reply;
    },
  };
}
