import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { memoryStore } from 'simplejwt/storage/memory';
import { replicaStore } from 'simplejwt/storage/replica';
import { ourVerifier } from '../contenders/contenders.mjs';
import { keysFor } from '../fixtures/keys.mjs';
import { claimsOf, tokenOf } from '../fixtures/tokens.mjs';
import { jtiAt, randomJtis } from './blacklist.mjs';
import { startRedis } from './redis-server.mjs';

const VERIFY = 'HS256 verify, cold';

export const replica = {
  name: 'replica',
  about:
    'is this access token revoked, asked of a store by token, family and user while a million families are; identifiers are cut fresh',
  unit: 'time',
  compared: 'share',
  baseline: VERIFY,
  rows: [
    { name: 'check at 1M revocations', warmMs: 300, prepare: checking },
    { name: 'bytes an entry at 1M', unit: 'bytes', rounds: 1, baseline: 'the bound', prepare: weighing },
  ],
};

async function checking() {
  const keys = keysFor('HS256');
  const verify = ourVerifier('HS256', keys);
  const families = randomJtis(SESSIONS);
  const sessions = shuffled(Array.from({ length: SESSIONS }, (_, index) => sessionOf(index, families)));
  const tokens = sessions.map((claims) => tokenOf('HS256', keys, claims));
  const revoked = randomJtis(ENTRIES);

  const memory = memoryStore({ maxRecords: 2 * ENTRIES });
  for (const session of sessions) await memory.record(recordOf(session), {});
  for (let index = 0; index < ENTRIES; index++) {
    const family = jtiAt(revoked, index);
    await memory.revokeFamily({ family, user: undefined, now: NOW, retainUntil: NOW + 86_400 }, {});
  }
  const copied = await replicaOver(memory, revoked);
  const asking = (name, store) => {
    const check = (claims) => store.status(queryOf(claims), {});
    return {
      name,
      ours: true,
      call: (index) => check(verify(tokens[index & (SESSIONS - 1)])),
      check: () =>
        sessions.every((claims) => check(claims) === 'active') &&
        check({ ...sessions[0], family_id: jtiAt(revoked, ENTRIES >> 1) }) === 'family_revoked',
    };
  };

  const server = await startRedis();
  const client = server && new Redis({ port: server.port });
  await client?.set(`revoked:${jtiAt(revoked, 0)}`, '1');
  const exists = ({ family_id }) => client.exists(`revoked:${family_id}`);
  const plain = {
    name: 'verify, then EXISTS by ioredis, 64 in flight',
    inFlight: 64,
    call: (index) => exists(verify(tokens[index & (SESSIONS - 1)])),
    check: async () => (await exists({ family_id: jtiAt(revoked, 0) })) === 1 && (await exists(sessions[0])) === 0,
  };
  return {
    contenders: [
      {
        name: VERIFY,
        ours: true,
        call: (index) => verify(tokens[index & (SESSIONS - 1)]),
        check: () => verify(tokens[0]).jti === sessions[0].jti,
      },
      asking('verify, then the replica store', copied),
      asking('verify, then the memory store', memory),
      ...(client === undefined ? [] : [plain]),
    ],
    notApplicable: client === undefined ? [{ name: plain.name, why: 'redis-server is not installed' }] : [],
    async close() {
      await copied[Symbol.asyncDispose]();
      client?.disconnect();
      await server?.stop();
    },
  };
}

/** A replica that knows of these families, and of a thousand users besides. */
export async function replicaOver(store, revoked) {
  const users = Array.from({ length: USERS }, (_, index) => ({ kind: 'user', id: String(index), at: NOW }));
  const entries = revoked.length / 16;
  let read = 0;
  const feed = {
    retentionSeconds: 7200,
    publish: () => undefined,
    follow: () => ({
      async read({ waitMs, signal }) {
        const about = { lost: false, since: NOW - 86_400, now: NOW, position: String(read) };
        if (read === entries) {
          if (waitMs > 0) await pause(waitMs, signal);
          return { ...about, entries: users, caughtUp: true };
        }
        const [from, to] = [read, Math.min(read + 1000, entries)];
        read = to;
        const batch = Array.from({ length: to - from }, (_, at) => ({ kind: 'family', id: jtiAt(revoked, from + at), at: NOW }));
        return { ...about, entries: batch, caughtUp: false };
      },
      close: () => undefined,
    }),
  };
  const replica = replicaStore(store, feed, { maxStalenessSeconds: 300 }); // what is timed stands still for the feed
  await replica.ready();
  return replica;
}

function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    timer.unref();
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** The claims of its access token. */
function sessionOf(index, families) {
  return { ...claimsOf(index), iat: NOW - 60, exp: NOW + 3600, family_id: jtiAt(families, index) };
}

/** So that nothing is near in memory to what was asked before. */
function shuffled(list) {
  for (let at = list.length - 1; at > 0; at--) {
    const other = Math.floor(Math.random() * (at + 1));
    [list[at], list[other]] = [list[other], list[at]];
  }
  return list;
}

function queryOf({ jti, family_id: family, user_id: user, iat }) {
  const token = { jti, family, user, iat, onRecord: false, retainUntil: NOW + 3660 };
  return { token, now: NOW, mustBeRecorded: 'family', endedCounts: false };
}

/** Its refresh token, which has a name of its own. */
function recordOf({ family_id: family, user_id: user }) {
  const token = { jti: family, iat: NOW - 60, exp: NOW + 86_400, retainUntil: NOW + 86_460 };
  return { user, family, token, access: undefined, endsAt: undefined, epoch: 0, metadata: undefined, now: NOW };
}

/** In a process of its own, and beside what is promised. */
function weighing() {
  const weigh = (entries) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', WEIGHT, String(entries)]);
    if (status !== 0) throw new Error(`the process failed: ${stderr.toString()}`);
    return Number(stdout.toString());
  };
  return {
    contenders: [
      { name: 'the bound', floor: true, sample: () => MOST_BYTES, check: () => true },
      { name: 'replica store', ours: true, sample: () => weigh(ENTRIES), check: () => weigh(100_000) > 0 },
    ],
    notApplicable: [],
  };
}

const WEIGHT = fileURLToPath(new URL('replica-weight.mjs', import.meta.url));
const MOST_BYTES = 35;
const USERS = 1000;
const ENTRIES = 1_000_000;
const SESSIONS = 2 ** 16;
const NOW = Math.floor(Date.now() / 1000);
