import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import { createClient } from 'redis';
import { memoryStore } from 'simplejwt/storage/memory';
import { mongoStore } from 'simplejwt/storage/mongo';
import { redisStore } from 'simplejwt/storage/redis';
import { sqliteStore } from 'simplejwt/storage/sqlite';
import { startRedis } from './redis-server.mjs';

/** Every rotation is a decision about token, family and user with the successor on record; the plain way only exchanges one value for the next. */
export const stores = {
  name: 'stores',
  about: 'one rotation or one check at a store, 64 in flight, beside one command of a plain Redis client to the same server',
  unit: 'time',
  rows: [
    { name: 'rotate', baseline: 'ioredis, a Lua compare-and-swap', prepare: rotating },
    { name: 'check', baseline: 'ioredis, EXISTS', prepare: checking },
  ].map((row) => ({ ...row, warmMs: 1000 })),
};

async function rotating() {
  const house = await createHouse();
  const { redis, everyStore } = house;
  return {
    ...house.rest,
    contenders: [
      ...(redis === undefined ? [] : [await plainRotation(redis)]),
      ...(await everyStore(async (name, store) => {
        const sessions = await logIn(store);
        const rotate = async (index) => {
          const ref = sessions[index % SESSIONS];
          const successor = newToken();
          sessions[index % SESSIONS] = refOf(successor, ref.user, ref.family);
          const { outcome } = await store.rotate(requestFor(ref, successor), {});
          if (outcome !== 'rotated') throw new Error(`a rotation came to ${outcome}`);
          return outcome;
        };
        return { name, ours: true, inFlight: IN_FLIGHT, call: rotate, check: async () => (await rotate(0)) === 'rotated' };
      })),
    ],
  };
}

async function checking() {
  const house = await createHouse();
  const { redis, everyStore } = house;
  return {
    ...house.rest,
    contenders: [
      ...(redis === undefined ? [] : [await plainCheck(redis)]),
      ...(await everyStore(async (name, store) => {
        const sessions = await logIn(store);
        const check = (index) => store.status({ token: sessions[index % SESSIONS], now: NOW, mustBeRecorded: 'token' }, {});
        const revoked = async () => {
          await store.blacklist({ token: sessions[0], now: NOW, graceSeconds: 0 }, {});
          return check(0);
        };
        return {
          name,
          ours: true,
          inFlight: IN_FLIGHT,
          call: check,
          check: async () => (await check(1)) === 'active' && (await revoked()) === 'revoked',
        };
      })),
    ],
  };
}

/** What a service would write by hand: the current token of a family is exchanged for the next, and what was exchanged is remembered. */
async function plainRotation(client) {
  client.defineCommand('exchange', { numberOfKeys: 2, lua: COMPARE_AND_SWAP });
  const current = Array.from({ length: SESSIONS }, newJti);
  await Promise.all(current.map((jti, index) => client.set(`family:${index}`, jti)));
  const rotate = async (index) => {
    const family = index % SESSIONS;
    const [old, next] = [current[family], newJti()];
    current[family] = next;
    const [done] = await client.exchange(`family:${family}`, `before:${family}`, old, next, 3_600_000, 10_000);
    if (done !== 1) throw new Error('a rotation did not come about');
    return done;
  };
  return {
    name: 'ioredis, a Lua compare-and-swap',
    inFlight: IN_FLIGHT,
    call: rotate,
    check: async () => (await rotate(0)) === 1,
  };
}

async function plainCheck(client) {
  const jtis = Array.from({ length: SESSIONS }, newJti);
  await client.set(`revoked:${jtis[0]}`, '1', 'PX', 3_600_000);
  const check = (index) => client.exists(`revoked:${jtis[index % SESSIONS]}`);
  return {
    name: 'ioredis, EXISTS',
    inFlight: IN_FLIGHT,
    call: check,
    check: async () => (await check(0)) === 1 && (await check(1)) === 0,
  };
}

