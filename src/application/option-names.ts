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

/** Two claims of one name would overwrite each other. */
export function refuseClashes(names: ClaimNames): void {
  const seen = new Set(['exp', 'iat', 'nbf', 'iss', 'aud', '__proto__']);
  for (const [purpose, name] of Object.entries<string>({ ...names })) {
    if (seen.has(name)) {
      throw new ConfigError(
        'invalid_option',
        `${purpose}Claim`,
        `${name} is the name of another claim already; give each claim a name of its own`,
      );
    }
    seen.add(name);
  }
}
