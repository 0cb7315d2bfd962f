import type { CallContext } from '../ports/user-repository.ts';
import type { SessionsDeps } from './sessions.ts';

/** Builds the FlushExpired use-case: drops records no valid token can need; answers how many went. */
export function createFlushExpired({ ask, clock }: SessionsDeps) {
  return async function flushExpired(context: CallContext = {}): Promise<number> {
    const now = clock();
    return ask('flushExpired', context, (store, options) => store.flushExpired(now, options));
  };
}
