import type { CallOptions } from '../ports/crypto-provider.ts';
import type { TokenStore } from '../ports/token-store.ts';
import type { CallContext } from '../ports/user-repository.ts';
import { TokenError } from '../domain/errors.ts';
import type { Announce } from './announce.ts';
import { within } from './deadline.ts';
import { recover, type MaybePromise } from './maybe-promise.ts';

/** Asks the store for one decision: within its deadline, failing closed as `store_unavailable`, its failures announced. */
export type StoreCall = <T>(
  operation: string,
  context: CallContext,
  call: (store: TokenStore, options: CallOptions) => MaybePromise<T>,
) => MaybePromise<T>;

export interface StoreCallDeps {
  readonly store: TokenStore;
  readonly deadlineSeconds: number;
  readonly announce: Announce;
}

export function createStoreCall({ store, deadlineSeconds, announce }: StoreCallDeps): StoreCall {
  return function ask(operation, context, call) {
    const deadline = { seconds: deadlineSeconds, caller: context, code: 'store_unavailable' } as const;
    return recover(
      () => within(deadline, (options) => call(store, options)),
      (error) => {
        const failed = error instanceof TokenError && (error.code === 'store_unavailable' || error.code === 'store_full');
        if (failed) announce('storeError', { operation, error: error.cause ?? error, context });
        throw error;
      },
    );
  };
}

/** A store is other people's code: an outcome the port does not have counts as none. */
export function unexpectedOutcome(outcome: never): TokenError {
  return new TokenError('store_unavailable', {
    cause: new Error(`the store answered ${String(outcome)}, which its port does not have`),
  });
}
