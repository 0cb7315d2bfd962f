import type { NumericDate } from '../domain/claims/numeric-date.ts';
import { TokenError } from '../domain/errors.ts';
import { TOKEN_TYPES } from '../domain/token/token-type.ts';
import type { Clock } from '../ports/clock.ts';
import type { RotateOutcome, TokenRef } from '../ports/rotation-store.ts';
import type { CallContext, User } from '../ports/user-repository.ts';
import { refusalOf } from './admission.ts';
import type { Announce } from './announce.ts';
import type { TokenConfig } from './config.ts';
import { chain, type MaybePromise } from './maybe-promise.ts';
import type { Minted, Minting } from './minting.ts';
import type { PresentedTokens } from './presented-token.ts';
import type { Rotation } from './rotation.ts';
import type { TokenCodec } from './token-codec.ts';
import type { ReadToken } from './token-reader.ts';
import type { RefreshedTokens } from './token-service.ts';
import type { TokenHolder } from './token-holder.ts';
import { unexpectedOutcome } from './store-call.ts';

export interface RefreshDeps {
  readonly config: TokenConfig;
  readonly codec: TokenCodec;
  readonly presented: PresentedTokens;
  readonly holder: TokenHolder;
  readonly minting: Minting;
  readonly rotate: Rotation;
  readonly announce: Announce;
  readonly clock: Clock;
}

/**
 * Builds the Refresh use-case: exchanges a refresh token for an access token and, when rotating, for its one successor. Everything is sealed
 * before the store decides, so that a failing signer costs nobody a session; the store's decision is the last step, so that nothing refused
 * later was spent.
 */
export function createRefresh({ config, codec, presented, holder, minting, rotate, announce, clock }: RefreshDeps) {
  const spends = config.rotateRefreshTokens && config.blacklistAfterRotation;

  function exchange(token: ReadToken, ref: TokenRef, now: NumericDate, context: CallContext): MaybePromise<RefreshedTokens> {
    return chain(holder.of(token, ref, now, context), (user) =>
      chain(minting.exchangeFor(token.claims, user, now, context), ({ access, successor }) =>
        chain(sealBoth(access, successor, context), (sealed) => {
          const exchanged = { token: ref, successor: successor?.token, access: access.token, spends };
          return chain(rotate(exchanged, now, context), (outcome) => settle(outcome, token, user, sealed, successor, context));
        }),
      ),
    );
  }

  function sealBoth(access: Minted, successor: Minted | undefined, context: CallContext): MaybePromise<RefreshedTokens> {
    return chain(codec.seal(access.claims, context), (sealed) =>
      successor === undefined
        ? { access: sealed }
        : chain(codec.seal(successor.claims, context), (refresh) => ({ access: sealed, refresh })),
    );
  }

  function settle(
    outcome: RotateOutcome,
    token: ReadToken,
    user: User,
    sealed: RefreshedTokens,
    successor: Minted | undefined,
    context: CallContext,
  ): MaybePromise<RefreshedTokens> {
    switch (outcome.outcome) {
      case 'rotated':
        announce('refreshed', { user: token.user, family: outcome.family, context });
        return isSame(outcome.successor, successor) ? sealed : replay(token, user, outcome, sealed.access, context);
      case 'replayed':
        announce('replayed', { user: token.user, family: outcome.family, context });
        return replay(token, user, outcome, sealed.access, context);
      case 'reused': {
        const { kind, family, familyEnded } = outcome;
        announce('reused', { kind, familyEnded, user: token.user, family, context });
        throw new TokenError('reused');
      }
      case 'revoked':
        if (outcome.endedFamily !== undefined) {
          announce('revoked', { scope: 'family', user: token.user, family: outcome.endedFamily, context });
        }
        throw refusalOf('revoked');
      case 'family_revoked':
      case 'unknown':
        throw refusalOf(outcome.outcome);
      default:
        throw unexpectedOutcome(outcome);
    }
  }

  /** The successor that exists already, minted anew: no store holds a token. */
  function replay(
    token: ReadToken,
    user: User,
    { successor }: Rotated,
    access: string,
    context: CallContext,
  ): MaybePromise<RefreshedTokens> {
    if (successor === undefined) throw new TokenError('reused');
    return chain(minting.successorOf(token.claims, user, context, successor), ({ claims }) =>
      chain(codec.seal(claims, context), (refresh) => ({ access, refresh })),
    );
  }

  return async function refresh(refreshToken: string, context: CallContext = {}): Promise<RefreshedTokens> {
    const now = clock();
    const token = await presented.present(refreshToken, REFRESH_ONLY, now, context);
    const refreshed = await presented.use(token, now, context, (ref) => exchange(token, ref, now, context));
    return refreshed;
  };
}

const REFRESH_ONLY = [TOKEN_TYPES.refresh] as const;

type Rotated = Extract<RotateOutcome, { readonly outcome: 'rotated' | 'replayed' }>;

function isSame(stored: Rotated['successor'], minted: Minted | undefined): boolean {
  return stored?.jti === minted?.token.jti;
}
