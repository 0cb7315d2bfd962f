import type { TokenService } from '../../application/token-service.ts';
import { answer, methodNotAllowed } from './answers.ts';
import { createChallenges } from './bearer.ts';
import type { HttpRoutes, HttpRoutesOptions } from './exchange.ts';
import { refusal } from './refusal.ts';

/**
 * The public keys of a service at `/.well-known/jwks.json`, as a JWK Set (RFC 7517 section 5). Anybody may read and cache it. It does
 * not negotiate: clients ask for it by several media types.
 */
export function createJwksRoute(service: TokenService, { onError }: HttpRoutesOptions = {}): HttpRoutes {
  const challenges = createChallenges(service.config);
  return async function answerJwksRequest({ method, path }) {
    if (path !== PATH) return undefined;
    if (!ALLOWED.has(method)) return methodNotAllowed(method, ALLOW);
    try {
      const { keys } = await service.publicJwks();
      return answer(200, { keys }, { 'Cache-Control': 'public, max-age=300', Allow: ALLOW });
    } catch (error) {
      return refusal(error, { challenges, onError });
    }
  };
}

const PATH = '/.well-known/jwks.json';
const ALLOWED: ReadonlySet<string> = new Set(['GET', 'HEAD']);
const ALLOW = [...ALLOWED].join(', ');
