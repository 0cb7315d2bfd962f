import type { NumericDate } from '../domain/claims/numeric-date.ts';
import { TokenError } from '../domain/errors.ts';
import type { TokenRef } from '../ports/rotation-store.ts';
import type { CallContext, User } from '../ports/user-repository.ts';
import type { Announce } from './announce.ts';
import { recover, type MaybePromise } from './maybe-promise.ts';
import type { StoreCall } from './store-call.ts';
import type { ReadToken } from './token-reader.ts';
import type { UserGate } from './user-gate.ts';

/** The user a token to be refreshed is for. A token from before a password change is refused, and logged out with it. */
export interface TokenHolder {
  of(token: ReadToken, ref: TokenRef, now: NumericDate, context: CallContext): MaybePromise<User>;
}

export interface TokenHolderDeps {
  readonly gate: UserGate;
  readonly ask: StoreCall;
  readonly announce: Announce;
}

export function createTokenHolder({ gate, ask, announce }: TokenHolderDeps): TokenHolder {
  return {
    of(token, ref, now, context) {
      return recover<User, never>(
        () => gate.holderOf(token, context),
        (error) => {
          if (!(error instanceof TokenError) || error.code !== 'password_changed') throw error;
          return logOut(error, ref, now, context);
        },
      );
    },
  };

  async function logOut(error: TokenError, ref: TokenRef, now: NumericDate, context: CallContext): Promise<never> {
    const outcome = await ask('blacklist', context, (store, options) =>
      store.blacklist({ token: ref, now, graceSeconds: 0 }, options),
    );
    if (outcome !== 'blacklisted') throw new TokenError(outcome);
    announce('revoked', { scope: 'token', user: ref.user, family: ref.family, context });
    throw error;
  }
}
