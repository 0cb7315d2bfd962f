import { randomUUID } from 'node:crypto';
import type { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mongoKeyStorage } from '../../../src/adapters/storage/mongo.ts';
import { keyStorageContract } from '../../../src/testing/key-storage-contract.ts';
import { MONGO_DRIVERS } from '../../servers/mongo-drivers.ts';
import { MONGO_SERVERS, type MongoServer } from '../../servers/mongo-servers.ts';

describe('the options of a key storage in MongoDB', () => {
  it('are a database, a collection and a time, and each is known', () => {
    const database = { collection: () => ({}) } as never;
    expect(() => mongoKeyStorage({} as never)).toThrow(expect.objectContaining({ option: 'db' }));
    expect(() => mongoKeyStorage(database, { collection: '$a' })).toThrow(expect.objectContaining({ option: 'collection' }));
    expect(() => mongoKeyStorage(database, { prefix: 'a' } as never)).toThrow(
      expect.objectContaining({ code: 'unknown_option', option: 'prefix' }),
    );
  });
});

for (const { name, drivers, has, start } of MONGO_SERVERS) {
  describe.skipIf(!has())(`mongoKeyStorage on ${name}`, () => {
    let server: MongoServer;
    let client: MongoClient;
    beforeAll(async () => {
      server = await start();
      const { MongoClient: Client } = await MONGO_DRIVERS[drivers[0] ?? 'mongodb']();
      client = await new Client(server.url).connect();
    });
    afterAll(async () => {
      await client.close();
      await server.stop();
    });

    keyStorageContract({
      name: `mongoKeyStorage on ${name}`,
      describe,
      it,
      createStorage: () => {
        const collection = `keys-${randomUUID()}`;
        return { open: () => mongoKeyStorage(client.db(), { collection }) };
      },
    });
  });
}
