import type { TokenService } from '../../application/token-service.ts';
import { answer, methodNotAllowed } from './answers.ts';
import type { HttpRoutes, HttpRoutesOptions, TokenHttpAnswer, TokenHttpRequest } from './exchange.ts';
import { createHttpGuard, type GuardMode, type GuardResults } from './guard.ts';
import { createRouteTable } from './route-table.ts';

export interface ProtectedRoutesOptions extends HttpRoutesOptions {
  /** Where the routes are: `/api` unless set. */
  readonly protectedPath?: string;
}

/**
 * Three routes that show who a request is from, as `simplejwt serve` has them: `/protected`, `/stateless` and `/optional`. They
 * answer `{ user, auth }`: a user's id and name, and the claims of the token.
 */
export function createProtectedRoutes(
  service: TokenService,
  { protectedPath = '/api', onError }: ProtectedRoutesOptions = {},
): HttpRoutes {
  const route = <Mode extends GuardMode>(mode: Mode, show: (user: GuardResults[Mode]['user']) => object | null): Route => {
    const guard = createHttpGuard(service, { mode, onError });
    return async (request) => {
      const outcome = await guard(request);
      if (!outcome.ok) return outcome.answer;
      const { user, claims } = outcome.auth;
      // after the guard, as in Simple JWT: who may not enter is not told what is allowed inside
      return ALLOWED.has(request.method)
        ? answer(200, request.method === 'OPTIONS' ? { name: mode } : { user: show(user), auth: claims }, { Allow: ALLOW })
        : methodNotAllowed(request.method, ALLOW);
    };
  };
  const routeOf = createRouteTable<Route>(
    protectedPath,
    new Map([
      ['/protected', route('stateful', knownUser)],
      ['/stateless', route('stateless', ({ id, username, isStaff }) => ({ id, username, is_staff: isStaff }))],
      ['/optional', route('optional', (user) => (user === null ? null : knownUser(user)))],
    ]),
  );
  return (request) => routeOf(request.path)?.(request);
}

type Route = (request: TokenHttpRequest) => Promise<TokenHttpAnswer>;

/** Only these two: whatever else an application keeps on its users, a credential among it, is not for showing. */
function knownUser(user: GuardResults['stateful']['user']): object {
  const username: unknown = Reflect.get(user, 'username');
  return { id: user.id, username: typeof username === 'string' ? username : '' };
}

const ALLOWED: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const ALLOW = [...ALLOWED].join(', ');
