import { isThenable } from '../../application/maybe-promise.ts';
import type { RefreshedTokens, SlidingTokenAnswer, TokenPair, TokenService } from '../../application/token-service.ts';
import type { CallContext } from '../../ports/user-repository.ts';
import { answer, methodNotAllowed, notAcceptable, report } from './answers.ts';
import { createChallenges } from './bearer.ts';
import { acceptable } from './content-negotiation.ts';
import type { HttpRoutes, HttpRoutesOptions, TokenHttpAnswer, TokenHttpRequest } from './exchange.ts';
import { checkFields, type Field } from './field-errors.ts';
import { refusal } from './refusal.ts';
import { BODY_TYPES, readBody } from './request-body.ts';
import { createRouteTable } from './route-table.ts';

export interface TokenRoutesOptions extends HttpRoutesOptions {
  /** Where the routes are: `/api/token` unless set. `''` puts them at the root. */
  readonly basePath?: string;
}

export const TOKEN_ROUTES_OPTIONS = ['basePath', 'onError'] as const satisfies readonly (keyof TokenRoutesOptions)[];

/**
 * The token routes of Simple JWT over any framework: bodies, statuses and errors are those of `SIMPLE-JWT.md` A1 to A4 and A13. Each
 * path is served with and without a final slash. Throws `ConfigError` for a `basePath` that is no path.
 */
export function createTokenRoutes(
  service: TokenService,
  { basePath = '/api/token', onError }: TokenRoutesOptions = {},
): HttpRoutes {
  const token = createChallenges(service.config);
  // a failed login presented no token, so none was refused
  const challenges = { token, credentials: { ...token, refused: token.missing } };
  const routeOf = createRouteTable(basePath, ROUTES);

  async function serve(route: TokenRoute, request: TokenHttpRequest): Promise<TokenHttpAnswer> {
    try {
      const body = await readBody(request);
      if (!body.ok) return body.answer;
      const fields = checkFields(body.fields, route.fields);
      if (!fields.ok) return answer(400, fields.errors);
      const added = request.context();
      const context = isThenable(added) ? await added : added;
      const result = await route.run(service, fields.values, context);
      return route.issues && service.config.respond !== undefined ? await issue(result, context) : answer(200, result);
    } catch (error) {
      return refusal(error, { challenges: challenges[route.presents], field: route.fields[0].name, onError });
    }
  }

  /** The tokens are issued, and a refresh token is spent: additions that fail must not cost the session. */
  async function issue(issued: Result, context: CallContext): Promise<TokenHttpAnswer> {
    const tokensAlone = answer(200, issued);
    try {
      return answer(200, await respond(service, { ...issued }, context));
    } catch (error) {
      report(error, onError);
      return tokensAlone;
    }
  }

  return function answerTokenRequest(request) {
    const route = routeOf(request.path);
    if (route === undefined) return undefined;
    if (!acceptable(request.header('accept'))) return notAcceptable();
    if (request.method === 'OPTIONS') return describe(route);
    if (request.method !== 'POST') return methodNotAllowed(request.method, ALLOW);
    return serve(route, request);
  };
}

interface TokenRoute {
  /** What OPTIONS calls it. */
  readonly name: string;
  readonly fields: readonly [Field, ...Field[]];
  readonly presents: 'credentials' | 'token';
  /** Whether the result is tokens, to which `respond` may add. */
  readonly issues: boolean;
  run(service: TokenService, values: FieldValues, context: CallContext): Promise<Result>;
}

type FieldValues = Readonly<Record<string, string>>;
type Result = TokenPair | RefreshedTokens | SlidingTokenAnswer | { readonly message: string } | NoContent;
type NoContent = Readonly<Record<string, never>>;

/** What `respond` adds comes after the tokens; it can neither replace a token nor put one where none was issued. */
async function respond(
  { config }: TokenService,
  issued: Readonly<Record<string, string>>,
  context: CallContext,
): Promise<Readonly<Record<string, unknown>>> {
  const added: object = (await config.respond?.(issued, context)) ?? {};
  return { ...issued, ...Object.fromEntries(Object.entries(added).filter(([name]) => !TOKEN_NAMES.has(name))) };
}

/** RFC 9110 section 9.3.7. */
function describe({ name }: TokenRoute): TokenHttpAnswer {
  return answer(200, { name, renders: ['application/json'], parses: BODY_TYPES }, { Allow: ALLOW });
}

const ALLOW = 'POST, OPTIONS';
const TOKEN_NAMES: ReadonlySet<string> = new Set(['access', 'refresh', 'token']);

const USERNAME: Field = { name: 'username', trimmed: true };
const PASSWORD: Field = { name: 'password', trimmed: false };
const REFRESH: Field = { name: 'refresh', trimmed: true };
const TOKEN: Field = { name: 'token', trimmed: true };

const ROUTES: ReadonlyMap<string, TokenRoute> = new Map<string, TokenRoute>([
  [
    '',
    {
      name: 'Token Obtain Pair',
      fields: [USERNAME, PASSWORD],
      presents: 'credentials',
      issues: true,
      run: (service, credentials, context) => service.obtainPair(credentials, context),
    },
  ],
  [
    '/refresh',
    {
      name: 'Token Refresh',
      fields: [REFRESH],
      presents: 'token',
      issues: true,
      run: (service, { refresh = '' }, context) => service.refresh(refresh, context),
    },
  ],
  [
    '/verify',
    {
      name: 'Token Verify',
      fields: [TOKEN],
      presents: 'token',
      issues: false,
      run: async (service, { token = '' }, context) => {
        await service.verify(token, context);
        return {};
      },
    },
  ],
  [
    '/blacklist',
    {
      name: 'Token Blacklist',
      fields: [REFRESH],
      presents: 'token',
      issues: false,
      run: async (service, { refresh = '' }, context) => {
        await service.blacklist(refresh, { ...context, types: ['refresh'] });
        return {};
      },
    },
  ],
  [
    '/sliding',
    {
      name: 'Token Obtain Sliding',
      fields: [USERNAME, PASSWORD],
      presents: 'credentials',
      issues: true,
      run: (service, credentials, context) => service.obtainSliding(credentials, context),
    },
  ],
  [
    '/sliding/refresh',
    {
      name: 'Token Refresh Sliding',
      fields: [TOKEN],
      presents: 'token',
      issues: true,
      run: (service, { token = '' }, context) => service.refreshSliding(token, context),
    },
  ],
  [
    '/family/blacklist',
    {
      name: 'Token Family Blacklist',
      fields: [REFRESH],
      presents: 'token',
      issues: false,
      run: async (service, { refresh = '' }, context) => {
        await service.blacklistFamily(refresh, context);
        return { message: 'Token Family blacklisted' };
      },
    },
  ],
]);
