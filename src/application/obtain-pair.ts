import type { CallContext, Credentials } from '../ports/user-repository.ts';
import type { Login } from './login.ts';
import type { SessionStarter } from './session-start.ts';
import type { TokenPair } from './token-service.ts';

export interface ObtainDeps {
  readonly login: Login;
  readonly starter: SessionStarter;
}

/** Builds the ObtainPair use-case: credentials in, a refresh and an access token out. */
export function createObtainPair({ login, starter }: ObtainDeps) {
  return function obtainPair(credentials: Credentials, context: CallContext = {}): Promise<TokenPair> {
    return login(credentials, context, (user, epoch) => starter.pair(user, epoch, context));
  };
}
