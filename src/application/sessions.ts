import { ConfigError } from '../domain/errors.ts';
import { parseUserId } from '../domain/token/token-id.ts';
import type { Clock } from '../ports/clock.ts';
import type { Session } from '../ports/session-store.ts';
import type { CallContext } from '../ports/user-repository.ts';
import type { StoreCall } from './store-call.ts';

export interface SessionsDeps {
  readonly ask: StoreCall;
  readonly clock: Clock;
}

/**
 * Builds the Sessions use-case: the live families of a user, newest first. Each step is one call of the store, within its deadline; its signal ends
 * with the listing.
 */
export function createSessions({ ask, clock }: SessionsDeps) {
  return async function* sessions(userId: string | number, context: CallContext = {}): AsyncGenerator<Session, void, undefined> {
    const user = parseUserId(userId);
    if (user === undefined)
      throw new ConfigError('invalid_option', 'userId', 'userId must be a non-empty string or a safe integer');
    const now = clock();
    const listing = new AbortController();
    const { signal } = listing;
    const iterator = await ask('sessions', context, (store) => iteratorOf(store.sessions(user, now, { signal })));
    try {
      for (;;) {
        const next = await ask('sessions', context, () => iterator.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      listing.abort(); // the signal of the store is that of all steps: it ends with the first that fails
      void release(iterator);
    }
  };
}

/** Not waited for: an iterator that hangs in `next` hangs in `return` too. */
async function release(iterator: Iterator<Session> | AsyncIterator<Session>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // the listing is over either way
  }
}

function iteratorOf(sessions: Iterable<Session> | AsyncIterable<Session>): Iterator<Session> | AsyncIterator<Session> {
  return Symbol.asyncIterator in sessions ? sessions[Symbol.asyncIterator]() : sessions[Symbol.iterator]();
}
