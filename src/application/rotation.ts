import type { NumericDate } from '../domain/claims/numeric-date.ts';
import { retainUntil } from '../domain/token/retention.ts';
import type { RotateOutcome, RotateRequest } from '../ports/rotation-store.ts';
import type { CallContext } from '../ports/user-repository.ts';
import type { TokenConfig } from './config.ts';
import type { MaybePromise } from './maybe-promise.ts';
import type { Minting } from './minting.ts';
import { parseMetadata } from './session-start.ts';
import type { StoreCall } from './store-call.ts';

/** Asks the store to exchange a token: the last step of a refresh, since nothing after it may fail. */
export type Rotation = (exchange: Exchange, now: NumericDate, context: CallContext) => MaybePromise<RotateOutcome>;

/** What differs from one exchange to another. */
export type Exchange = Pick<RotateRequest, 'token' | 'successor' | 'access' | 'spends'>;

export interface RotationDeps {
  readonly config: TokenConfig;
  readonly minting: Minting;
  readonly ask: StoreCall;
  readonly longestLife: number;
  readonly leewaySeconds: number;
}

export function createRotation({ config, minting, ask, longestLife, leewaySeconds }: RotationDeps): Rotation {
  const endFamilyOnReuse = config.tokenFamilyEnabled && config.tokenFamilyBlacklistOnReuse;

  return function rotate({ token, successor, access, spends }, now, context) {
    const request: RotateRequest = {
      token,
      successor,
      access,
      spends,
      now,
      family: token.family ?? minting.family(), // where the token names one, no store needs another
      attempt: successor?.jti ?? minting.identifier(), // a successor is drawn for one attempt alone
      retainUntil: retainUntil(now + longestLife, leewaySeconds),
      graceSeconds: config.refreshGraceSeconds,
      mustBeRecorded: config.requireOutstanding ? 'token' : undefined,
      endFamilyOnReuse,
      metadata: parseMetadata(context.metadata),
    };
    return ask('rotate', context, (store, options) => store.rotate(request, options));
  };
}
