import type { TokenService } from '../../application/token-service.ts';

/** The JWK Set of a service's public keys (RFC 7517), for `/.well-known/jwks.json`. Empty with HS*: a secret is never published. */
export function publicJwks(service: Pick<TokenService, 'publicJwks'>): ReturnType<TokenService['publicJwks']> {
  return service.publicJwks();
}
