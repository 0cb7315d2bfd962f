import { ConfigError, TokenError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { CallContext, Credentials, User, UserRepository } from '../ports/user-repository.ts';
import type { Announce } from './announce.ts';
import type { TokenConfig } from './config.ts';
import { within } from './deadline.ts';
import type { SessionStarter } from './session-start.ts';
import type { UserGate } from './user-gate.ts';

/** Checks credentials, then starts a session with what `start` makes. Refuses with `no_active_account`, whatever was wrong. */
export type Login = <T>(
  credentials: Credentials,
  context: CallContext,
  start: (user: User, epoch: number) => Promise<T>,
) => Promise<T>;

export interface LoginDeps {
  readonly config: TokenConfig;
  readonly users: UserRepository;
  readonly gate: UserGate;
  readonly starter: SessionStarter;
  readonly announce: Announce;
  readonly clock: Clock;
}

export function createLogin({ config, users, gate, starter, announce, clock }: LoginDeps): Login {
  const recordLogin = config.updateLastLogin ? loginRecorder(config, users, clock) : undefined;

  return async function login(credentials, context, start) {
    const epoch = await starter.epoch(context); // before the credentials are checked: see SessionStarter
    const user = await gate.authenticate(credentials, context);
    if (user === null || !(await gate.mayHoldTokens(user, context))) {
      announce('loginFailed', { context });
      await config.onLoginFailed?.(withoutPassword(credentials), context);
      throw new TokenError('no_active_account');
    }
    const tokens = await start(user, epoch);
    await recordLogin?.(user, context);
    return tokens;
  };
}

function loginRecorder({ onLoginSuccess }: TokenConfig, users: UserRepository, clock: Clock) {
  if (onLoginSuccess !== undefined) return async (user: User, context: CallContext) => onLoginSuccess(user, context);
  if (users.recordLogin === undefined) {
    throw new ConfigError(
      'missing_option',
      'updateLastLogin',
      'updateLastLogin needs users.recordLogin(user, at), or onLoginSuccess',
    );
  }
  return (user: User, caller: CallContext) =>
    within({ caller, code: 'users_unavailable' }, () => users.recordLogin?.(user, clock()));
}

function withoutPassword(credentials: Credentials): Credentials {
  return 'password' in credentials ? { ...credentials, password: '********' } : credentials;
}
