import { TokenError } from '../domain/errors.ts';
import type { HeaderBag, HeaderSource } from './token-service.ts';

/** Finds the token in a request: undefined when no credentials of our scheme were sent. Throws `bad_authorization_header`. */
export type ReadAuthorization = (source: HeaderSource) => string | undefined;

export function createAuthorizationReader(headerName: string, schemes: readonly string[]): ReadAuthorization {
  const name = headerName.toLowerCase();
  const accepted: ReadonlySet<string> = new Set(schemes.map((scheme) => scheme.toLowerCase())); // RFC 9110 section 11.1: case-insensitive

  return function readAuthorization(source) {
    const value = headerValue(isBagHolder(source) ? source.headers : source, name);
    if (value === undefined) return undefined;
    const [scheme, token, ...others] = value.split(/[\t\n\v\f\r ]+/).filter((word) => word !== '');
    if (scheme === undefined || !accepted.has(scheme.toLowerCase())) return undefined;
    if (token === undefined || others.length > 0) throw new TokenError('bad_authorization_header');
    return token;
  };
}

function headerValue(headers: HeaderBag, name: string): string | undefined {
  if (hasGet(headers)) return headers.get(name) ?? undefined;
  let found: string | undefined;
  for (const [key, value] of Object.entries(headers)) {
    if (key.toLowerCase() !== name || value === undefined) continue;
    const [first, ...more] = typeof value === 'string' ? [value] : value;
    if (first === undefined) continue;
    // two headers could be read as either: RFC 9110 section 5.3 allows the field once
    if (found !== undefined || more.length > 0) throw new TokenError('bad_authorization_header');
    found = first;
  }
  return found;
}

function isBagHolder(source: HeaderSource): source is { readonly headers: HeaderBag } {
  return !hasGet(source) && typeof source['headers'] === 'object' && !Array.isArray(source['headers']);
}

function hasGet(headers: object): headers is { get(name: string): string | null } {
  return 'get' in headers && typeof headers.get === 'function';
}
