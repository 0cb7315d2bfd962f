import type { TokenService } from '../../application/token-service.ts';
import type { HttpRoutes } from './exchange.ts';
import { createJwksRoute } from './jwks-route.ts';
import { createProtectedRoutes, type ProtectedRoutesOptions } from './protected-routes.ts';
import { createTokenRoutes, TOKEN_ROUTES_OPTIONS, type TokenRoutesOptions } from './token-routes.ts';

export interface ServiceRoutesOptions extends TokenRoutesOptions, ProtectedRoutesOptions {}

export const SERVICE_ROUTES_OPTIONS = [
  ...TOKEN_ROUTES_OPTIONS,
  'protectedPath',
] as const satisfies readonly (keyof ServiceRoutesOptions)[];

/** All that `simplejwt serve` serves: the token routes, the three protected ones and the JWK Set. The first that knows a path answers. */
export function createServiceRoutes(service: TokenService, options: ServiceRoutesOptions = {}): HttpRoutes {
  const all = [createTokenRoutes(service, options), createProtectedRoutes(service, options), createJwksRoute(service, options)];
  return async function answerServiceRequest(request) {
    for (const routes of all) {
      const found = await routes(request);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}