/** Every store that can be run here, and why the others cannot. */
async function createHouse() {
  const opened = [];
  const notApplicable = [];
  const missing = (names, why) => notApplicable.push(...names.map((name) => ({ name, why })));
  const makers = new Map([['memory store', () => memoryStore()]]);

  const server = await startRedis();
  const connect = () => {
    const client = new Redis({ port: server.port });
    opened.push(() => client.disconnect());
    return client;
  };
  if (server === undefined) missing(['redis store over ioredis', 'redis store over node-redis'], 'redis-server is not installed');
  else {
    opened.push(() => server.stop());
    makers.set('redis store over ioredis', () => redisStore(connect()));
    makers.set('redis store over node-redis', async () => {
      const client = createClient({ url: `redis://127.0.0.1:${server.port}` });
      await client.connect();
      opened.push(() => client.destroy());
      return redisStore(client, { prefix: 'node-redis:' });
    });
  }

  const mongodb = process.env.MONGODB_URL;
  // the servers that tests use in its place read the whole collection for a command
  if (mongodb === undefined) missing(['mongo store'], 'MONGODB_URL names no MongoDB');
  else {
    makers.set('mongo store', async () => {
      const client = await new MongoClient(mongodb).connect();
      const collection = `simplejwt-bench-${newJti()}`;
      opened.push(async () => {
        await client.db().dropCollection(collection);
        await client.close();
      });
      const store = mongoStore(client.db(), { collection });
      await store.ensureIndexes();
      return store;
    });
  }

  const sqlite = await import('node:sqlite').catch(() => undefined);
  if (sqlite === undefined) missing(['sqlite store'], 'this Node has no node:sqlite');
  else {
    makers.set('sqlite store', () => {
      const directory = mkdtempSync(join(tmpdir(), 'simplejwt-bench-'));
      const database = new sqlite.DatabaseSync(join(directory, 'tokens.db'));
      opened.push(() => {
        database.close();
        rmSync(directory, { recursive: true, force: true });
      });
      return sqliteStore(database);
    });
  }

  return {
    redis: server && connect(),
    async everyStore(contend) {
      const contenders = [];
      for (const [name, make] of makers) contenders.push(await contend(name, await Promise.resolve(make())));
      return contenders;
    },
    rest: {
      notApplicable,
      async close() {
        for (const end of opened.toReversed()) await end();
      },
    },
  };
}

/** One session for each of as many users. */
async function logIn(store) {
  const epoch = await store.epoch({});
  const sessions = Array.from({ length: SESSIONS }, (_, index) => ({
    user: `user-${index}`,
    family: newJti(),
    token: newToken(),
  }));
  const rest = { access: undefined, endsAt: undefined, metadata: undefined, epoch, now: NOW };
  await Promise.all(sessions.map(async (session) => store.record({ ...session, ...rest }, {})));
  return sessions.map(({ user, family, token }) => refOf(token, user, family));
}

function requestFor(token, successor) {
  return {
    token,
    successor,
    spends: true,
    family: token.family,
    access: { jti: newJti(), retainUntil: NOW + 360 },
    attempt: successor.jti,
    now: NOW,
    retainUntil: successor.retainUntil,
    graceSeconds: 10,
    mustBeRecorded: 'token',
    endFamilyOnReuse: true,
    metadata: undefined,
  };
}

function refOf({ jti, iat, retainUntil }, user, family) {
  return { jti, user, family, iat, onRecord: true, retainUntil };
}

function newToken() {
  return { jti: newJti(), iat: NOW, exp: NOW + 86_400, retainUntil: NOW + 86_460 };
}

const newJti = () => (BigInt(count++) * 0x9e3779b97f4a7c15f39cc0605cedc835n).toString(16).slice(-32).padStart(32, '0');
let count = 1;

const COMPARE_AND_SWAP = `
local current = redis.call('GET', KEYS[1])
if current ~= ARGV[1] then
  return { redis.call('GET', KEYS[2]) == ARGV[1] and 2 or 3, current }
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[4])
return { 1 }`;

const NOW = Math.floor(Date.now() / 1000);
// so many that none is rotated more than some twenty times: what a rotation costs rises with the spent tokens of a user
const SESSIONS = 16_384;
const IN_FLIGHT = 64;
