import { readFileSync } from 'node:fs';
import type { Collection, Db, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MONGO_DRIVERS } from './mongo-drivers.ts';
import type { MongoProcess } from './mongo-process.ts';
import { hasFerretdb, MONGO_SERVERS, startFerretdb, type MongoServer } from './mongo-servers.ts';

/** Everything that the store relies on, on every server that it is tested against, with every line of the driver. */
interface Named {
  readonly _id: string;
  readonly n?: number;
}

const here = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

it('calls the servers by the versions that are built', () => {
  const ferretdb = /FerretDB\/FerretDB v(\S+)/.exec(here('ferretdb/go.mod'))?.[1];
  const java = /<artifactId>mongo-java-server<\/artifactId>\s*<version>(\S+)<\/version>/.exec(here('mongo-java/pom.xml'))?.[1];
  expect(MONGO_SERVERS.slice(0, 2).map(({ name }) => name)).toEqual([`FerretDB ${ferretdb}`, `mongo-java-server ${java}`]);
});

for (const { name, has, drivers, start } of MONGO_SERVERS) {
  (has() ? describe : describe.skip)(name, () => {
    let server: MongoServer;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server.stop());

    describe.each(drivers)('over the driver %s', (driver) => {
      let client: MongoClient;
      let db: Db;
      let made = 0;
      const fresh = (): Collection<Named> => db.collection<Named>(`${driver}-${++made}`, { writeConcern: { w: 'majority' } });
      beforeAll(async () => {
        client = new (await MONGO_DRIVERS[driver]()).MongoClient(server.url, { serverSelectionTimeoutMS: 5000 });
        db = client.db();
      });
      afterAll(() => client.close());

      it('inserts an _id exactly once of 32 concurrent inserts', async () => {
        const names = fresh();
        for (const _id of ['a', 'b', 'c', 'd']) {
          const outcomes = await Promise.allSettled(Array.from({ length: 32 }, (_, n) => names.insertOne({ _id, n })));
          const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
          expect(refused.map(({ reason }) => reason.code)).toEqual(Array.from({ length: 31 }, () => 11000));
          const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
          expect(await names.findOne({ _id })).toEqual({ _id, n: winner });
        }
      });

      it('stops an ordered insertMany at the first _id that is taken', async () => {
        const names = fresh();
        await names.insertOne({ _id: 'taken' });
        const documents = ['first', 'taken', 'last'].map((_id) => ({ _id }));
        await expect(names.insertMany(documents, { ordered: true })).rejects.toMatchObject({ code: 11000 });
        const ids = (await names.find().toArray()).map(({ _id }) => _id);
        expect(ids.toSorted()).toEqual(['first', 'taken']);
      });

      it('finds what was acknowledged before, by any of several _ids', async () => {
        const names = fresh();
        await Promise.all(Array.from({ length: 64 }, (_, n) => names.insertOne({ _id: `id-${n}`, n })));
        const asked = { _id: { $in: ['id-0', 'id-63', 'id-64'] } };
        const found = await names.find(asked, { readConcern: 'majority' }).toArray();
        expect(found.map(({ _id }) => _id).toSorted()).toEqual(['id-0', 'id-63']);
      });

      // FerretDB 1.24 reads, then writes: it keeps 1 to 4 of the 50. So the store's decisions are inserts.
      it('acknowledges 50 concurrent increments of one document, and says how many it kept', async () => {
        const names = fresh();
        await names.insertOne({ _id: 'counter', n: 0 });
        const increments = Array.from({ length: 50 }, () => names.updateOne({ _id: 'counter' }, { $inc: { n: 1 } }));
        for (const { matchedCount } of await Promise.all(increments)) expect(matchedCount).toBe(1);
        const kept = await names.findOne({ _id: 'counter' });
        console.log(`${name}, ${driver}: of 50 concurrent increments ${kept?.n} were kept`);
      });
    });
  });
}

(hasFerretdb() ? describe : describe.skip)('FerretDB, killed and paused', () => {
  let server: MongoProcess;
  let client: MongoClient;
  let names: Collection<Named>;
  beforeAll(async () => {
    server = await startFerretdb();
    client = new (await MONGO_DRIVERS.mongodb()).MongoClient(server.url, { serverSelectionTimeoutMS: 5000 });
    names = client.db().collection<Named>('names');
  });
  afterAll(async () => {
    await client.close();
    await server.stop();
  });

  it('has after kill -9 what it acknowledged', async () => {
    for (let n = 0; n < 20; n++) await names.insertOne({ _id: `id-${n}`, n });
    await server.kill();
    await server.restart();
    expect(await names.countDocuments()).toBe(20);
  });

  it('answers what it was asked while it was paused, once it goes on', async () => {
    server.pause();
    const late = names.insertOne({ _id: 'late' });
    server.resume();
    expect(await late).toMatchObject({ acknowledged: true });
  });
});
