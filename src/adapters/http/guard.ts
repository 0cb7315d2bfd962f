import type { Authenticated, HeaderSource, TokenService } from '../../application/token-service.ts';
import type { TokenUser } from '../../application/token-user.ts';
import { ConfigError } from '../../domain/errors.ts';
import type { CallContext, User } from '../../ports/user-repository.ts';
import { notAcceptable } from './answers.ts';
import { createChallenges } from './bearer.ts';
import { acceptable } from './content-negotiation.ts';
import type { HttpRoutesOptions, TokenHttpAnswer, TokenHttpRequest } from './exchange.ts';
import { refusal, unauthenticated } from './refusal.ts';

/** Nobody: the request of an `optional` guard that carried no credentials. */
export interface Anonymous {
  readonly user: null;
  readonly claims: null;
}

/** What a guard of each mode lets through. */
export interface GuardResults {
  /** The user is looked up, and must be active. */
  readonly stateful: Authenticated<User>;
  /** The token alone is believed: no user look-up. */
  readonly stateless: Authenticated<TokenUser>;
  /** As stateful, and open to requests without credentials. A token that is refused is refused here too. */
  readonly optional: Authenticated<User> | Anonymous;
}

export type GuardMode = keyof GuardResults;

export interface GuardOptions<Mode extends GuardMode> extends HttpRoutesOptions {
  /** `stateful` unless set. */
  readonly mode?: Mode;
}

export const GUARD_OPTIONS = ['mode', 'onError'] as const satisfies readonly (keyof GuardOptions<GuardMode>)[];

export type GuardOutcome<Mode extends GuardMode> =
  | { readonly ok: true; readonly auth: GuardResults[Mode] }
  | { readonly ok: false; readonly answer: TokenHttpAnswer };

/**
 * The framework-free guard: the user and claims behind a request, or the answer that refuses it. It never rejects. Throws
 * `ConfigError` for a mode there is not.
 */
export function createHttpGuard<Mode extends GuardMode>(
  service: TokenService,
  { mode, onError }: GuardOptions<Mode>,
): (request: TokenHttpRequest) => Promise<GuardOutcome<Mode>> {
  const challenges = createChallenges(service.config);
  const chosen = mode ?? ('stateful' as Mode); // a Mode that no option names is the default one
  if (!Object.hasOwn(MODES, chosen)) {
    throw new ConfigError('invalid_option', 'mode', `mode must be one of ${Object.keys(MODES).join(', ')}`);
  }
  const authenticate = MODES[chosen];
  return async function guard(request) {
    if (!acceptable(request.header('accept'))) return { ok: false, answer: notAcceptable() };
    try {
      const auth = await authenticate(service, request.headerSource, await request.context());
      return auth === null ? { ok: false, answer: unauthenticated(challenges.missing) } : { ok: true, auth };
    } catch (error) {
      return { ok: false, answer: refusal(error, { challenges, onError }) };
    }
  };
}

const ANONYMOUS: Anonymous = Object.freeze({ user: null, claims: null });

type Modes = {
  readonly [Mode in GuardMode]: (
    service: TokenService,
    source: HeaderSource,
    context: CallContext,
  ) => Promise<GuardResults[Mode] | null>;
};

const MODES: Modes = {
  stateful: (service, source, context) => service.authenticate(source, context),
  stateless: (service, source, context) => service.authenticateStateless(source, context),
  optional: async (service, source, context) => (await service.authenticate(source, context)) ?? ANONYMOUS,
};
