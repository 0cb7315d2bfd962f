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

/** Three lines for a POSIX shell that obtain, use and refresh. Each stands alone: those that need a token obtain one first. */
export function curlLines(
  url: string,
  { username, password }: { readonly username: string; readonly password: string },
): string[] {
  const obtain = `curl -sS ${shellWord(`${url}/api/token/`)} -d username=${username} -d password=${password}`;
  const obtained = (name: string) => `$(${obtain} | sed 's/.*"${name}":"\\([^"]*\\)".*/\\1/')`;
  return [
    `${obtain} -w '\\n'`,
    `curl -sS ${shellWord(`${url}/api/protected/`)} -w '\\n' -H "Authorization: Bearer ${obtained('access')}"`,
    `curl -sS ${shellWord(`${url}/api/token/refresh/`)} -w '\\n' -d "refresh=${obtained('refresh')}"`,
  ];
}

/** The brackets of an IPv6 address mean something to a shell. */
function shellWord(text: string): string {
  return /^[\w:/.-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
