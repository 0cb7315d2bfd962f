import { ConfigError } from '../domain/errors.ts';
import type { ClaimNames } from '../domain/token/mint.ts';

/** A misspelt option would be a switch that silently does nothing, so it is refused with the name that was meant. */
export function refuseUnknown(options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw new ConfigError('unknown_option', name, `unknown option ${name}; did you mean ${nearest(name, known)}?`);
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

/** The known name that takes the fewest edits to reach. */
function nearest(name: string, known: readonly string[]): string {
  let best = known[0] ?? '';
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const substitution = (row[j - 1] ?? 0) + Number(from[i - 1] !== to[j - 1]);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
