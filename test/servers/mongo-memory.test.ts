import type { Collection, Filter, MongoClient, UpdateFilter } from 'mongodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MONGO_DRIVERS } from './mongo-drivers.ts';
import { startMongoFaultServer, type MongoFaultServer } from './mongo-fault-server.ts';

/** The server in this process, as long as nothing is to fail: what a driver sees is what MongoDB's manual says. */
interface Row {
  readonly _id: string;
  readonly n?: number;
  readonly at?: Date;
  readonly tags?: readonly string[];
  readonly name?: string | null;
}

describe.each(['mongodb', 'mongodb6'] as const)('the MongoDB server in this process, over the driver %s', (driver) => {
  let server: MongoFaultServer;
  let client: MongoClient;
  let rows: Collection<Row>;
  beforeEach(async () => {
    server = await startMongoFaultServer();
    client = new (await MONGO_DRIVERS[driver]()).MongoClient(server.url);
    rows = client.db().collection<Row>('rows');
  });
  afterEach(async () => {
    await client.close();
    await server.stop();
  });

  const ids = () => server.documents('rows').map(({ _id }) => _id);
  const names = () => server.commands.map(({ name }) => name);

  it('inserts up to the first _id that is taken, or all others where that is not ordered', async () => {
    await rows.insertMany([{ _id: 'a' }, { _id: 'b' }]);
    const more = ['c', 'a', 'd'].map((_id) => ({ _id }));
    await expect(rows.insertMany(more)).rejects.toMatchObject({ code: 11000, result: { insertedCount: 1 } });
    expect(ids()).toEqual(['a', 'b', 'c']);
    await expect(rows.insertMany(more, { ordered: false })).rejects.toMatchObject({ code: 11000 });
    expect(ids()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('inserts an _id once of 32 concurrent inserts, and keeps 200 of 200 concurrent increments', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 32 }, () => rows.insertOne({ _id: 'a', n: 0 })));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await Promise.all(Array.from({ length: 200 }, () => rows.updateOne({ _id: 'a' }, { $inc: { n: 1 } })));
    expect(server.documents('rows')).toEqual([{ _id: 'a', n: 200 }]);
  });

  it('finds what is asked for', async () => {
    await rows.insertMany([...SAMPLE]);
    for (const [filter, expected] of FILTERS) {
      const found = await rows.find(filter).toArray();
      expect({ filter, found: found.map(({ _id }) => _id).join('') }).toEqual({ filter, found: expected });
    }
  });

  it('sorts, skips, limits and projects', async () => {
    await rows.insertMany([...SAMPLE]);
    const found = await rows.find({}, { sort: { n: -1, _id: 1 }, skip: 1, limit: 2, projection: { n: 1 } }).toArray();
    expect(found).toEqual([
      { _id: 'b', n: 2 },
      { _id: 'a', n: 1 },
    ]);
    expect(await rows.findOne({ _id: 'c' }, { projection: { tags: 0, _id: 0 } })).toEqual({ n: 3 });
  });

  it('gives what it found in batches, and forgets a cursor that is closed', async () => {
    await rows.insertMany(Array.from({ length: 10 }, (_, n) => ({ _id: `${n}` })));
    server.commands.length = 0;
    expect(await rows.find({}, { batchSize: 4 }).toArray()).toHaveLength(10);
    expect(names()).toEqual(['find', 'getMore', 'getMore']);
    const cursor = rows.find({}, { batchSize: 2 });
    await cursor.next();
    const { id } = cursor;
    await cursor.close();
    expect(names().slice(3)).toEqual(['find', 'killCursors']);
    const gone = client.db().command({ getMore: id, collection: 'rows' });
    await expect(gone).rejects.toMatchObject({ code: 43 });
  });

  it('updates as it is told', async () => {
    for (const [update, expected] of UPDATES) {
      await rows.deleteMany({});
      await rows.insertOne({ _id: 'a', n: 5 });
      const { matchedCount, modifiedCount } = await rows.updateOne({ _id: 'a' }, update);
      const found = await rows.findOne();
      expect({ update, matchedCount, modifiedCount, found }).toEqual({ update, matchedCount: 1, ...expected });
    }
  });

  it('updates many, or one', async () => {
    await rows.insertMany([...SAMPLE]);
    expect((await rows.updateOne({ n: { $gte: 2 } }, { $set: { name: 'one' } })).modifiedCount).toBe(1);
    expect((await rows.updateMany({ n: { $gte: 2 } }, { $set: { name: 'many' } })).modifiedCount).toBe(2);
  });

  it('makes what an upsert does not find, of the filter and the update', async () => {
    const upsert = () => rows.updateOne({ _id: 'a' }, { $setOnInsert: { n: 1 }, $max: { at: new Date(5) } }, { upsert: true });
    expect(await upsert()).toMatchObject({ matchedCount: 0, upsertedId: 'a', upsertedCount: 1 });
    expect(await upsert()).toMatchObject({ matchedCount: 1, modifiedCount: 0, upsertedCount: 0 });
    expect(server.documents('rows')).toEqual([{ _id: 'a', n: 1, at: new Date(5) }]);
    const other = rows.updateOne({ _id: 'a', n: { $gt: 1 } }, { $set: { n: 2 } }, { upsert: true });
    await expect(other).rejects.toMatchObject({ code: 11000 });
  });

  it('deletes one, or many', async () => {
    await rows.insertMany([...SAMPLE]);
    expect((await rows.deleteOne({ n: { $lte: 2 } })).deletedCount).toBe(1);
    expect((await rows.deleteMany({ _id: { $in: ['a', 'b', 'c'] } })).deletedCount).toBe(2);
    expect(ids()).toEqual(['d']);
  });

  it('has an index made twice, but not with other options', async () => {
    await expect(rows.indexes()).rejects.toMatchObject({ code: 26 });
    const index = (expireAfterSeconds: number) => rows.createIndexes([{ key: { at: 1 }, name: 'expiry', expireAfterSeconds }]);
    expect([await index(60), await index(60)]).toEqual([['expiry'], ['expiry']]);
    await expect(index(61)).rejects.toMatchObject({ code: 85, codeName: 'IndexOptionsConflict' });
    expect(await rows.indexes()).toEqual([
      { v: 2, key: { _id: 1 }, name: '_id_' },
      { v: 2, key: { at: 1 }, name: 'expiry', expireAfterSeconds: 60 },
    ]);
  });

  it('drops a collection, and a database', async () => {
    const others = client.db().collection<Row>('others');
    const elsewhere = client.db('elsewhere').collection<Row>('rows');
    for (const each of [rows, others, elsewhere]) await each.insertOne({ _id: 'a' });
    await rows.drop();
    expect([await rows.findOne(), await others.findOne()]).toEqual([null, { _id: 'a' }]);
    await client.db().dropDatabase();
    expect([await others.findOne(), await elsewhere.findOne()]).toEqual([null, { _id: 'a' }]);
  });

  it('answers a ping, and refuses what it does not do', async () => {
    expect(await client.db().command({ ping: 1 })).toEqual({ ok: 1 });
    await rows.insertOne({ _id: 'a' });
    await expect(rows.findOneAndUpdate({ _id: 'a' }, { $set: { n: 1 } })).rejects.toMatchObject({ code: 59 });
    await expect(rows.countDocuments()).rejects.toMatchObject({ code: 59 });
    await expect(rows.find({ name: { $regex: 'a' } }).toArray()).rejects.toMatchObject({ code: 2 });
    await expect(rows.updateOne({ _id: 'a' }, [{ $set: { n: 1 } }])).rejects.toMatchObject({ code: 2 });
    await expect(rows.updateOne({ _id: 'a' }, { $set: { _id: 'b' } })).rejects.toMatchObject({ code: 66 });
    const transaction = client.withSession((session) =>
      session.withTransaction(() => rows.updateOne({ _id: 'a' }, { $set: { n: 1 } }, { session })),
    );
    await expect(transaction).rejects.toMatchObject({ code: 263 });
    expect(server.documents('rows')).toEqual([{ _id: 'a' }]);
  });
});

