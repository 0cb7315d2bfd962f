import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { bytesOf, CommandError } from './mongo-documents.ts';
import { failed, type AskedFor, type Failure, type Fault } from './mongo-faults.ts';
import { createMongoMemory } from './mongo-memory.ts';
import { serveConnection, type BsonDocument, type Reply } from './mongo-wire.ts';

/**
 * A server in this process that speaks as much of MongoDB's protocol as a store needs, and fails where it is told to. It is the primary of a
 * replica set of one, or stands alone. What it keeps is in memory; a TTL index collects nothing, as one may not for a minute.
 */
export interface MongoFaultServer {
  /** Names a database besides, `simplejwt`. */
  readonly url: string;
  /** What was asked, in that order, from a fault to the retry after it, but for hello and endSessions. It may be emptied. */
  readonly commands: ReceivedCommand[];
  /** What is in a collection of that database. */
  documents(collection: string): readonly BsonDocument[];
  fail(fault: Fault): void;
  /** Stops the next command of that name before it is applied, or after. */
  hold(command: string, options?: { readonly collection?: string; readonly when?: Failure['when'] }): Hold;
  stop(): Promise<void>;
}

export interface ReceivedCommand {
  readonly name: string;
  readonly collection: string | undefined;
  /** Of a write that the driver retries; the retry has the same. */
  readonly txnNumber: number | undefined;
  /** Without what the driver adds to each: its session, its transaction number, the cluster's time, the database. */
  readonly body: BsonDocument;
}

export interface Hold {
  /** Settles when the command has come to where it is held. */
  readonly reached: Promise<void>;
  release(): void;
}

export interface MongoFaultServerOptions {
  /** A standalone server gives no transaction numbers: the driver retries no write on it. */
  readonly standalone?: boolean;
}

export async function startMongoFaultServer({ standalone = false }: MongoFaultServerOptions = {}): Promise<MongoFaultServer> {
  const memory = createMongoMemory();
  const commands: ReceivedCommand[] = [];
  const stops: Stop[] = [];
  /** The first reply to a write that may be retried, by session and transaction number. */
  const written = new Map<string, BsonDocument>();
  const sockets = new Set<Socket>();

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    void serveConnection(socket, answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function answer(command: BsonDocument): Promise<Reply> {
    const received = parseCommand(command);
    if (!UNTOLD.has(received.name)) commands.push(received);
    const stop = taken(stops, received);
    if (stop?.when === 'before') return (await stop.run(received)) ?? apply(command, received);
    const reply = apply(command, received);
    return (await stop?.run(received, reply)) ?? reply;
  }

  function apply(command: BsonDocument, { name, txnNumber }: ReceivedCommand): BsonDocument {
    if (name === 'hello') return hello(address, standalone);
    const transaction = txnNumber === undefined ? undefined : `${bytesOf(command['lsid']).toString('latin1')} ${txnNumber}`;
    const before = written.get(transaction ?? '');
    if (before !== undefined) return before;
    const reply = replyOf(() => memory.run(command));
    if (transaction !== undefined) written.set(transaction, reply);
    return reply;
  }

  return {
    url: `mongodb://${address}/${DATABASE}${standalone ? '' : `?replicaSet=${SET}`}`,
    commands,
    documents: (collection) => memory.documents(DATABASE, collection),
    fail({ times = 1, how, ...where }) {
      stops.push({ ...where, times, run: async (received, reply) => failed(how, received, reply) });
    },
    hold(command, { collection, when = 'before' } = {}) {
      const [reached, released] = [gate(), gate()];
      async function run(): Promise<undefined> {
        reached.open();
        await released.opened;
      }
      stops.push({ command, ...(collection !== undefined && { collection }), times: 1, when, run });
      return { reached: reached.opened, release: released.open };
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Where a command is stopped, and what it is answered then instead; nothing where it goes on. */
interface Stop extends AskedFor, Pick<Failure, 'when'> {
  times: number;
  run(received: ReceivedCommand, reply?: BsonDocument): Promise<Reply | undefined>;
}

function taken(stops: readonly Stop[], { name, collection }: ReceivedCommand): Stop | undefined {
  const stop = stops.find((one) => one.times > 0 && one.command === name && (one.collection ?? collection) === collection);
  if (stop !== undefined) stop.times--;
  return stop;
}

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

function replyOf(run: () => BsonDocument): BsonDocument {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { ok: 0, code: error.code, codeName: error.codeName, errmsg: error.message };
  }
}

function parseCommand(command: BsonDocument): ReceivedCommand {
  const [first = ''] = Object.keys(command);
  const { lsid: _session, txnNumber, $clusterTime: _time, $db: _database, ...body } = command;
  const collection = first === 'getMore' ? command['collection'] : command[first];
  return {
    name: first.toLowerCase() === 'ismaster' ? 'hello' : first,
    collection: typeof collection === 'string' ? collection : undefined,
    txnNumber: txnNumber === undefined ? undefined : Number(txnNumber),
    body,
  };
}

function hello(address: string, standalone: boolean): BsonDocument {
  const limits = { maxBsonObjectSize: 16_777_216, maxMessageSizeBytes: 48_000_000, maxWriteBatchSize: 100_000 };
  const versions = { minWireVersion: 0, maxWireVersion: 21 }; // MongoDB 7.0
  const set = { setName: SET, setVersion: 1, hosts: [address], primary: address, me: address, secondary: false };
  const role = { helloOk: true, isWritablePrimary: true, ismaster: true, readOnly: false, logicalSessionTimeoutMinutes: 30 };
  return { ...role, ...(standalone ? {} : set), ...limits, ...versions, localTime: new Date(), ok: 1 };
}

const DATABASE = 'simplejwt';
const SET = 'faults';

const UNTOLD = new Set(['hello', 'endSessions']);
