import { ownOptions } from '../../application/option-names.ts';
import type { TokenService } from '../../application/token-service.ts';
import { TokenError } from '../../domain/errors.ts';
import type { CallContext } from '../../ports/user-repository.ts';
import { answerBy, notFound } from './answers.ts';
import type { HttpRoutes, HttpRoutesOptions, TokenHttpAnswer, TokenHttpRequest } from './exchange.ts';
import { createHttpGuard, GUARD_OPTIONS, type GuardMode, type GuardOptions, type GuardResults } from './guard.ts';
import { BoundedContent } from './request-content.ts';
import { createServiceRoutes, SERVICE_ROUTES_OPTIONS, type ServiceRoutesOptions } from './service-routes.ts';
import { createTokenRoutes, TOKEN_ROUTES_OPTIONS, type TokenRoutesOptions } from './token-routes.ts';

export type { Anonymous, GuardMode, GuardOptions, GuardResults } from './guard.ts';

export interface RequestContextOptions {
  /** What the calls of the service get besides the request's signal, such as `metadata` or a tenant. */
  readonly context?: (request: Request) => CallContext | Promise<CallContext>;
}

export interface TokenHandlerOptions extends TokenRoutesOptions, RequestContextOptions {}
export interface ServiceHandlerOptions extends ServiceRoutesOptions, RequestContextOptions {}

/**
 * The token routes as a fetch handler, for runtimes and frameworks that speak `Request` and `Response`. A path that is not one of
 * them is answered 404, what the service throws by its code. It does not reject.
 */
export function createTokenHandler(
  service: TokenService,
  options: TokenHandlerOptions = {},
): (request: Request) => Promise<Response> {
  const own = ownOptions(options, [...TOKEN_ROUTES_OPTIONS, 'context']);
  return createHandler(createTokenRoutes(service, own), own);
}

/** All that `simplejwt serve` serves: the token routes, the protected routes that show who is asking, and the JWK Set. */
export function createServiceHandler(
  service: TokenService,
  options: ServiceHandlerOptions = {},
): (request: Request) => Promise<Response> {
  const own = ownOptions(options, [...SERVICE_ROUTES_OPTIONS, 'context']);
  return createHandler(createServiceRoutes(service, own), own);
}

/**
 * Guards your own routes. It answers the user and the claims behind a request, or the response that refuses it:
 *
 *     const auth = await guard(request);
 *     if (auth instanceof Response) return auth;
 *
 * `mode` is `'stateful'` (the user is looked up), `'stateless'` (the token alone) or `'optional'` (`{ user: null, claims: null }` for
 * a request without credentials; a token that is refused is a 401 all the same). It does not reject.
 */
export function createGuard<Mode extends GuardMode = 'stateful'>(
  service: TokenService,
  options: GuardOptions<Mode> & RequestContextOptions = {},
): (request: Request) => Promise<GuardResults[Mode] | Response> {
  const own = ownOptions(options, [...GUARD_OPTIONS, 'context']);
  const guard = createHttpGuard(service, own);
  return async function guardRequest(request) {
    const outcome = await guard(httpRequestOf(request, own));
    return outcome.ok ? outcome.auth : responseOf(request, outcome.answer);
  };
}

function createHandler(
  routes: HttpRoutes,
  options: HttpRoutesOptions & RequestContextOptions,
): (request: Request) => Promise<Response> {
  return async function handle(request) {
    return responseOf(request, (await answerBy(routes, httpRequestOf(request, options), options)) ?? notFound());
  };
}

function httpRequestOf(request: Request, { context }: RequestContextOptions): TokenHttpRequest {
  return {
    method: request.method,
    path: new URL(request.url).pathname,
    header: (name) => request.headers.get(name),
    headerSource: request.headers,
    content: (limitBytes) => contentOf(request, limitBytes),
    context: () => (context === undefined ? { signal: request.signal } : added(context(request), request)),
  };
}

async function added(context: CallContext | Promise<CallContext>, { signal }: Request): Promise<CallContext> {
  return { ...(await context), signal };
}

/** The content of a request until it ends, its client goes away, or it is too large. */
async function contentOf({ body, signal }: Request, limitBytes: number): Promise<Uint8Array | undefined> {
  const content = new BoundedContent(limitBytes);
  if (body === null) return content.joined();
  // throws when the application has read the body before: its mistake, so an accident
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  try {
    for (;;) {
      const { done, value } = await untilAborted(reader.read(), signal);
      if (done) return content.joined();
      if (!content.take(value)) return undefined;
    }
  } finally {
    reader.cancel().catch(() => undefined); // not awaited: a source that hangs would hold up the answer
  }
}

/** A synthetic Request's body does not end with its signal, so that is seen to here. */
function untilAborted<T>(reading: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (cause: unknown): void => reject(new TokenError('aborted', { cause }));
    const onAbort = (): void => abort(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    reading.then(resolve, abort).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** RFC 9110 sections 9.3.2 and 15.4.5: the answer to HEAD has no content, nor has 304. */
function responseOf({ method }: Request, { status, headers, body }: TokenHttpAnswer): Response {
  return new Response(method === 'HEAD' || body === '' ? null : body, { status, headers });
}
