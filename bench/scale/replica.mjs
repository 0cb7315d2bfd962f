import { randomFillSync } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { memoryStore } from 'simplejwt/storage/memory';
import { memoryFeed, replicaStore } from 'simplejwt/storage/replica';
import { jtiAt, randomJtis } from '../suites/blacklist.mjs';
import { expected, MARGIN, newId, NOW, RULES } from './day.mjs';
import { FEED_SECONDS, ratesOf } from './workload.mjs';

/**
 * Of each number of families: which share of its checks a host with a replica still asks, where it is one of many and where it is the only one, and the
 * bytes of a copy of one of many.
 */
export async function measureReplica(workload) {
  const replicas = [];
  for (const families of workload.families) {
    const one = await checksOf(workload, { families, hosts: 1 });
    const many = workload.hosts === 1 ? one : await checksOf(workload, { families, hosts: workload.hosts });
    const entries = Math.round(ratesOf(workload, families).logouts * FEED_SECONDS);
    replicas.push({ families, entries, one, many: { ...many, bytes: await weighed(many.known, entries) } });
  }
  return replicas;
}

/**
 * Checks that come to one host, through the replica as it is: a sample of families, each refreshed when it is due, checked at random while its access
 * token lives, by a clock that is moved. Counted after 20 minutes, when as many families are known as will be.
 */
async function checksOf({ checks, refresh, lifetime, access }, { families, hosts }) {
  const perRefresh = (checks * refresh) / families / hosts;
  const sample = Math.max(LEAST, Math.min(MOST, Math.ceil(COUNTED / perRefresh)));
  const random = randomBy(1);
  let now = NOW;
  const clock = () => now;
  const feed = memoryFeed({ retentionSeconds: FEED_SECONDS, clock });
  const store = memoryStore({ maxRecords: 4 * sample });
  now += FEED_SECONDS; // so that the feed's history is longer than any token lives
  const replica = replicaStore(store, feed, { maxStalenessSeconds: 300, maxKnownFamilies: 4 * sample, clock });
  try {
    await replica.ready();
    const start = now;
    const end = start + WARM + refresh;
    const events = [];
    for (let index = 0; index < sample; index++) {
      const family = newId();
      const user = newId();
      const token = { jti: newId(), iat: start, exp: end + lifetime, retainUntil: end + lifetime + MARGIN };
      const rest = { access: undefined, endsAt: undefined, epoch: 0, metadata: undefined, now: start };
      expected('a login', await store.record({ user, family, token, ...rest }, {}), 'recorded');
      for (let iat = Math.floor(start - random() * refresh); iat < end; iat += refresh) {
        const ref = { jti: newId(), user, family, iat, onRecord: false, retainUntil: iat + access + MARGIN };
        for (let left = poisson(perRefresh, random); left > 0; left--) {
          const at = iat + random() * Math.min(access, refresh);
          if (at >= start && at < end) events.push({ at, token: ref });
        }
      }
    }
    events.sort((one, other) => one.at - other.at);

    let next = 0;
    let [warm, known] = [undefined, 0];
    while (now < end) {
      now += STEP;
      await feed.publish([{ kind: 'family', id: newId() }], {}); // somebody's logout, which wakes the reader
      await new Promise((resolve) => setImmediate(resolve));
      for (; events[next]?.at < now; next++) {
        expected('a check', await replica.status({ token: events[next].token, now, ...RULES }, {}), 'active');
      }
      const told = replica.diagnostics();
      if (now - start >= WARM) warm ??= told;
      known = Math.max(known, told.knownFamilies);
    }
    const [ask, local] = ['asked', 'local'].map((name) => replica.diagnostics()[name] - warm[name]);
    expected('all that was asked or answered', replica.diagnostics().asked + replica.diagnostics().local, events.length);
    await refusesRevoked(replica, events.at(-1).token, now);
    return { asked: ask / (ask + local), counted: ask + local, known: Math.round((known / sample) * families) };
  } finally {
    await replica[Symbol.asyncDispose]();
  }
}

async function refusesRevoked(replica, token, now) {
  const { family, user } = token;
  await replica.revokeFamily({ family, user, now, retainUntil: now + FEED_SECONDS }, {});
  expected('a check after the logout', await replica.status({ token, now, ...RULES }, {}), 'family_revoked');
}

/** The bytes of a copy that has met so many families, and in whose feed are so many entries: it is made, filled, and weighed. */
async function weighed(known, entries) {
  const before = memoryHeld();
  let left = entries;
  const feed = {
    retentionSeconds: FEED_SECONDS,
    publish: () => undefined,
    follow: () => ({
      async read({ waitMs, signal }) {
        const about = { lost: false, since: NOW - FEED_SECONDS, now: NOW, position: String(left) };
        if (left === 0 && waitMs > 0) await aborted(signal);
        const some = Math.min(left, 1000);
        left -= some;
        return { ...about, entries: Array.from({ length: some }, newEntry), caughtUp: left === 0 };
      },
      close: () => undefined,
    }),
  };
  const onRecord = { status: () => 'active', revokeFamily: () => 'revoked' };
  const replica = replicaStore(onRecord, feed, { maxStalenessSeconds: 300, maxKnownFamilies: Math.max(DEFAULT_KNOWN, known) });
  await replica.ready();
  const ids = randomJtis(BATCH);
  for (let left = known; left > 0; left -= BATCH) {
    randomFillSync(ids);
    for (let index = 0; index < Math.min(left, BATCH); index++) {
      const token = { jti: 'one', user: 'one', family: jtiAt(ids, index), iat: NOW, onRecord: false, retainUntil: NOW + MARGIN };
      expected('a check', replica.status({ token, now: NOW, ...RULES }, {}), 'active'); // at once: so is the answer of what it asks
    }
  }
  const { entries: held, knownFamilies } = replica.diagnostics();
  expected('the entries of a copy', held, entries);
  if (knownFamilies < known * 0.99) throw new Error(`of ${known} families a replica knows ${knownFamilies}`);
  const bytes = memoryHeld() - before;
  await replica[Symbol.asyncDispose]();
  return bytes;
}

const newEntry = () => ({ kind: 'family', id: newId(), at: NOW });

function aborted(signal) {
  return new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

/** Of flat arrays, which is what a copy is made of. */
function memoryHeld() {
  collect();
  return process.memoryUsage().arrayBuffers;
}

/** How often what happens `mean` times on average has happened. */
function poisson(mean, random) {
  let count = 0;
  for (let left = mean + Math.log(random()); left > 0; left += Math.log(random())) count++;
  return count;
}

/** The same numbers in each run (mulberry32), so that a table can be had again. */
function randomBy(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

/** Twice as long as a family is known at the least. */
const WARM = 1200;
/** By which the clock is moved. */
const STEP = 10;
/** Checks that are to be counted, by families between these. */
const COUNTED = 30_000;
const LEAST = 500;
const MOST = 50_000;
/** What `maxKnownFamilies` is, unless it is told otherwise. */
const DEFAULT_KNOWN = 1_000_000;
const BATCH = 65_536;
