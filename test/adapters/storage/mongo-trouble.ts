import { randomUUID } from 'node:crypto';
import type { MongoClient } from 'mongodb';
import { mongoStore, type MongoStore, type MongoStoreOptions } from '../../../src/adapters/storage/mongo.ts';
import { MONGO_DRIVERS, type MongoDriverName } from '../../servers/mongo-drivers.ts';
import {
  startMongoFaultServer,
  type MongoFaultServer,
  type MongoFaultServerOptions,
  type ReceivedCommand,
} from '../../servers/mongo-fault-server.ts';
import type { Fault } from '../../servers/mongo-faults.ts';
import type { BsonDocument } from '../../servers/mongo-wire.ts';

/** The server in this process, which fails where it is told to, and the driver that talks to it. */
export interface Trouble {
  readonly server: MongoFaultServer;
  readonly client: MongoClient;
  /** A store in a collection that is nobody else's. */
  open(options?: MongoStoreOptions): TroubledStore;
  close(): Promise<void>;
}

export interface TroubledStore {
  readonly store: MongoStore;
  readonly collection: string;
  /** The next command of that name to this collection fails, or so many. */
  fail(fault: Fault): void;
  /** What was sent about this collection, by name. */
  sent(command?: string): readonly ReceivedCommand[];
  /** The documents whose `_id` begins so: one kind of facts. */
  kept(kind: string): readonly BsonDocument[];
}

export async function openTrouble(driver: MongoDriverName, options?: MongoFaultServerOptions): Promise<Trouble> {
  const server = await startMongoFaultServer(options);
  const { MongoClient: Client } = await MONGO_DRIVERS[driver]();
  const client = new Client(server.url, { minHeartbeatFrequencyMS: 10 }); // else it waits half a second to see that the server is back
  return {
    server,
    client,
    open(settings) {
      const collection = `tokens-${randomUUID()}`;
      return {
        store: mongoStore(client.db(), { collection, ...settings }),
        collection,
        fail: (fault) => server.fail({ ...fault, collection }),
        sent: (command) => server.commands.filter((one) => one.collection === collection && (command ?? one.name) === one.name),
        kept: (kind) => server.documents(collection).filter(({ _id }) => String(_id).startsWith(kind)),
      };
    },
    async close() {
      await client.close();
      await server.stop();
    },
  };
}

/** The built package is tested on several lines of Node: with one driver each. */
export const TROUBLED_DRIVERS: readonly MongoDriverName[] =
  process.env['SIMPLEJWT_BUILT'] === '1' ? ['mongodb'] : ['mongodb', 'mongodb6'];
