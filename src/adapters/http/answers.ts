import { recover, type MaybePromise } from '../../application/maybe-promise.ts';
import type { HttpRoutes, HttpRoutesOptions, TokenHttpAnswer, TokenHttpRequest } from './exchange.ts';

/** An answer that no cache may keep: nearly all of these carry or refuse tokens (RFC 6750 section 5.3). */
export function answer(status: number, body: object, headers?: Readonly<Record<string, string>>): TokenHttpAnswer {
  return {
    status,
    headers: headers === undefined ? COMMON_HEADERS : { ...COMMON_HEADERS, ...headers },
    body: JSON.stringify(body),
  };
}

/** The answer of these routes, whatever they throw. */
export function answerBy(
  routes: HttpRoutes,
  request: TokenHttpRequest,
  { onError }: HttpRoutesOptions,
): MaybePromise<TokenHttpAnswer | undefined> {
  return recover(
    () => routes(request),
    (error) => accident(error, onError),
  );
}

/** The same for every path that no route knows. */
export function notFound(): TokenHttpAnswer {
  return answer(404, { detail: 'Not found.' });
}

/** RFC 9110 section 15.5.6: a 405 lists what the resource does allow. */
export function methodNotAllowed(method: string, allow: string): TokenHttpAnswer {
  return answer(405, { detail: `Method "${method}" not allowed.` }, { Allow: allow });
}

export function notAcceptable(): TokenHttpAnswer {
  return answer(406, { detail: 'Could not satisfy the request Accept header.' });
}

/** An accident: reported to the application, of which the client learns nothing. */
export function accident(error: unknown, onError: HttpRoutesOptions['onError']): TokenHttpAnswer {
  report(error, onError);
  return answer(500, { detail: 'Internal server error.' });
}

/** Tells the application. That it cannot take the news, now or later, is no reason to leave the client without its answer. */
export function report(error: unknown, onError: HttpRoutesOptions['onError'] = logError): void {
  void recover<unknown, void>(
    () => onError(error),
    (thrown) => {
      logError(error);
      logError(thrown);
    },
  );
}

function logError(error: unknown): void {
  // oxlint-disable-next-line no-console -- silence would hide a broken hook from an application that gave no onError
  console.error(error);
}

const COMMON_HEADERS = Object.freeze({ 'Content-Type': 'application/json', Vary: 'Accept', 'Cache-Control': 'no-store' });
