import { Redis } from 'ioredis';
import { redisFeed, redisStore } from 'simplejwt/storage/redis';
import { startRedis } from '../suites/redis-server.mjs';
import { expected, liveADay, newId } from './day.mjs';

/**
 * A day at a redis-server of its own, alone and as a Cluster of one master: its used_memory, what is sent and answered, and how long its main thread
 * computes, by its own count, which a busy machine does not change much.
 */
export async function measureRedis(workload) {
  const alone = await atServer({}, workload);
  if (alone === undefined) return ['Redis', 'Redis Cluster'].map((name) => ({ name, missing: 'needs redis-server' }));
  const cluster = await atServer({ cluster: true }, workload);
  return [
    { name: 'one Redis', ...alone },
    cluster === undefined
      ? { name: 'Redis Cluster', missing: 'needs redis-server 7, which starts one beside others' }
      : { name: 'Redis Cluster', ...cluster, feed: alone.feed }, // a stream is in one slot: with one master
  ];
}

async function atServer({ cluster = false }, workload) {
  const server = await startRedis({ cluster });
  if (server === undefined) return undefined;
  const control = new Redis(server.port);
  const client = cluster ? new Redis.Cluster([{ host: '127.0.0.1', port: server.port }]) : new Redis(server.port);
  try {
    if (cluster) await takeAllSlots(control);
    const counts = counting(client);
    const stats = statsBy(control);
    const store = redisStore(client);
    const quiet = (_name, _calls, run) => run();
    await liveADay(store, { ...workload, sample: 10 }, quiet); // scripts, and the first tables
    await client.flushall();

    const empty = await stats();
    const [calls, held] = [{}, {}];
    await liveADay(store, workload, async (name, count, run) => {
      const [before, commands] = [await stats(), counts.commands];
      await run();
      const after = await stats();
      calls[name] = { commands: (counts.commands - commands) / count, ...perCall(before, after, count) };
      held[name] = after.memory - empty.memory;
    });
    const family = held['lone rotation'] / workload.sample;
    const spentToken = (held['lone rotation'] - held.login) / workload.sample / workload.spent;
    const version = /redis_version:(\S+)/.exec(await control.info('server'))?.[1];
    const measured = { version, bytes: { family, spentToken }, calls };
    if (cluster) return measured;
    return { ...measured, exists: await measureExists(client, stats), feed: await measureFeed(client, stats, counts) };
  } finally {
    client.disconnect();
    control.disconnect();
    await server.stop();
  }
}

/** What every service would do: ask whether there is such a key. */
async function measureExists(client, stats) {
  const before = await stats();
  for (let turn = 0; turn < EXISTS; turn += 64) {
    await Promise.all(Array.from({ length: 64 }, async () => expected('EXISTS', await client.exists(newId()), 0)));
  }
  return perCall(before, await stats(), EXISTS);
}

/** Publications one by one, first with nobody who reads and then with one. */
async function measureFeed(client, stats, counts) {
  const feed = redisFeed(client);
  const publish = (id = newId()) => feed.publish([{ kind: 'family', id }], {});
  await publish();
  const [start, sent] = [await stats(), counts.commands];
  for (let index = 0; index < PUBLICATIONS; index++) await publish();
  const published = await stats();
  const publication = { commands: (counts.commands - sent) / PUBLICATIONS, ...perCall(start, published, PUBLICATIONS) };

  const reader = feed.follow();
  try {
    for (let batch = await reader.read({ waitMs: 0 }); !batch.caughtUp;) batch = await reader.read({ waitMs: 0 });
    const [before, read] = [await stats(), counts.byDuplicates];
    for (let index = 0; index < PUBLICATIONS; index++) {
      const id = newId();
      const [{ entries }] = await Promise.all([reader.read({ waitMs: 1000 }), publish(id)]);
      expected('a read of the feed', entries.at(-1)?.id, id);
    }
    const both = perCall(before, await stats(), PUBLICATIONS);
    return {
      entryBytes: (published.memory - start.memory) / PUBLICATIONS,
      publication,
      reading: { commands: (counts.byDuplicates - read) / PUBLICATIONS, micros: both.micros - publication.micros },
      idleReads: IDLE_READS,
    };
  } finally {
    await reader.close();
  }
}

/** Every command passes by `sendCommand`; those of connections that are made out of this one are counted apart. */
function counting(client) {
  const counts = { commands: 0, byDuplicates: 0 };
  const count = (one, name) => {
    const send = one.sendCommand.bind(one);
    one.sendCommand = (...given) => {
      counts[name]++;
      return send(...given);
    };
    return one;
  };
  const duplicate = client.duplicate.bind(client);
  client.duplicate = (...given) => count(duplicate(...given), 'byDuplicates');
  count(client, 'commands');
  return counts;
}

async function takeAllSlots(control) {
  await control.call('cluster', 'addslotsrange', '0', '16383');
  for (let tries = 0; !(await control.call('cluster', 'info')).includes('cluster_state:ok'); tries++) {
    if (tries > 100) throw new Error('the cluster does not come up');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What the server counts, less the answers to this question. */
function statsBy(control) {
  let told = 0;
  return async () => {
    const info = await control.info('all');
    const read = (name) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1]);
    const answered = read('total_net_output_bytes') - told;
    told += info.length + `$${info.length}\r\n\r\n`.length;
    return {
      memory: read('used_memory'),
      micros: 1e6 * (read('used_cpu_user_main_thread') + read('used_cpu_sys_main_thread')),
      sent: read('total_net_input_bytes'),
      answered,
    };
  };
}

function perCall(before, after, calls) {
  const each = (name) => (after[name] - before[name]) / calls;
  return { micros: each('micros'), sent: each('sent'), answered: each('answered') };
}

const EXISTS = 19_200;
const PUBLICATIONS = 500;
/** A second, of a feed where nothing is published: four within `maxStalenessSeconds`, which is 5. */
const IDLE_READS = 4 / 5;
