import type { NumericDate } from '../domain/claims/numeric-date.ts';
import { TokenError } from '../domain/errors.ts';
import { TOKEN_TYPES } from '../domain/token/token-type.ts';
import type { Clock } from '../ports/clock.ts';
import type { RotateOutcome, TokenRef } from '../ports/rotation-store.ts';
import type { CallContext, User } from '../ports/user-repository.ts';
import { refusalOf } from './admission.ts';
import type { Announce } from './announce.ts';
import type { TokenConfig } from './config.ts';
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

  async function exchange(token: ReadToken, ref: TokenRef, now: NumericDate, context: CallContext): Promise<RefreshedTokens> {
    const user = await holder.of(token, ref, now, context);
    const { successor, access } = await minting.exchangeFor(token.claims, user, now, context);
    const sealedAccess = await codec.seal(access.claims, context.signal);
    const sealed =
      successor === undefined
        ? { access: sealedAccess }
        : { access: sealedAccess, refresh: await codec.seal(successor.claims, context.signal) };
    const exchanged = { token: ref, successor: successor?.token, access: access.token, spends };
    const outcome = await rotate(exchanged, now, context);
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
  async function replay(token: ReadToken, user: User, { successor }: Rotated, access: string, context: CallContext) {
    if (successor === undefined) throw new TokenError('reused');
    const again = await minting.successorOf(token.claims, user, context, successor);
    return { access, refresh: await codec.seal(again.claims, context.signal) };
  }

  return async function refresh(refreshToken: string, context: CallContext = {}): Promise<RefreshedTokens> {
    const now = clock();
    const token = await presented.present(refreshToken, [TOKEN_TYPES.refresh], now, context);
    return presented.use(token, now, context, (ref) => exchange(token, ref, now, context));
  };
}

type Rotated = Extract<RotateOutcome, { readonly outcome: 'rotated' | 'replayed' }>;

function isSame(stored: Rotated['successor'], minted: Minted | undefined): boolean {
  return stored?.jti === minted?.token.jti;
}
