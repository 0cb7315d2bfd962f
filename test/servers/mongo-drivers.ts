import type * as mongodb from 'mongodb';

/** The official driver: its newest 7, its 7.0, which is the last that talks to servers older than 4.4, and its newest 6. */
export type MongoDriverName = 'mongodb' | 'mongodb70' | 'mongodb6';

export type MongoDriver = Pick<typeof mongodb, 'MongoClient'>;

/** Tests see each as the newest: what sets the types apart is private members and options that no test gives. */
export const MONGO_DRIVERS: Readonly<Record<MongoDriverName, () => Promise<MongoDriver>>> = {
  mongodb: () => import('mongodb'),
  mongodb70: async () => (await import('mongodb70')) as unknown as MongoDriver,
  mongodb6: async () => (await import('mongodb6')) as unknown as MongoDriver,
};
