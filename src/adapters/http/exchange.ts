import type { MaybePromise } from '../../application/maybe-promise.ts';
import type { HeaderSource } from '../../application/token-service.ts';
import type { CallContext } from '../../ports/user-repository.ts';

/** A request as the routes see it, whatever framework it came through. */
export interface TokenHttpRequest {
  readonly method: string;
  /** The path of the request target, without its query. */
  readonly path: string;
  /** The value of a header field, by its name in lower case. What was sent several times is joined with commas (RFC 9110 section 5.3). */
  header(name: string): string | null;
  /** All header fields in the form `service.authenticate` reads, where a header that was sent twice still shows as two. */
  readonly headerSource: HeaderSource;
  /** The content, or undefined when it is larger than this: it is left off as soon as it is. Asked for at most once. */
  content(limitBytes: number): Promise<Uint8Array | undefined>;
  /** What the calls of the service are given: the request's signal and what the application adds. Asked for at most once. */
  context(): MaybePromise<CallContext>;
}

/** An answer: its `body` is JSON text, which the answer to HEAD leaves off (RFC 9110 section 9.3.2). */
export interface TokenHttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A set of routes: answers the paths it knows, and undefined for those of others, at once where nothing is waited for. */
export type HttpRoutes = (request: TokenHttpRequest) => MaybePromise<TokenHttpAnswer | undefined>;

export interface HttpRoutesOptions {
  /**
   * Told of every error that is not a `TokenError`, to which the client gets a bare 500, and of all that `respond` throws, which costs
   * the client no more than the additions. Without it, and where it throws itself, they go to `console.error`.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
}
