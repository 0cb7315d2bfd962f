import type { TokenStore } from '../../src/ports/token-store.ts';

/** A pause in which other calls may go ahead. */
export type Gap = (label: string) => Promise<void>;

export const nextTick: Gap = async () => {
  for (let tick = 0; tick < 3; tick++) await Promise.resolve();
};

/** The same store behind promises, with a gap before and after each call, as one over a network has. */
export function asynchronous(store: TokenStore, gap: Gap = nextTick): TokenStore {
  const call = async <T>(label: string, decide: () => T | Promise<T>): Promise<T> => {
    await gap(`${label}, on its way`);
    const answer = await decide();
    await gap(`${label}, answered`);
    return answer;
  };
  return {
    ...(store.expiresNatively !== undefined && { expiresNatively: store.expiresNatively }),
    epoch: (options) => call('epoch', () => store.epoch(options)),
    record: (session, options) => call('record', () => store.record(session, options)),
    rotate: (request, options) => call('rotate', () => store.rotate(request, options)),
    status: (query, options) => call('status', () => store.status(query, options)),
    blacklist: (request, options) => call('blacklist', () => store.blacklist(request, options)),
    revokeFamily: (request, options) => call('revokeFamily', () => store.revokeFamily(request, options)),
    revokeUser: (request, options) => call('revokeUser', () => store.revokeUser(request, options)),
    async *sessions(user, now, options) {
      await gap('sessions');
      yield* store.sessions(user, now, options);
    },
    flushExpired: (now, options) => call('flushExpired', () => store.flushExpired(now, options)),
  };
}
