import { ConfigError } from '../domain/errors.ts';
import type { ClaimNames } from '../domain/token/mint.ts';
import { nearestName } from './nearest-name.ts';

/** A misspelt option would be a switch that silently does nothing, so it is refused with the name that was meant. */
export function refuseUnknown(options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw new ConfigError('unknown_option', name, `unknown option ${name}; did you mean ${nearestName(name, known)}?`);
  }
}

/** The options as they were given, each known, and nothing that a polluted `Object.prototype` would lend. */
export function ownOptions<T extends object>(options: T, known: readonly string[]): T {
  const own = ownMembers(options);
  refuseUnknown(own, known);
  return own;
}

export function ownMembers<T extends object>(options: T): T {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null)
    throw new ConfigError('missing_option', 'options', 'options must be an object');
  return Object.assign(Object.create(null) as T, options);
}

/** Two claims of one name would overwrite each other. */
export function refuseClashes({ session, ...names }: ClaimNames): void {
  const seen = new Set(['exp', 'iat', 'nbf', 'iss', 'aud', '__proto__', session]);
  for (const [purpose, option] of Object.entries(CLAIM_OPTIONS) as [keyof typeof CLAIM_OPTIONS, string][]) {
    const name = names[purpose];
    if (seen.has(name)) {
      throw new ConfigError(
        'invalid_option',
        option,
        `${name} is the name of another claim already; give each claim a name of its own`,
      );
    }
    seen.add(name);
  }
}

const CLAIM_OPTIONS = {
  tokenType: 'tokenTypeClaim',
  jti: 'jtiClaim',
  user: 'userIdClaim',
  refreshExp: 'slidingTokenRefreshExpClaim',
  fingerprint: 'revokeTokenClaim',
  family: 'tokenFamilyClaim',
  familyExp: 'tokenFamilyExpirationClaim',
} as const satisfies { readonly [Purpose in Exclude<keyof ClaimNames, 'session'>]: string };
