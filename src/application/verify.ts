import { claimOf, type ClaimsSet } from '../domain/claims/claims-set.ts';
import type { StatusRules } from '../domain/family/token-family.ts';
import { TOKEN_TYPES, type TokenType } from '../domain/token/token-type.ts';
import type { Clock } from '../ports/clock.ts';
import type { CallContext } from '../ports/user-repository.ts';
import type { Admit } from './admission.ts';
import type { TokenConfig } from './config.ts';
import type { TokenCodec } from './token-codec.ts';
import type { ReadToken, TokenReader } from './token-reader.ts';

export interface VerifyDeps {
  readonly config: TokenConfig;
  readonly codec: TokenCodec;
  readonly read: TokenReader;
  readonly admit: Admit;
  readonly clock: Clock;
}

/**
 * Builds the Verify use-case: the claims of a good token of any type. Honours the revocation of the token, of its family and of its user;
 * does not look at the user's state or password.
 */
export function createVerify({ config, codec, read, admit, clock }: VerifyDeps) {
  const types: readonly TokenType[] = [...Object.values(TOKEN_TYPES), ...config.authTokenTypes];

  function rulesOf({ ref }: ReadToken, type: TokenType | undefined): StatusRules {
    const { requireOutstanding, checkAccessRevocation } = config;
    const recorded = type?.revocable === true ? 'token' : ref?.family === undefined ? undefined : 'family';
    return { mustBeRecorded: requireOutstanding ? recorded : undefined, endedCounts: checkAccessRevocation };
  }

  return async function verify(token: string, context: CallContext = {}): Promise<ClaimsSet> {
    const now = clock();
    const claims = await codec.open(token, now, context);
    const type = types.find(({ name, typed }) => typed && name === claimOf(claims, config.names.tokenType));
    // any type will do, so the claim is not checked; what the type has beyond its name is
    const presented = read(claims, { ...(type ?? TOKEN_TYPES.untyped), typed: false }, now);
    await admit(presented, rulesOf(presented, type), now, context);
    return Object.freeze(claims);
  };
}
