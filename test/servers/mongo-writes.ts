import { ObjectId } from 'bson';
import { bytesOf, CommandError, matches, namedBy, updated } from './mongo-documents.ts';
import type { BsonDocument } from './mongo-wire.ts';

export interface Collection {
  readonly namespace: string;
  /** By the BSON of their _id. */
  readonly documents: Map<string, BsonDocument>;
  readonly indexes: BsonDocument[];
}

export function insert(collection: Collection, command: BsonDocument): BsonDocument {
  let n = 0;
  const refused = each(command, 'documents', (document) => {
    put(collection, document);
    n++;
  });
  return { n, ...refused };
}

export function update(collection: Collection, command: BsonDocument): BsonDocument {
  let [n, nModified] = [0, 0];
  const upserted: BsonDocument[] = [];
  const refused = each(command, 'updates', ({ q, u, multi, upsert }, index) => {
    const filter = q as BsonDocument;
    const found = select(collection, filter, multi === true);
    for (const document of found) {
      const next = updated(document, u, false);
      collection.documents.set(keyOf(next), next);
      n++;
      if (next !== document) nModified++;
    }
    if (found.length > 0 || upsert !== true) return;
    const document = updated({ _id: new ObjectId(), ...namedBy(filter) }, u, true);
    put(collection, document);
    upserted.push({ index, _id: document['_id'] });
    n++;
  });
  return { n, nModified, ...(upserted.length > 0 && { upserted }), ...refused };
}

export function remove(collection: Collection, command: BsonDocument): BsonDocument {
  let n = 0;
  const refused = each(command, 'deletes', ({ q, limit }) => {
    for (const document of select(collection, q as BsonDocument, limit === 0)) {
      collection.documents.delete(keyOf(document));
      n++;
    }
  });
  return { n, ...refused };
}

/** Does one after the other. What is refused is said in the reply, and is the last that is done of a command that is ordered. */
function each(command: BsonDocument, field: string, run: (statement: BsonDocument, index: number) => void): BsonDocument {
  const writeErrors: BsonDocument[] = [];
  for (const [index, statement] of (command[field] as readonly BsonDocument[]).entries()) {
    try {
      run(statement, index);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      writeErrors.push({ index, code: error.code, errmsg: error.message });
      if (command['ordered'] !== false) break;
    }
  }
  return writeErrors.length > 0 ? { writeErrors } : {};
}

function put({ documents, namespace }: Collection, document: BsonDocument): void {
  const key = keyOf(document);
  if (documents.has(key)) {
    throw new CommandError(11000, 'DuplicateKey', `E11000 duplicate key error collection: ${namespace} index: _id_`);
  }
  documents.set(key, document);
}

function select({ documents }: Collection, filter: BsonDocument, all: boolean): BsonDocument[] {
  const found = [...documents.values()].filter((document) => matches(document, filter));
  return all ? found : found.slice(0, 1);
}

function keyOf({ _id: id }: BsonDocument): string {
  return typeof id === 'string' ? `text ${id}` : `BSON ${bytesOf(id).toString('latin1')}`;
}
