import { randomBytes } from 'node:crypto';
import { recommended } from '../../application/config.ts';
import type { ServeConfig } from './serve-config.ts';

/** A service for looking at: a fresh key, one user with a random password, the recommended settings. */
export function createDemonstration(): ServeConfig {
  const password = randomBytes(12).toString('base64url');
  return {
    settings: { ...recommended, algorithm: 'HS256', signingKey: randomBytes(32) },
    users: [{ id: '1', username: 'demo', password, isActive: true }],
  };
}

/**
 * Three lines for a POSIX shell that obtain, use and refresh. The first and the last keep the answer in TOKENS, so that they work one after
 * another, and each of them again.
 */
export function curlLines(
  url: string,
  { username, password }: { readonly username: string; readonly password: string },
): string[] {
  const token = shellWord(`${url}/api/token/`);
  return [
    `TOKENS=$(curl -sS ${token} -d username=${username} -d password=${password}) && echo "$TOKENS"`,
    `curl -sS ${shellWord(`${url}/api/protected/`)} -w '\\n' -H "Authorization: Bearer ${member('access')}"`,
    `TOKENS=$(curl -sS ${shellWord(`${url}/api/token/refresh/`)} -d "refresh=${member('refresh')}") && echo "$TOKENS"`,
  ];
}

/** A member of the JSON in TOKENS, with what every shell has. */
function member(name: string): string {
  return `$(echo "$TOKENS" | sed 's/.*"${name}":"\\([^"]*\\)".*/\\1/')`;
}

/** The brackets of an IPv6 address mean something to a shell. */
function shellWord(text: string): string {
  return /^[\w:/.-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
