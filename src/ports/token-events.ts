import type { ReuseKind } from '../domain/family/token-family.ts';
import type { FamilyId, UserId } from '../domain/token/token-id.ts';
import type { CallContext } from './user-repository.ts';

/**
 * Observers. They cannot veto or fail an operation: what they throw is dropped. No event carries a token, a key or a password.
 */
export interface TokenEvents {
  obtained?(event: SessionEvent): unknown;
  loginFailed?(event: ContextEvent): unknown;
  refreshed?(event: SessionEvent): unknown;
  /** The grace window gave a predecessor its successor again. */
  replayed?(event: SessionEvent): unknown;
  /** A spent token came back: a lost answer, or a thief. */
  reused?(event: SessionEvent & { readonly kind: ReuseKind; readonly familyEnded: boolean }): unknown;
  revoked?(event: SessionEvent & { readonly scope: 'token' | 'family' | 'user' | 'other_sessions' }): unknown;
  storeError?(event: ContextEvent & { readonly operation: string; readonly error: unknown }): unknown;
}

export interface ContextEvent {
  readonly context: CallContext;
}

export interface SessionEvent extends ContextEvent {
  readonly user: UserId | undefined;
  /** Undefined where the token names no family and the store was not asked for it. */
  readonly family: FamilyId | undefined;
}
