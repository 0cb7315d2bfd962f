import type { KeyStorage } from '../../../ports/key-storage.ts';
import type { MongoDatabase } from './database.ts';
import { factsOf } from './facts.ts';
import { settingsOf, type MongoStoreOptions } from './options.ts';

export type MongoKeyStorageOptions = Pick<MongoStoreOptions, 'collection' | 'commandTimeoutSeconds'>;

/**
 * Keeps a keyring in MongoDB, over a database of the `mongodb` driver (6 or 7) that the application has: each version is a document, and of several
 * that would be the next one is inserted. What was answered was acknowledged by the majority of a replica set.
 */
export function mongoKeyStorage(db: MongoDatabase, options: MongoKeyStorageOptions = {}): KeyStorage {
  const { collection = 'simplejwt-keys', ...others } = options;
  const { collection: versions, commandTimeoutSeconds } = settingsOf(db, { collection, ...others });
  const facts = factsOf(versions, commandTimeoutSeconds);

  const newest: KeyStorage['read'] = async (call = {}) => {
    const [found] = await facts.read({}, call, { sort: { _id: -1 }, limit: 1 });
    return found && parseVersion(found);
  };

  return {
    read: newest,
    async replace(text, version, call = {}) {
      if ((await newest(call))?.version !== version) return false;
      const next = (version ?? 0) + 1;
      const document = { _id: idOf(next), text };
      const taken = await facts.add([document], 'first', call);
      if (taken.size > 0) return false;
      await facts.remove({ _id: { $lt: idOf(next - VERSIONS_KEPT) } }, call).catch(() => 0); // the next one removes them
      return true;
    },
  };
}

function parseVersion(document: object) {
  const [text, id] = [Reflect.get(document, 'text') as unknown, Reflect.get(document, '_id') as unknown];
  if (typeof text !== 'string' || typeof id !== 'string') throw new Error('the collection holds something else than keys');
  return { text, version: Number(id) };
}

const idOf = (version: number) => String(Math.max(version, 0)).padStart(16, '0');
/** More than can be written while a call that has read the newest is on its way. */
const VERSIONS_KEPT = 4;
