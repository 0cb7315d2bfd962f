import { mongoFeed, mongoStore } from 'simplejwt/storage/mongo';
import { countedDatabase } from '../suites/mongo-documents.mjs';
import { expected, liveADay, newId } from './day.mjs';

/**
 * A day in documents: their BSON, and commands. No MongoDB can be installed from a package, so what it makes of them is not among the figures: indexes,
 * compression, its log, its time.
 */
export async function measureMongo(workload) {
  const counted = countedDatabase();
  const sample = Math.min(workload.sample, MOST); // ids are of one length: more would come to the same
  const [calls, held] = [{}, {}];
  await liveADay(mongoStore(counted.database), { ...workload, sample }, async (name, count, run) => {
    const commands = counted.counts.commands;
    await run();
    calls[name] = { commands: (counted.counts.commands - commands) / count };
    held[name] = counted.bytes;
  });
  const family = held['lone rotation'] / sample;
  const spentToken = (held['lone rotation'] - held.login) / sample / workload.spent;
  return [{ name: 'MongoDB', bytes: { family, spentToken }, calls, feed: await measureFeed() }];
}

async function measureFeed() {
  const counted = countedDatabase();
  const feed = mongoFeed(counted.database);
  const publish = (id = newId()) => feed.publish([{ kind: 'family', id }], {});
  await publish();
  const [{ commands: start }, weight] = [{ ...counted.counts }, counted.bytes];
  for (let index = 0; index < PUBLICATIONS; index++) await publish();
  const publication = { commands: (counted.counts.commands - start) / PUBLICATIONS };
  const entryBytes = (counted.bytes - weight) / PUBLICATIONS;

  const reader = feed.follow();
  await reader.read({ waitMs: 0 });
  const before = counted.counts.commands;
  let readings = 0;
  for (; readings < 20; readings++) {
    const id = newId();
    const [sent] = [counted.counts.commands, await publish(id)];
    counted.counts.commands = sent; // what publishing took is known
    const { entries } = await reader.read({ waitMs: 0 });
    expected('a read of the feed', entries.at(-1)?.id, id);
  }
  await reader.close();
  return {
    entryBytes,
    publication,
    reading: { commands: (counted.counts.commands - before) / readings },
    idleReads: POLLS,
    mostReads: 2 * POLLS, // where entries come, a reader asks at once for more, and then waits again
  };
}

const MOST = 100;
const PUBLICATIONS = 200;
/** A second: see `mongo/feed-reader.ts`. */
const POLLS = 5;
