import type { CallOptions } from '../../../ports/crypto-provider.ts';
import type { MongoCollection } from './database.ts';
import type { Fact } from './documents.ts';
import { duplicatesOf } from './failure.ts';
import { sender } from './sender.ts';

/** The collection, as this store uses it: facts are read, and added where they are not there already. */
export interface Facts {
  read(filter: object, options: CallOptions, limits?: ReadLimits): Promise<readonly Fact[]>;
  /**
   * Adds documents in their order, and answers the `_id`s of those that were there already. With `first` none is added after one of them: the first
   * decides, and the others follow from it.
   */
  add(documents: readonly { readonly _id: string }[], how: 'first' | 'each', options: CallOptions): Promise<ReadonlySet<string>>;
  /** Answers whether there was such a document. */
  change(filter: object, update: object, options: CallOptions): Promise<boolean>;
  put(filter: object, update: object, options: CallOptions): Promise<void>;
  remove(filter: object, options: CallOptions): Promise<number>;
}

interface ReadLimits {
  readonly sort: Record<string, 1 | -1>;
  readonly limit: number;
}

export function factsOf(collection: MongoCollection, timeoutSeconds: number): Facts {
  const send = sender(timeoutSeconds);
  return {
    read: async (filter, options, limits) =>
      (await send(options, (signal) => collection.find(filter, { ...limits, signal }).toArray())) as readonly Fact[],
    async add(documents, how, options) {
      if (documents.length === 0) return NONE;
      return send(options, (signal) =>
        collection.insertMany([...documents], { ordered: how === 'first', signal }).then(
          () => NONE,
          (error: unknown) => new Set([...duplicatesOf(error)].map((index) => documents[index]?._id ?? '')),
        ),
      );
    },
    change: async (filter, update, options) =>
      (await send(options, (signal) => collection.updateOne(filter, update, { signal }))).matchedCount > 0,
    async put(filter, update, options) {
      await send(options, (signal) => collection.updateOne(filter, update, { upsert: true, signal }));
    },
    remove: async (filter, options) => (await send(options, (signal) => collection.deleteMany(filter, { signal }))).deletedCount,
  };
}

const NONE: ReadonlySet<string> = new Set();