const SAMPLE: readonly Row[] = [
  { _id: 'a', n: 1, name: null },
  { _id: 'b', n: 2, at: new Date(2000) },
  { _id: 'c', n: 3, tags: ['x', 'y'] },
  { _id: 'd', at: new Date(4000), name: 'é' },
];

const FILTERS: readonly (readonly [Filter<Row>, string])[] = [
  [{}, 'abcd'],
  [{ _id: 'b' }, 'b'],
  [{ _id: 'b', n: 1 }, ''],
  [{ name: null }, 'abc'],
  [{ name: { $ne: null } }, 'd'],
  [{ name: { $eq: 'é' } }, 'd'],
  [{ tags: 'y' }, 'c'],
  [{ _id: { $in: ['d', 'a', 'z'] } }, 'ad'],
  [{ $or: [{ n: 1 }, { name: 'é' }] }, 'ad'],
  [{ $and: [{ n: 1 }, { name: 'é' }] }, ''],
  [{ n: { $gt: 1 } }, 'bc'],
  [{ n: { $gte: 1, $lt: 3 } }, 'ab'],
  [{ at: { $lte: new Date(2000) } }, 'b'],
  [{ at: { $gt: new Date(2000) } }, 'd'],
  [{ _id: { $gte: 'b', $lt: 'd' } }, 'bc'],
  [{ at: { $exists: false } }, 'ac'],
  [{ name: { $exists: true } }, 'ad'],
];

const left = (modifiedCount: number, found: Row) => ({ modifiedCount, found });
const UPDATES: readonly (readonly [UpdateFilter<Row>, ReturnType<typeof left>])[] = [
  [{ $set: { n: 6, name: 'x' } }, left(1, { _id: 'a', n: 6, name: 'x' })],
  [{ $set: { n: 5 } }, left(0, { _id: 'a', n: 5 })],
  [{ $setOnInsert: { n: 6 } }, left(0, { _id: 'a', n: 5 })],
  [{ $max: { n: 4 } }, left(0, { _id: 'a', n: 5 })],
  [{ $max: { n: 6 } }, left(1, { _id: 'a', n: 6 })],
  [{ $max: { at: new Date(1) } }, left(1, { _id: 'a', n: 5, at: new Date(1) })],
  [{ $inc: { n: -2 } }, left(1, { _id: 'a', n: 3 })],
  [{ $unset: { n: true } }, left(1, { _id: 'a' })],
];
