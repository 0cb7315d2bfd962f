import type { MongoIndex } from './database.ts';

/** Decisions are found by `_id`; these serve listings, the question whether a family still lives, and the collection of what has expired. */
export function indexes(expiresNatively: boolean): MongoIndex[] {
  return [
    { name: 'expires', key: { expireAt: 1 }, ...(expiresNatively ? { expireAfterSeconds: 0 } : {}) },
    { name: 'user', key: { user: 1 }, sparse: true },
    { name: 'family', key: { family: 1, made: -1 }, sparse: true },
  ];
}
