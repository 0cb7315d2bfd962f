import type { TokenService } from '../../application/token-service.ts';
import { encodeBase64url } from '../../domain/jose/base64url.ts';
import { answer, methodNotAllowed } from './answers.ts';
import { createChallenges } from './bearer.ts';
import type { HttpRoutes, HttpRoutesOptions } from './exchange.ts';
import { refusal } from './refusal.ts';

/**
 * The public keys of a service at `/.well-known/jwks.json`, as a JWK Set (RFC 7517 section 5). Anybody may read it, and cache it for as long as the
 * keys allow: a key that signs is in every copy that is still fresh. A copy is confirmed by its ETag (RFC 9110 section 13.1.2). It does not
 * negotiate: clients ask for it by several media types.
 */
export function createJwksRoute(service: TokenService, { onError }: HttpRoutesOptions = {}): HttpRoutes {
  const challenges = createChallenges(service.config);
  return async function answerJwksRequest(request) {
    const { method, path } = request;
    if (path !== PATH) return undefined;
    if (!ALLOWED.has(method)) return methodNotAllowed(method, ALLOW);
    try {
      const [{ keys }, maxAge] = await Promise.all([service.publicJwks(), service.keysMaxAgeSeconds()]);
      const found = answer(200, { keys }, { 'Cache-Control': `public, max-age=${maxAge}`, Allow: ALLOW });
      const etag = await etagOf(found.body);
      const headers = { ...found.headers, ETag: etag };
      return names(request.header('if-none-match'), etag) ? { status: 304, headers, body: '' } : { ...found, headers };
    } catch (error) {
      return refusal(error, { challenges, onError });
    }
  };
}

async function etagOf(body: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body));
  return `"${encodeBase64url(new Uint8Array(digest).subarray(0, 16))}"`;
}

/** RFC 9110 section 13.1.2: a list of entity tags, or `*`; compared weakly, for a proxy that compresses makes ours weak. */
function names(field: string | null, etag: string): boolean {
  const tags = field?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes('*') || tags.includes(etag);
}

const PATH = '/.well-known/jwks.json';
const ALLOWED: ReadonlySet<string> = new Set(['GET', 'HEAD']);
const ALLOW = [...ALLOWED].join(', ');
