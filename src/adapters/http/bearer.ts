import type { TokenConfig } from '../../application/config.ts';

/** The values of WWW-Authenticate (RFC 6750 section 3): where no token was presented, and where the presented token was refused. */
export interface Challenges {
  readonly missing: string;
  readonly refused: string;
}

/** The challenges of a service, which names the first of its `authHeaderTypes`: the configuration holds nothing but schemes there. */
export function createChallenges({ authHeaderTypes: [scheme = 'Bearer'] }: Pick<TokenConfig, 'authHeaderTypes'>): Challenges {
  const missing = `${scheme} realm="${REALM}"`;
  // RFC 6750 section 3.1: a request without authentication information is given no error code
  return { missing, refused: `${missing}, error="invalid_token"` };
}

/** Simple JWT's realm. */
const REALM = 'api';
