import { randomUUID } from 'node:crypto';
import type { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { mongoStore } from '../../../src/adapters/storage/mongo.ts';
import { storageContract } from '../../../src/testing/storage-contract.ts';
import { MONGO_DRIVERS } from '../../servers/mongo-drivers.ts';
import { memoryDatabase } from '../../testing/memory-database.ts';
import { MONGO_SERVERS, type MongoServer } from '../../servers/mongo-servers.ts';

describe('mongoStore on a database of which only the insertion of an _id is atomic', () => {
  storageContract({ name: 'mongoStore in memory', describe, it, createStore: () => mongoStore(memoryDatabase()) });
});

/** FerretDB takes its time: the built package, which is tested on several lines of Node, is tested on the others. */
const built = process.env['SIMPLEJWT_BUILT'] === '1';
const servers = MONGO_SERVERS.filter(({ slow }) => !built || slow !== true);

for (const { name, drivers, expiry, has, start } of servers) {
  describe.skipIf(!has())(`mongoStore on ${name}`, () => {
    let server: MongoServer;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server.stop());

    describe.each(drivers)('over %s', (driver) => {
      let client: MongoClient;
      beforeAll(async () => {
        const { MongoClient: Client } = await MONGO_DRIVERS[driver]();
        client = await new Client(server.url).connect();
      });
      afterAll(() => client.close());

      storageContract({
        name: `mongoStore on ${name} over ${driver}`,
        describe,
        it,
        createStore: async () => {
          const store = mongoStore(client.db(), { collection: `simplejwt-${randomUUID()}`, expiry });
          await store.ensureIndexes();
          return store;
        },
      });
    });
  });
}
