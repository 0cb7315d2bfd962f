import type { Collection, MongoClient, MongoClientOptions } from 'mongodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MONGO_DRIVERS } from './mongo-drivers.ts';
import { startMongoFaultServer, type MongoFaultServer } from './mongo-fault-server.ts';
import type { ServerError } from './mongo-faults.ts';

interface Row {
  readonly _id: string;
  readonly n?: number;
}

describe.each(['mongodb', 'mongodb6'] as const)(
  'the MongoDB server that fails where it is told, over the driver %s',
  (driver) => {
    let server: MongoFaultServer;
    let client: MongoClient;
    let rows: Collection<Row>;

    async function open(standalone: boolean, options: MongoClientOptions = {}): Promise<void> {
      server = await startMongoFaultServer({ standalone });
      const soon = { minHeartbeatFrequencyMS: 10 }; // else the driver waits half a second before it sees that the server is back
      client = new (await MONGO_DRIVERS[driver]()).MongoClient(server.url, {
        writeConcern: { w: 'majority' },
        ...soon,
        ...options,
      });
      rows = client.db().collection<Row>('rows');
    }
    afterEach(async () => {
      await client.close();
      await server.stop();
    });

    const ids = () => server.documents('rows').map(({ _id }) => _id);
    const inserts = () => server.commands.filter(({ name }) => name === 'insert');
    const refusalOf = async (call: Promise<unknown>): Promise<unknown> =>
      call.then(
        () => 'none',
        (error: unknown) => error,
      );

    describe('as the primary of a replica set', () => {
      beforeEach(() => open(false));

      it('tells what was asked of it, word for word', async () => {
        await rows.insertOne({ _id: 'a', n: 1 });
        await rows.findOne({ _id: { $in: ['a'] } }, { readConcern: 'majority', maxTimeMS: 500 });
        expect(server.commands).toEqual([
          {
            name: 'insert',
            collection: 'rows',
            txnNumber: 1,
            body: { insert: 'rows', documents: [{ _id: 'a', n: 1 }], ordered: true, writeConcern: { w: 'majority' } },
          },
          {
            name: 'find',
            collection: 'rows',
            txnNumber: undefined,
            body: {
              find: 'rows',
              filter: { _id: { $in: ['a'] } },
              limit: 1,
              singleBatch: true,
              maxTimeMS: 500,
              readConcern: { level: 'majority' },
            },
          },
        ]);
      });

      it.each(RETRIED)('has a write sent again after %o, and applies it once', async (how) => {
        for (const when of ['before', 'after'] as const) {
          server.commands.length = 0;
          server.fail({ command: 'insert', when, how });
          expect(await rows.insertOne({ _id: when })).toEqual({ acknowledged: true, insertedId: when });
          expect(inserts()).toHaveLength(2);
          expect(new Set(inserts().map(({ txnNumber }) => txnNumber)).size).toBe(1);
        }
        expect(ids()).toEqual(['before', 'after']);
      });

      it.each(RETRIED)('is not asked a third time after %o, applied or not', async (how) => {
        for (const when of ['before', 'after'] as const) {
          server.commands.length = 0;
          server.fail({ command: 'insert', when, times: 2, how });
          expect(await refusalOf(rows.insertOne({ _id: when }))).toBeInstanceOf(Error);
          expect(inserts()).toHaveLength(2);
        }
        expect(ids()).toEqual(['after']);
      });

      it('fails without a retry where a server says that there is to be none', async () => {
        const final = [
          { code: 50, codeName: 'MaxTimeMSExpired' },
          { code: 10107, codeName: 'NotWritablePrimary', labels: [] },
        ];
        for (const how of final) {
          server.fail({ command: 'insert', when: 'after', how });
          expect(await refusalOf(rows.insertOne({ _id: how.codeName }))).toMatchObject({ code: how.code });
        }
        expect(inserts()).toHaveLength(2);
        expect(ids()).toEqual(['MaxTimeMSExpired', 'NotWritablePrimary']);
      });

      it('says that an _id is taken that is not', async () => {
        server.fail({ command: 'insert', when: 'before', how: { code: 11000, codeName: 'DuplicateKey' } });
        expect(await refusalOf(rows.insertOne({ _id: 'a' }))).toMatchObject({ code: 11000 });
        expect(ids()).toEqual([]);
      });

      it('says of a write that was applied that it may not hold', async () => {
        const writes: readonly (readonly [name: string, write: () => Promise<unknown>])[] = [
          ['insert', () => rows.insertOne({ _id: 'a' })],
          ['update', () => rows.updateOne({ _id: 'a' }, { $set: { n: 1 } })],
          ['delete', () => rows.deleteOne({ _id: 'a' })],
        ];
        for (const [command, write] of writes) {
          server.fail({ command, when: 'after', how: 'writeConcernError' });
          expect(await refusalOf(write())).toMatchObject({ name: 'MongoWriteConcernError', code: 64 });
        }
        expect(server.commands).toHaveLength(3);
        expect(ids()).toEqual([]);
      });

      it('has a read sent again', async () => {
        for (const how of RETRIED) {
          server.commands.length = 0;
          server.fail({ command: 'find', when: 'before', how });
          expect(await rows.findOne()).toBe(null);
          expect(server.commands).toHaveLength(2);
        }
      });

      it('fails what is asked of one collection, and of it alone', async () => {
        server.fail({ command: 'insert', collection: 'others', when: 'before', how: { code: 50, codeName: 'MaxTimeMSExpired' } });
        expect(await refusalOf(rows.insertOne({ _id: 'a' }))).toBe('none');
        expect(await refusalOf(client.db().collection<Row>('others').insertOne({ _id: 'a' }))).toMatchObject({ code: 50 });
      });

      it.each(['before', 'after'] as const)('holds a command %s it is applied, until it is let go', async (when) => {
        const hold = server.hold('insert', { collection: 'rows', when });
        const held = rows.insertOne({ _id: 'held' });
        await hold.reached;
        await rows.insertOne({ _id: 'meanwhile' });
        hold.release();
        await held;
        expect(ids()).toEqual(when === 'before' ? ['meanwhile', 'held'] : ['held', 'meanwhile']);
      });
    });

    describe('alone', () => {
      it('has no write sent again: whether it was applied, the client does not know', async () => {
        await open(true);
        for (const when of ['before', 'after'] as const) {
          server.fail({ command: 'insert', when, how: 'cut' });
          expect(await refusalOf(rows.insertOne({ _id: when }))).toMatchObject({ name: 'MongoNetworkError' });
        }
        expect(inserts().map(({ txnNumber }) => txnNumber)).toEqual([undefined, undefined]);
        expect(ids()).toEqual(['after']);
        expect(await refusalOf(rows.insertOne({ _id: 'after' }))).toMatchObject({ code: 11000 });
      });

      it('answers nothing where it hangs', async () => {
        await open(true, { socketTimeoutMS: 100 });
        for (const when of ['before', 'after'] as const) {
          server.fail({ command: 'insert', when, how: 'hang' });
          expect(await refusalOf(rows.insertOne({ _id: when }))).toMatchObject({ name: 'MongoNetworkTimeoutError' });
        }
        expect(ids()).toEqual(['after']);
      });
    });
  },
);

/** After these the driver sends a read or a write once more, by itself. */
const RETRIED: readonly (ServerError | 'cut')[] = [
  { code: 91, codeName: 'ShutdownInProgress' },
  { code: 189, codeName: 'PrimarySteppedDown' },
  { code: 10107, codeName: 'NotWritablePrimary' },
  { code: 11602, codeName: 'InterruptedDueToReplStateChange' },
  'cut',
];
