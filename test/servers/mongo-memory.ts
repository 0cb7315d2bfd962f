import { CommandError, matches, projected, same, sorted } from './mongo-documents.ts';
import type { BsonDocument } from './mongo-wire.ts';
import { insert, remove, update, type Collection } from './mongo-writes.ts';

/** The collections of a server in memory. */
export interface MongoMemory {
  /** Carries a command out at once, and so each as a whole; throws CommandError. Knows no findAndModify and no aggregate. */
  run(command: BsonDocument): BsonDocument;
  /** What is in a collection, in the order of insertion. */
  documents(database: string, collection: string): readonly BsonDocument[];
}

export function createMongoMemory(): MongoMemory {
  const collections = new Map<string, Collection>();
  const cursors = new Map<number, BsonDocument[]>();
  let cursor = 0;

  const found = (command: BsonDocument): Collection | undefined => collections.get(namespaceOf(command));
  function made(command: BsonDocument): Collection {
    const namespace = namespaceOf(command);
    const collection = collections.get(namespace) ?? {
      namespace,
      documents: new Map(),
      indexes: [{ v: 2, key: { _id: 1 }, name: '_id_' }],
    };
    collections.set(namespace, collection);
    return collection;
  }
  /** The first of them, and a cursor for the others. */
  function opened(namespace: string, documents: readonly BsonDocument[], { size = 101, single = false }): BsonDocument {
    const rest = documents.slice(size);
    const open = rest.length > 0 && !single;
    if (open) cursors.set(++cursor, rest);
    return { cursor: { firstBatch: documents.slice(0, size), id: BigInt(open ? cursor : 0), ns: namespace } };
  }

  const commands: Readonly<Record<string, (command: BsonDocument) => BsonDocument>> = {
    ping: () => ({}),
    endSessions: () => ({}),
    insert: (command) => insert(made(command), command),
    update: (command) => update(made(command), command),
    delete: (command) => remove(made(command), command),
    find(command) {
      const { filter = {}, sort = {}, projection = {}, limit = 0, skip = 0, batchSize, singleBatch } = command as FindCommand;
      const all = [...(found(command)?.documents.values() ?? [])].filter((document) => matches(document, filter));
      const some = sorted(all, sort).slice(skip, limit === 0 ? undefined : skip + limit);
      const shown = some.map((document) => projected(document, projection));
      return opened(namespaceOf(command), shown, { size: batchSize, single: singleBatch });
    },
    getMore(command) {
      const id = Number(command['getMore']);
      const rest = cursors.get(id);
      if (rest === undefined) throw new CommandError(43, 'CursorNotFound', `cursor id ${id} not found`);
      const nextBatch = rest.splice(0, Number(command['batchSize'] ?? rest.length));
      if (rest.length === 0) cursors.delete(id);
      return { cursor: { nextBatch, id: BigInt(rest.length === 0 ? 0 : id), ns: namespaceOf(command, 'collection') } };
    },
    killCursors(command) {
      const asked = (command['cursors'] as readonly unknown[]).map(Number);
      return { cursorsKilled: asked.filter((id) => cursors.delete(id)).map(BigInt) };
    },
    createIndexes: (command) => createIndexes(made(command), command['indexes'] as readonly BsonDocument[]),
    listIndexes(command) {
      const collection = found(command);
      if (collection === undefined) throw new CommandError(26, 'NamespaceNotFound', `ns does not exist: ${namespaceOf(command)}`);
      return opened(collection.namespace, collection.indexes, {});
    },
    drop(command) {
      collections.delete(namespaceOf(command));
      return {};
    },
    dropDatabase({ $db: database }) {
      for (const namespace of collections.keys()) if (namespace.startsWith(`${String(database)}.`)) collections.delete(namespace);
      return { dropped: database };
    },
  };

  return {
    run(command) {
      const name = Object.keys(command)[0] ?? '';
      if (Object.hasOwn(command, 'autocommit'))
        throw new CommandError(263, 'OperationNotSupportedInTransaction', 'there are no transactions here');
      const carryOut = Object.hasOwn(commands, name) ? commands[name] : undefined;
      if (carryOut === undefined) throw new CommandError(59, 'CommandNotFound', `no such command: '${name}'`);
      return { ...carryOut(command), ok: 1 };
    },
    documents: (database, collection) => [...(collections.get(`${database}.${collection}`)?.documents.values() ?? [])],
  };
}

interface FindCommand {
  readonly filter?: BsonDocument;
  readonly sort?: BsonDocument;
  readonly projection?: BsonDocument;
  readonly limit?: number;
  readonly skip?: number;
  readonly batchSize?: number;
  readonly singleBatch?: boolean;
}

/** Takes an index a second time as it was, and no other of its name. */
function createIndexes({ indexes }: Collection, asked: readonly BsonDocument[]): BsonDocument {
  const before = indexes.length;
  for (const index of asked) {
    if (index['unique'] === true) throw new CommandError(2, 'BadValue', 'no index is unique here but that of _id');
    const known = indexes.find(({ name }) => name === index['name']);
    if (known === undefined) indexes.push({ v: 2, ...index });
    else if (!same(known, { v: 2, ...index })) {
      throw new CommandError(
        85,
        'IndexOptionsConflict',
        `an index of the name ${String(index['name'])} exists with other options`,
      );
    }
  }
  return { numIndexesBefore: before, numIndexesAfter: indexes.length };
}

function namespaceOf(command: BsonDocument, field = Object.keys(command)[0] ?? ''): string {
  return `${String(command['$db'])}.${String(command[field])}`;
}
