import { ConfigError } from '../../../domain/errors.ts';

/** A database of the `mongodb` driver (6 or 7), as `client.db(name)` answers it: what this store uses of it. */
export interface MongoDatabase {
  collection(name: string, options: CollectionSettings): MongoCollection;
}

/** Each call says where to read and what counts as written, whatever the client was made with. */
export interface CollectionSettings {
  readonly readPreference: 'primary';
  readonly readConcern: { readonly level: 'majority' | 'linearizable' };
  readonly writeConcern: { readonly w: 'majority'; readonly journal: true };
}

export interface MongoCollection {
  find(filter: object, options?: FindOptions): MongoCursor;
  insertMany(documents: object[], options: Signalled & { readonly ordered: boolean }): Promise<unknown>;
  updateOne(
    filter: object,
    update: object,
    options?: Signalled & { readonly upsert?: boolean },
  ): Promise<{ readonly matchedCount: number }>;
  deleteMany(filter: object, options?: Signalled & { readonly ordered?: boolean }): Promise<{ readonly deletedCount: number }>;
  createIndexes(indexes: MongoIndex[]): Promise<unknown>;
}

/** The driver looks at the signal of every command, though its types name it for those that read. */
interface Signalled {
  readonly signal?: AbortSignal;
}

interface FindOptions extends Signalled {
  readonly sort?: Record<string, 1 | -1>;
  readonly limit?: number;
}

export interface MongoCursor {
  toArray(): Promise<unknown[]>;
}

export interface MongoIndex {
  readonly key: Record<string, 1 | -1>;
  readonly name: string;
  readonly sparse?: boolean;
  readonly expireAfterSeconds?: number;
}

export function parseDatabase(value: unknown): MongoDatabase {
  const collection: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'collection') : undefined;
  if (typeof collection === 'function') return value as MongoDatabase;
  const message = 'db must be a database of the mongodb driver: client.db(name), not the client';
  throw new ConfigError('invalid_option', 'db', message);
}
