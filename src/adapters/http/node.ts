import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MaybePromise } from '../../application/maybe-promise.ts';
import { ownOptions } from '../../application/option-names.ts';
import type { HeaderSource, TokenService } from '../../application/token-service.ts';
import { TokenError } from '../../domain/errors.ts';
import type { CallContext } from '../../ports/user-repository.ts';
import { answerBy, notFound } from './answers.ts';
import { ClientCall } from './client-call.ts';
import type { HttpRoutes, HttpRoutesOptions, TokenHttpAnswer, TokenHttpRequest } from './exchange.ts';
import { createHttpGuard, GUARD_OPTIONS, type GuardMode, type GuardOptions, type GuardResults } from './guard.ts';
import { BoundedContent } from './request-content.ts';
import { createServiceRoutes, SERVICE_ROUTES_OPTIONS, type ServiceRoutesOptions } from './service-routes.ts';
import { createTokenRoutes, TOKEN_ROUTES_OPTIONS, type TokenRoutesOptions } from './token-routes.ts';

export type { Anonymous, GuardMode, GuardOptions, GuardResults } from './guard.ts';

export interface RequestContextOptions {
  /** What the calls of the service get besides the request's signal, such as `metadata` or a tenant. */
  readonly context?: (request: IncomingMessage) => CallContext | Promise<CallContext>;
}

export interface TokenHandlerOptions extends TokenRoutesOptions, RequestContextOptions {}
export interface ServiceHandlerOptions extends ServiceRoutesOptions, RequestContextOptions {}

/** Fits `http.createServer(handler)` and, with its third parameter, the middleware of Connect and Express. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse, next?: () => void) => Promise<void>;

/**
 * The token routes as a node:http handler. A path that is not one of them goes to `next` where there is one, else it is answered
 * 404. It reads bodies itself: mount it before a body parser. How long a body may drip in is bounded by the server's
 * `requestTimeout` (300 seconds unless set); a client that goes away aborts what was begun for it.
 */
export function createTokenHandler(service: TokenService, options: TokenHandlerOptions = {}): NodeHandler {
  const own = ownOptions(options, [...TOKEN_ROUTES_OPTIONS, 'context']);
  return createHandler(createTokenRoutes(service, own), own);
}

/** All that `simplejwt serve` serves: the token routes, the protected routes that show who is asking, and the JWK Set. */
export function createServiceHandler(service: TokenService, options: ServiceHandlerOptions = {}): NodeHandler {
  const own = ownOptions(options, [...SERVICE_ROUTES_OPTIONS, 'context']);
  return createHandler(createServiceRoutes(service, own), own);
}

/**
 * Guards your own routes. It answers the user and the claims behind a request; undefined when it has sent a refusal itself:
 *
 *     const auth = await guard(request, response);
 *     if (auth === undefined) return;
 *
 * The modes are those of the guard in `simplejwt/http/fetch`. It does not reject.
 */
export function createGuard<Mode extends GuardMode = 'stateful'>(
  service: TokenService,
  options: GuardOptions<Mode> & RequestContextOptions = {},
): (request: IncomingMessage, response: ServerResponse) => Promise<GuardResults[Mode] | undefined> {
  const own = ownOptions(options, [...GUARD_OPTIONS, 'context']);
  const guard = createHttpGuard(service, own);
  return async function guardRequest(request, response) {
    const outcome = await guard(new NodeRequest(request, response, own));
    if (outcome.ok) return outcome.auth;
    send(response, outcome.answer);
    return undefined;
  };
}

function createHandler(routes: HttpRoutes, options: HttpRoutesOptions & RequestContextOptions): NodeHandler {
  return async function handle(request, response, next) {
    const found = await answerBy(routes, new NodeRequest(request, response, options), options);
    if (found === undefined && next !== undefined) return next();
    send(response, found ?? notFound());
    if (!request.readableEnded) request.resume(); // what was not read of a body is let go, so that its client gets to read the answer
  };
}

/** A request through node:http. Most of it is never asked for, so that it is worked out when it is. */
class NodeRequest implements TokenHttpRequest {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #options: RequestContextOptions;

  constructor(request: IncomingMessage, response: ServerResponse, options: RequestContextOptions) {
    this.#request = request;
    this.#response = response;
    this.#options = options;
  }

  get method(): string {
    return this.#request.method ?? '';
  }

  get path(): string {
    return pathOf(this.#request.url ?? '/');
  }

  /** Found among the fields as they came: node:http would first make objects of them all, and drop the second of many a field. */
  header(name: string): string | null {
    const { rawHeaders } = this.#request;
    let found: string | null = null;
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const field = rawHeaders[index] ?? '';
      if (field.length !== name.length || field.toLowerCase() !== name) continue;
      const value = rawHeaders[index + 1] ?? '';
      found = found === null ? value : `${found}, ${value}`;
    }
    return found;
  }

  get headerSource(): HeaderSource {
    return { headers: this.#request.headersDistinct }; // `headers` would drop the second of two Authorization headers
  }

  content(limitBytes: number): Promise<Uint8Array | undefined> {
    return contentOf(this.#request, limitBytes);
  }

  context(): MaybePromise<CallContext> {
    const { context } = this.#options;
    const call = new ClientCall(this.#response);
    return context === undefined ? call : added(context(this.#request), call);
  }
}

async function added(context: CallContext | Promise<CallContext>, call: ClientCall): Promise<CallContext> {
  return Object.defineProperty({ ...(await context) }, 'signal', { get: () => call.signal, enumerable: true });
}

/** RFC 9112 section 3.2: a request target is a path and query, or an absolute URI. */
function pathOf(target: string): string {
  if (!target.startsWith('/')) return URL.canParse(target) ? new URL(target).pathname : target;
  const query = target.indexOf('?');
  return query === -1 ? target : target.slice(0, query);
}

/**
 * The content of a request until it ends, its client goes away, or it is too large: then it is still to be answered on this connection. Read by
 * events, at a tenth of what the stream's iterator costs.
 */
function contentOf(request: IncomingMessage, limitBytes: number): Promise<Uint8Array | undefined> {
  const content = new BoundedContent(limitBytes);
  return new Promise((resolve, reject) => {
    const onData = (chunk: Uint8Array): void => {
      if (content.take(chunk)) return;
      request.off('data', onData);
      resolve(undefined);
    };
    const onEnd = (): void => resolve(content.joined());
    const onGone = (cause?: unknown): void => {
      if (!request.readableEnded) reject(new TokenError('aborted', { cause })); // every request closes in the end
    };
    if (request.readableEnded) return onEnd(); // somebody has read it before
    if (request.destroyed) return onGone(request.errored);
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
    request.resume(); // also where somebody had paused it
  });
}

/** node:http leaves the content off in an answer to HEAD, and writes nothing to a client that has gone away. */
function send(response: ServerResponse, { status, headers, body }: TokenHttpAnswer): void {
  const length = Buffer.byteLength(body);
  if (status === 304) return void response.writeHead(status, headers).end(); // RFC 9110 section 8.6: a length would be that of the 200
  // one byte a character: it is ASCII, and goes out without being encoded
  response.writeHead(status, { ...headers, 'Content-Length': length }).end(body, length === body.length ? 'latin1' : 'utf8');
}
