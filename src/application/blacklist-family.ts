import { TokenError } from '../domain/errors.ts';
import { TOKEN_TYPES } from '../domain/token/token-type.ts';
import type { CallContext } from '../ports/user-repository.ts';
import type { Admit } from './admission.ts';
import type { BlacklistDeps } from './blacklist.ts';
import type { FamilyEnder } from './family-ender.ts';

/** Builds the BlacklistFamily use-case: logs a device out by its refresh token. Refuses with `family_missing` or `family_not_configured`. */
export function createBlacklistFamily({
  config,
  presented,
  admit,
  endFamily,
  announce,
  clock,
}: Omit<BlacklistDeps, 'ask'> & { readonly admit: Admit; readonly endFamily: FamilyEnder }) {
  return async function blacklistFamily(refreshToken: string, context: CallContext = {}): Promise<void> {
    const now = clock();
    const token = await presented.present(refreshToken, [TOKEN_TYPES.refresh], now, context);
    await admit(token, presented.rules, now, context);
    if (!config.tokenFamilyEnabled) throw new TokenError('family_not_configured');
    const family = token.ref?.family;
    if (family === undefined) throw new TokenError('family_missing');
    if ((await endFamily(family, token.user, now, context)) === 'already') throw new TokenError('family_revoked');
    announce('revoked', { scope: 'family', user: token.user, family, context });
  };
}
