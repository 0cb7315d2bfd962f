import type { ClaimsSet } from '../domain/claims/claims-set.ts';
import type { CallContext, User } from '../ports/user-repository.ts';
import type { SessionStarter } from './session-start.ts';
import type { SlidingTokenAnswer, TokenPair } from './token-service.ts';

export type IssueContext = CallContext & { readonly claims?: ClaimsSet };

/** Builds the IssuePair use-case: tokens made by hand for a user the application vouches for (Simple JWT's `for_user`). */
export function createIssuePair({ starter }: { readonly starter: SessionStarter }) {
  return async function issuePair(user: User, { claims, ...context }: IssueContext = {}): Promise<TokenPair> {
    return starter.pair(user, await starter.epoch(context), context, claims);
  };
}

/** Builds the IssueSliding use-case. */
export function createIssueSliding({ starter }: { readonly starter: SessionStarter }) {
  return async function issueSliding(user: User, { claims, ...context }: IssueContext = {}): Promise<SlidingTokenAnswer> {
    return starter.sliding(user, await starter.epoch(context), context, claims);
  };
}
