import type { CallContext, Credentials } from '../ports/user-repository.ts';
import type { ObtainDeps } from './obtain-pair.ts';
import type { SlidingTokenAnswer } from './token-service.ts';

/** Builds the ObtainSliding use-case: credentials in, one sliding token out. */
export function createObtainSliding({ login, starter }: ObtainDeps) {
  return function obtainSliding(credentials: Credentials, context: CallContext = {}): Promise<SlidingTokenAnswer> {
    return login(credentials, context, (user, epoch) => starter.sliding(user, epoch, context));
  };
}
