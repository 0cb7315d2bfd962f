import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mongoStore } from '../../../src/adapters/storage/mongo.ts';
import { startScenario } from '../../../src/testing/storage/scenario.ts';
import { MONGO_DRIVERS } from '../../servers/mongo-drivers.ts';
import { MONGO_SERVERS, type MongoServer } from '../../servers/mongo-servers.ts';
import { openTrouble } from './mongo-trouble.ts';

const client = new MongoClient('mongodb://127.0.0.1:1'); // connects when it is first asked something
const database = client.db('shop');

const MISTAKES: readonly (readonly [given: readonly unknown[], option: string, message: string])[] = [
  [[client], 'db', 'db must be a database of the mongodb driver: client.db(name), not the client'],
  ...[undefined, null, 'mongodb://host', {}, { collection: 'a' }].map(
    (db) => [[db], 'db', 'db must be a database of the mongodb driver: client.db(name), not the client'] as const,
  ),
  ...['', '$a', 'a$b', 'a\0', 'system.users', '1st', 'a b', 'a'.repeat(101), 7, null].map(
    (collection) => [[database, { collection }], 'collection', 'collection must be a name such as simplejwt'] as const,
  ),
  ...['local', 'available', 'snapshot', '', true].map(
    (readConcern) => [[database, { readConcern }], 'readConcern', 'readConcern must be majority or linearizable'] as const,
  ),
  ...['index', 'none', false].map((expiry) => [[database, { expiry }], 'expiry', 'expiry must be server or flush'] as const),
  ...[0, -1, 61, Number.NaN, '2'].map(
    (commandTimeoutSeconds) =>
      [
        [database, { commandTimeoutSeconds }],
        'commandTimeoutSeconds',
        'commandTimeoutSeconds must be a number from 0.001 to 60; 2 is above the default storeDeadlineSeconds',
      ] as const,
  ),
  [[database, { collections: 'a' }], 'collections', 'unknown option collections; did you mean collection?'],
  [[database, { readconcern: 'majority' }], 'readconcern', 'unknown option readconcern; did you mean readConcern?'],
  [[database, null], 'options', 'options must be an object'],
];

describe('a mistake in the options of mongoStore', () => {
  it.each(MISTAKES)('%o is about %s, and is told what to write', (given, option, message) => {
    const make = () => Reflect.apply(mongoStore, undefined, given) as unknown;
    expect(make).toThrow(expect.objectContaining({ name: 'ConfigError', option, message }));
  });

  it('is none where each is as it should be', () => {
    for (const readConcern of ['majority', 'linearizable'] as const)
      for (const expiry of ['server', 'flush'] as const) {
        const store = mongoStore(database, { collection: 'a.b-c_1', readConcern, expiry, commandTimeoutSeconds: 0.5 });
        expect(store.expiresNatively).toBe(expiry === 'server');
      }
  });
});

it('makes no index but in ensureIndexes, which may take longer than a command', async () => {
  const trouble = await openTrouble('mongodb');
  const { store, sent, collection } = trouble.open({ commandTimeoutSeconds: 0.01 });
  const building = trouble.server.hold('createIndexes', { collection });
  const made = store.ensureIndexes();
  await building.reached;
  await new Promise((resolve) => setTimeout(resolve, 50));
  building.release();
  await made;
  expect(sent().map(({ name }) => name)).toEqual(['createIndexes', 'createIndexes', 'createIndexes']);
  await trouble.close();
});

for (const { name, drivers, expiry, has, start } of MONGO_SERVERS) {
  describe.skipIf(!has())(`the indexes of mongoStore on ${name}`, () => {
    let server: MongoServer;
    let connected: MongoClient;
    beforeAll(async () => {
      server = await start();
      const { MongoClient: Client } = await MONGO_DRIVERS[drivers[0] ?? 'mongodb']();
      connected = await new Client(server.url).connect();
    });
    afterAll(async () => {
      await connected.close();
      await server.stop();
    });

    const indexesOf = async (collection: string) =>
      (await connected.db().collection(collection).indexes()).map(({ name: index, key, expireAfterSeconds }) => ({
        index,
        key: Object.keys(key as object).join(),
        expireAfterSeconds,
      }));
    const indexes = (expireAfterSeconds: number | undefined) => [
      { index: '_id_', key: '_id', expireAfterSeconds: undefined },
      { index: 'expires', key: 'expireAt', expireAfterSeconds },
      { index: 'family', key: 'family,made', expireAfterSeconds: undefined },
      { index: 'user', key: 'user', expireAfterSeconds: undefined },
    ];
    const byName = (one: { readonly index?: unknown }, other: { readonly index?: unknown }) =>
      String(one.index).localeCompare(String(other.index));

    if (expiry === 'server')
      it('are made once, twice without harm, and one collects what has expired', async () => {
        const collection = `tokens-${randomUUID()}`;
        const store = mongoStore(connected.db(), { collection });
        for (const _ of [1, 2]) {
          await store.ensureIndexes();
          expect((await indexesOf(collection)).toSorted(byName)).toEqual(indexes(0));
        }
      });

    it('collect nothing where the service is to', async () => {
      const collection = `tokens-${randomUUID()}`;
      const store = mongoStore(connected.db(), { collection, expiry: 'flush' });
      for (const _ of [1, 2]) {
        await store.ensureIndexes();
        expect((await indexesOf(collection)).toSorted(byName)).toEqual(indexes(undefined));
      }
    });

    it.each(['server', 'flush'] as const)('are not needed to flush what has expired (%s)', async (by) => {
      const store = mongoStore(connected.db(), { collection: `tokens-${randomUUID()}`, expiry: by });
      const scenario = await startScenario(() => store);
      const [short, long] = [await scenario.login({ lifetime: 60 }), await scenario.login()];
      scenario.clock.advance(60 + 60 + 1799);
      expect(await store.flushExpired(scenario.clock(), {})).toBe(0);
      scenario.clock.advance(1 + 2 * 60);
      expect(await store.flushExpired(scenario.clock(), {})).toBe(2);
      expect(await store.flushExpired(scenario.clock(), {})).toBe(0);
      expect(await scenario.status(short, { mustBeRecorded: 'family' })).toBe('revoked');
      expect(await scenario.status(long, { mustBeRecorded: 'token' })).toBe('active');
    });
  });
}
