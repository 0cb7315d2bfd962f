import { ConfigError, TokenError } from '../domain/errors.ts';
import { retainUntil } from '../domain/token/retention.ts';
import { parseUserId } from '../domain/token/token-id.ts';
import { TOKEN_TYPES } from '../domain/token/token-type.ts';
import type { CallContext } from '../ports/user-repository.ts';
import { refusalOf } from './admission.ts';
import type { BlacklistDeps } from './blacklist.ts';
import type { Minting } from './minting.ts';
import { unexpectedAnswer } from './store-call.ts';

export interface RevokeUserDeps extends BlacklistDeps {
  readonly minting: Minting;
  readonly longestLife: number;
  readonly leewaySeconds: number;
}

/** Builds the RevokeUser use-case: logs a user out everywhere, logins and refreshes in flight included. */
export function createRevokeUser({ ask, announce, clock, longestLife, leewaySeconds }: RevokeUserDeps) {
  return async function revokeUser(userId: string | number, context: CallContext = {}): Promise<void> {
    const user = parseUserId(userId);
    if (user === undefined)
      throw new ConfigError('invalid_option', 'userId', 'userId must be a non-empty string or a safe integer');
    const now = clock();
    const request = { user, now, retainUntil: retainUntil(now + longestLife, leewaySeconds) };
    const { outcome } = await ask('revokeUser', context, (store, options) => store.revokeUser(request, options));
    if (outcome !== 'revoked') throw unexpectedAnswer(outcome); // there was no token to keep
    announce('revoked', { scope: 'user', user, family: undefined, context });
  };
}

/** Builds the RevokeOtherSessions use-case: all sessions of a user but the one this token belongs to. */
export function createRevokeOtherSessions({
  presented,
  minting,
  ask,
  announce,
  clock,
  longestLife,
  leewaySeconds,
}: RevokeUserDeps) {
  return async function revokeOtherSessions(token: string, context: CallContext = {}): Promise<void> {
    const now = clock();
    const read = await presented.present(token, [TOKEN_TYPES.refresh, TOKEN_TYPES.sliding], now, context);
    await presented.use(read, now, context, async (ref) => {
      if (read.expired) presented.assertRenewable(read, now);
      const { user } = ref;
      if (user === undefined) throw new TokenError('user_unidentified');
      const keep = { token: ref, family: minting.family(), ...presented.rules };
      const request = { user, keep, now, retainUntil: retainUntil(now + longestLife, leewaySeconds) };
      const answer = await ask('revokeUser', context, (store, options) => store.revokeUser(request, options));
      if (answer.outcome === 'kept_token_refused' && answer.status !== 'active') throw refusalOf(answer.status);
      if (answer.outcome !== 'revoked') throw unexpectedAnswer(answer.status);
      announce('revoked', { scope: 'other_sessions', user, family: ref.family, context });
    });
  };
}
