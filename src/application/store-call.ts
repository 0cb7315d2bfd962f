import type { CallOptions } from '../ports/crypto-provider.ts';
import type { TokenStore } from '../ports/token-store.ts';
import type { CallContext } from '../ports/user-repository.ts';
import { TokenError } from '../domain/errors.ts';
import type { Announce } from './announce.ts';
import { within } from './deadline.ts';
import { chain, recover, type MaybePromise } from './maybe-promise.ts';
import { repeated } from './repetition.ts';

/**
 * Asks the store for one decision: within its deadline, failing closed as `store_unavailable`, its failures announced. A store that fails is asked
 * the same again until the deadline, where that does no harm; `again` tells the call that an earlier try may have been heard.
 */
export type StoreCall = <T>(
  operation: Operation,
  context: CallContext,
  call: (store: TokenStore, options: CallOptions, again: boolean) => MaybePromise<T>,
) => MaybePromise<T>;

export type Operation = keyof typeof OPERATIONS;

export interface StoreCallDeps {
  readonly store: TokenStore;
  readonly deadlineSeconds: number;
  readonly announce: Announce;
  /** Whether a store that fails is asked again; true unless set. */
  readonly repeats?: boolean;
  /** Told of each answer to a repeated call that may hide what an earlier try of it has revoked. */
  readonly onHiddenRevocation?: () => void;
}

export function createStoreCall(deps: StoreCallDeps): StoreCall {
  const { store, deadlineSeconds, announce, repeats = true, onHiddenRevocation } = deps;

  return function ask(operation, context, call) {
    const deadline = { seconds: deadlineSeconds, caller: context, code: 'store_unavailable' } as const;
    const row = OPERATIONS[operation];
    return recover(
      () =>
        within(deadline, (options) => {
          if (!repeats || !row.repeats) return call(store, options, false);
          return repeated(options, (again) => {
            const answer = call(store, options, again);
            return again && row.revokes ? chain(answer, tellHidden) : answer;
          });
        }),
      (error) => {
        const failed = error instanceof TokenError && (error.code === 'store_unavailable' || error.code === 'store_full');
        if (failed) announce('storeError', { operation, error: error.cause ?? error, context });
        throw error;
      },
    );
  };

  function tellHidden<T>(answer: T): T {
    onHiddenRevocation?.();
    return answer;
  }
}

/** A store is other people's code: an outcome the port does not have counts as none. */
export function unexpectedOutcome(outcome: never): TokenError {
  return unexpectedAnswer(outcome);
}

/** The same, of what the port has, but not in answer to this. */
export function unexpectedAnswer(answer: unknown): TokenError {
  return new TokenError('store_unavailable', {
    cause: new Error(`the store answered ${String(answer)}, which its port does not have`),
  });
}

/** What may be asked again when its outcome is unknown: what only reads, and what a store does once however often it is sent. */
const OPERATIONS = {
  epoch: { repeats: true, revokes: false },
  status: { repeats: true, revokes: false },
  record: { repeats: true, revokes: false },
  rotate: { repeats: true, revokes: true }, // known by its `attempt`; reuse may end the family
  blacklist: { repeats: true, revokes: true },
  revokeFamily: { repeats: true, revokes: true },
  revokeUser: { repeats: true, revokes: true },
  sessions: { repeats: false, revokes: false }, // an iterator that has failed would say it is at its end
  flushExpired: { repeats: false, revokes: false }, // it comes round again
} as const satisfies Readonly<Record<string, { readonly repeats: boolean; readonly revokes: boolean }>>;
