import type { ClaimsSet } from '../domain/claims/claims-set.ts';
import { ConfigError, refuse, type Refusal } from '../domain/errors.ts';

/** Whether a token of these claims was revoked. It answers at once; `revocationList` of `simplejwt/storage/memory` is one way to know. */
export type IsRevoked = (claims: ClaimsSet) => boolean;

/** Asks the hook. One that fails, or answers neither true nor false, lets nobody in: `store_unavailable`. */
export function askRevoked(isRevoked: IsRevoked, claims: ClaimsSet): Refusal | undefined {
  try {
    const revoked: unknown = isRevoked(claims);
    if (revoked === false) return undefined;
    if (revoked === true) return refuse('revoked');
    return { ok: false, code: 'store_unavailable', cause: new Error('isRevoked must answer true or false, and at once') };
  } catch (cause) {
    return { ok: false, code: 'store_unavailable', cause };
  }
}

export function parseIsRevoked(value: unknown): IsRevoked | undefined {
  if (value === undefined || typeof value === 'function') return value as IsRevoked | undefined;
  throw new ConfigError('invalid_option', 'isRevoked', 'isRevoked must be a function of the claims that answers true or false');
}
