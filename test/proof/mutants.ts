import { memoryStore } from '../../src/adapters/storage/memory.ts';
import { mongoStore, type MongoCollection, type MongoDatabase } from '../../src/adapters/storage/mongo.ts';
import type { Revocation } from '../../src/ports/revocation-feed.ts';
import { asynchronous } from '../testing/async-store.ts';
import { BROKEN_STORES } from '../testing/broken-stores.ts';
import { memoryDatabase } from '../testing/memory-database.ts';
import { oneOf, overFeed } from './explored-stores.ts';
import type { Explored } from './store-races.ts';
import type { Invariant } from './history-checker.ts';

/** A sound thing with one defect, and an invariant that must break over it. */
export interface Mutant {
  readonly defect: string;
  readonly breaks: Invariant;
  readonly create: Explored['create'];
}

/** The defects that products in this field have had, and that whoever writes a store may plant again. */
export const MUTANTS: readonly Mutant[] = [
  { defect: 'reads whether the token is spent, then writes', breaks: 'I1', create: broken('reads whether the token is spent') },
  { defect: 'forks the chain inside the window', breaks: 'I1', create: broken('answers a replay with a successor of its own') },
  { defect: 'knows no attempts', breaks: 'I5', create: broken('knows no attempts') },
  {
    defect: 'rounds the life of an entry down',
    breaks: 'I2',
    create: broken('counts the life of a blacklist entry to exp'),
  },
  {
    defect: 'answers from a cache that no revocation clears',
    breaks: 'I2',
    create: broken('remembers a status for the second'),
  },
  {
    defect: 'lets in where it cannot ask',
    breaks: 'I2',
    create: (gap) => {
      const store = asynchronous(memoryStore(), gap);
      return {
        ...store,
        async status(query, options) {
          try {
            return await store.status(query, options);
          } catch {
            return 'active';
          }
        },
      };
    },
  },
  { defect: 'orders a chain by iat', breaks: 'I4', create: broken('orders a chain by iat') },
  { defect: 'orders logins and revocations by iat', breaks: 'I2', create: broken('orders logins and revocations by iat') },
  {
    defect: 'acknowledges a revocation before it is durable',
    breaks: 'I2',
    create: broken('acknowledges the end of a family before it'),
  },
  {
    defect: 'looks for a revocation before it rotates',
    breaks: 'I2',
    create: broken('looks for a revocation before it rotates'),
  },
  {
    defect: 'ends a family after it has answered',
    breaks: 'I4',
    create: broken('ends the family of a reused token after it has'),
  },
  { defect: 'holds the window open after the child was used', breaks: 'I4', create: broken('holds the window open after') },
  {
    defect: 'keeps documents where one _id may be inserted twice',
    breaks: 'I1',
    create: onMongo((collection) => ({
      async insertMany(documents) {
        for (const document of documents as Identified[]) {
          await collection.deleteMany({ _id: document._id });
          await collection.insertMany([document], { ordered: true });
        }
        return {};
      },
    })),
  },
  {
    defect: 'adds the successor though another call has spent the token',
    breaks: 'I1',
    create: onMongo((collection) => ({ insertMany: (documents) => collection.insertMany(documents, { ordered: false }) })),
  },
  {
    defect: 'acknowledges a publication before replicas can read it',
    breaks: 'I2',
    create: overFeed((feed) => {
      let late: readonly Revocation[] = [];
      return {
        publish(revocations, options) {
          const due = late;
          late = revocations;
          return feed.publish(due, options);
        },
      };
    }),
  },
];

interface Identified {
  readonly _id: string;
}

/** The store over MongoDB, each call by a host of its own, on a collection that is not what it should be. */
function onMongo(defect: (collection: MongoCollection) => Partial<MongoCollection>): Mutant['create'] {
  return (gap) => {
    const database = memoryDatabase(gap);
    const collection: MongoDatabase['collection'] = (...given) => {
      const sound = database.collection(...given);
      return { ...sound, ...defect(sound) };
    };
    return oneOf(() => mongoStore({ collection }));
  };
}

function broken(defect: string): Mutant['create'] {
  const store = BROKEN_STORES.find((one) => one.defect.startsWith(defect));
  if (store === undefined) throw new Error(`no broken store that ${defect}`);
  return store.create;
}
