import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { MongoClient } from 'mongodb70';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mongoFeed, type MongoDatabase } from '../../../src/adapters/storage/mongo.ts';
import type { RevocationFeed } from '../../../src/ports/revocation-feed.ts';
import { feedContract } from '../../../src/testing/feed-contract.ts';
import { MONGO_SERVERS, type MongoServer } from '../../servers/mongo-servers.ts';
import { memoryDatabase } from '../../testing/memory-database.ts';

feedContract({
  name: 'mongoFeed in memory',
  describe,
  it,
  createFeed() {
    const database = memoryDatabase();
    return { open: () => mongoFeed(database) };
  },
});

for (const { name, has, start } of MONGO_SERVERS) {
  describe.skipIf(!has())(`mongoFeed on ${name}`, () => {
    let server: MongoServer;
    let client: MongoClient;
    beforeAll(async () => {
      server = await start();
      client = await new MongoClient(server.url).connect();
    });
    afterAll(async () => {
      await client.close();
      await server.stop();
    });

    feedContract({
      name: `mongoFeed on ${name}`,
      describe,
      it,
      createFeed() {
        const collection = `feed-${randomUUID()}`;
        return { open: () => mongoFeed(client.db(), { collection }) };
      },
    });
  });
}

describe('the log of a mongoFeed', () => {
  const family = (id: string) => [{ kind: 'family', id }] as const;
  const idsOf = async (feed: RevocationFeed) => (await feed.follow().read({ waitMs: 0 })).entries.map(({ id }) => id);
  const collectionOf = (database: MongoDatabase) => database.collection('simplejwt-feed', {} as never);

  it('numbers entries without gaps, whoever writes them', async () => {
    const database = memoryDatabase();
    const hosts = [1, 2, 3].map(() => mongoFeed(database));
    await Promise.all(Array.from({ length: 60 }, async (_, index) => hosts[index % 3]?.publish(family(`${index}`), {})));
    const found = await collectionOf(database)
      .find({ _id: { $lt: 'a' } })
      .toArray();
    const numbers = found.map((document) => Number(Reflect.get(document as object, '_id')));
    expect(numbers).toEqual(Array.from(numbers, (_, index) => index + 1));
    expect((await idsOf(mongoFeed(database))).map(Number).toSorted((one, other) => one - other)).toEqual(
      Array.from({ length: 60 }, (_, index) => index),
    );
  });

  it('is lost when its collection is dropped: a reader says so, and begins the next', async () => {
    const database = memoryDatabase();
    const [feed, reader] = [mongoFeed(database), mongoFeed(database).follow()];
    await feed.publish(family('before'), {});
    await reader.read({ waitMs: 0 });
    await collectionOf(database).deleteMany({});
    await feed.publish(family('after'), {});
    expect(await reader.read({ waitMs: 0 })).toMatchObject({ lost: true, caughtUp: false, entries: [] });
    expect((await reader.read({ waitMs: 0 })).entries).toMatchObject([{ kind: 'family', id: 'after' }]);
  });

  it('is lost to a reader that was away for longer than entries are kept', async () => {
    const database = memoryDatabase();
    const [feed, reader] = [mongoFeed(database), mongoFeed(database).follow()];
    for (const id of ['a', 'b']) await feed.publish(family(id), {});
    await reader.read({ waitMs: 0 });
    for (const id of ['c', 'd']) await feed.publish(family(id), {});
    await collectionOf(database).deleteMany({ _id: '0000000000000003' });
    expect(await reader.read({ waitMs: 0 })).toMatchObject({ lost: true });
    expect((await reader.read({ waitMs: 0 })).entries.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('gives a reader nothing beyond a number that it cannot see yet', async () => {
    const database = memoryDatabase();
    const feed = mongoFeed(database);
    for (const id of ['a', 'b', 'c']) await feed.publish(family(id), {});
    await collectionOf(database).deleteMany({ _id: '0000000000000002' });
    const batch = await feed.follow().read({ waitMs: 0 });
    expect(batch).toMatchObject({ caughtUp: false, entries: [{ id: 'a' }] });
  });

  it('moves no reader by an answer that comes after its read was ended', async () => {
    const database = memoryDatabase();
    const [feed, reader] = [mongoFeed(database), mongoFeed(database).follow()];
    await feed.publish(family('a'), {});
    const leaving = new AbortController();
    const read = reader.read({ waitMs: 0, signal: leaving.signal });
    leaving.abort();
    await expect(read).rejects.toMatchObject({ code: 'store_unavailable' });
    await setTimeout(10); // the answer has come
    expect((await reader.read({ waitMs: 0 })).entries).toMatchObject([{ id: 'a' }]);
  });

  it('forgets what is older than its retention, a while later', async () => {
    let now = 1_700_000_000;
    const database = memoryDatabase();
    const feed = mongoFeed(database, { retentionSeconds: 60, clock: () => now });
    for (let index = 0; index < 64; index++) {
      now += 30;
      await feed.publish(family(`${index}`), {});
    }
    const ids = await idsOf(feed);
    expect(ids.at(-1)).toBe('63');
    expect(ids.length).toBeLessThan(30);
    expect(ids.length).toBeGreaterThan(20); // 660 seconds
  });

  it('has options, each known', () => {
    const database = memoryDatabase();
    expect(() => mongoFeed(database, { retentionSeconds: 1 })).toThrow(expect.objectContaining({ option: 'retentionSeconds' }));
    expect(() => mongoFeed(database, { clock: 7 as never })).toThrow(expect.objectContaining({ option: 'clock' }));
    expect(() => mongoFeed(database, { prefix: 'a' } as never)).toThrow(expect.objectContaining({ code: 'unknown_option' }));
  });
});
