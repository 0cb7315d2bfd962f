// What an entry weighs in Redis: used_memory of a server of its own, before and after. `npm run build && node bench/redis-weight.mjs`
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { redisStore } from 'simplejwt/storage/redis';
import { startRedis } from './suites/redis-server.mjs';

const FAMILIES = 20_000;
let last = 0;
const hex = () => randomBytes(16).toString('hex');
const now = Math.floor(Date.now() / 1000);
const [iat, exp, retainUntil] = [now, now + 86_400, now + 86_460];
const newToken = () => ({ jti: hex(), iat, exp, retainUntil });
const refOf = ({ jti }, user, family, onRecord = true) => ({ jti, user, family, iat, onRecord, retainUntil });

const server = await startRedis();
if (server === undefined) throw new Error('redis-server is not installed');
const client = new Redis(server.port);
const store = redisStore(client);
try {
  const version = /redis_version:(\S+)/.exec(await client.info('server'))?.[1];
  console.log(`Redis ${version}, ids of 32 characters, ${FAMILIES} of each; bytes of used_memory`);
  await weigh('a session: one spent token and one live, a user each', (user) => session(user, 1));
  await weigh('each rotation more of such a session', (user) => session(user, 9), 8);
  await weigh('a blacklisted access token, a user each', (user) => blacklist(user));
  const one = hex();
  await weigh('a blacklisted access token more of one user', () => blacklist(one));
} finally {
  client.disconnect();
  await server.stop();
}

async function weigh(what, add, share) {
  await client.flushall();
  await add(hex()); // scripts, and the first tables
  const before = await usedMemory();
  for (let done = 0; done < FAMILIES; done += 500) await Promise.all(Array.from({ length: 500 }, () => add(hex())));
  const each = ((await usedMemory()) - before) / FAMILIES;
  // of a session that was rotated nine times, what eight of them added
  console.log(`${what}: ${Math.round(share === undefined ? (last = each) : (each - last) / share)}`);
}

async function session(user, rotations) {
  const family = hex();
  let token = newToken();
  await store.record({ user, family, token, access: undefined, endsAt: undefined, epoch: 0, metadata: undefined, now }, {});
  for (let index = 0; index < rotations; index++) {
    const successor = newToken();
    const terms = { now, retainUntil, graceSeconds: 10, mustBeRecorded: undefined, endFamilyOnReuse: true, metadata: undefined };
    const attempt = { family, successor, attempt: successor.jti, spends: true, access: undefined };
    const { outcome } = await store.rotate({ token: refOf(token, user, family), ...attempt, ...terms }, {});
    if (outcome !== 'rotated') throw new Error(outcome);
    token = successor;
  }
}

async function blacklist(user) {
  const outcome = await store.blacklist({ token: refOf(newToken(), user, undefined, false), now, graceSeconds: 0 }, {});
  if (outcome !== 'blacklisted') throw new Error(outcome);
}

async function usedMemory() {
  return Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
}
