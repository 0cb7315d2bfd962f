import { ConfigError, TokenError } from '../domain/errors.ts';
import { TOKEN_TYPES, type TokenType } from '../domain/token/token-type.ts';
import type { Clock } from '../ports/clock.ts';
import type { CallContext } from '../ports/user-repository.ts';
import type { Announce } from './announce.ts';
import type { TokenConfig } from './config.ts';
import type { PresentedTokens } from './presented-token.ts';
import { unexpectedOutcome, type StoreCall } from './store-call.ts';

export interface BlacklistDeps {
  readonly config: TokenConfig;
  readonly presented: PresentedTokens;
  readonly ask: StoreCall;
  readonly announce: Announce;
  readonly clock: Clock;
}

export type BlacklistContext = CallContext & {
  /** The types to take (default: refresh and sliding). */
  readonly types?: readonly string[];
};

/**
 * Builds the Blacklist use-case: logs one refresh or sliding token out. Others call the list a denylist. A token that the store no longer knows as
 * good is `revoked`, also where an earlier try of this call may have made it so: it may as well have been spent, and its successor lives.
 */
export function createBlacklist({ config, presented, ask, announce, clock }: BlacklistDeps) {
  return async function blacklist(token: string, { types, ...context }: BlacklistContext = {}): Promise<void> {
    const now = clock();
    const accepted = types === undefined ? LOGOUT_TYPES : LOGOUT_TYPES.filter(({ name }) => types.includes(name));
    const [first, ...others] = accepted;
    if (first === undefined)
      throw new ConfigError('invalid_option', 'types', 'types must name refresh or sliding, or be left out');
    const read = await presented.present(token, [first, ...others], now, context);
    await presented.use(read, now, context, async (ref) => {
      if (read.expired) presented.assertRenewable(read, now);
      const request = { token: ref, now, graceSeconds: config.refreshGraceSeconds };
      const outcome = await ask('blacklist', context, (store, options) => store.blacklist(request, options));
      if (outcome === 'revoked' || outcome === 'family_revoked') throw new TokenError(outcome);
      if (outcome !== 'blacklisted') throw unexpectedOutcome(outcome);
      announce('revoked', { scope: 'token', user: ref.user, family: ref.family, context });
    });
  };
}

const LOGOUT_TYPES: readonly TokenType[] = [TOKEN_TYPES.refresh, TOKEN_TYPES.sliding];
