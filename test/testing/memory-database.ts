import type { MongoCollection, MongoDatabase } from '../../src/adapters/storage/mongo.ts';
import { updated } from '../servers/mongo-documents.ts';
import { createMongoMemory } from '../servers/mongo-memory.ts';
import type { BsonDocument } from '../servers/mongo-wire.ts';
import { nextTick, type Gap } from './async-store.ts';

/**
 * A database as the driver shows it, in memory, and no better than the weakest server that the store is for: only that an `_id` is inserted once is
 * atomic. Several documents are inserted one by one, and an update reads a document and writes it back later, over whatever came between.
 */
export function memoryDatabase(gap: Gap = nextTick): MongoDatabase {
  const memory = createMongoMemory();
  const run = (command: BsonDocument) => memory.run({ ...command, $db: 'tests' });
  const found = (name: string, filter: object, further: object = {}) => {
    const { cursor } = run({ find: name, filter, ...further, singleBatch: true, batchSize: 1_000_000 });
    return (cursor as { readonly firstBatch: BsonDocument[] }).firstBatch;
  };
  return { collection: (name) => collectionOf(name) };

  function collectionOf(name: string): MongoCollection {
    return {
      find: (filter, limits) => ({
        async toArray() {
          await gap('find, on its way');
          const documents = found(name, filter, limits);
          await gap('find, answered');
          return documents;
        },
      }),
      async insertMany(documents, { ordered }) {
        const writeErrors: object[] = [];
        for (const [index, document] of documents.entries()) {
          await gap(`insert ${index}, on its way`);
          const refused = run({ insert: name, documents: [document] })['writeErrors'] as readonly BsonDocument[] | undefined;
          if (refused === undefined) continue;
          writeErrors.push({ ...refused[0], index });
          if (ordered) break;
        }
        await gap('insert, answered');
        if (writeErrors.length > 0) throw bulkWriteError(writeErrors);
        return {};
      },
      async updateOne(filter, update, { upsert = false } = {}) {
        await gap('update, on its way');
        const [document] = found(name, filter, { limit: 1 });
        await gap('update, between reading and writing');
        if (document !== undefined) {
          run({ delete: name, deletes: [{ q: { _id: document['_id'] }, limit: 1 }] });
          run({ insert: name, documents: [updated(document, update, false)] });
        } else if (upsert) run({ update: name, updates: [{ q: filter, u: update, upsert }] });
        await gap('update, answered');
        return { matchedCount: document === undefined ? 0 : 1 };
      },
      async deleteMany(filter) {
        await gap('delete, on its way');
        const { n } = run({ delete: name, deletes: [{ q: filter, limit: 0 }] });
        await gap('delete, answered');
        return { deletedCount: Number(n) };
      },
      async createIndexes(indexes) {
        return run({ createIndexes: name, indexes });
      },
    };
  }
}

/** As the driver throws it. */
function bulkWriteError(writeErrors: readonly object[]): Error {
  return Object.assign(new Error('E11000'), { code: 11000, writeErrors, result: { getWriteConcernError: () => undefined } });
}
