import type { RevocationStore } from './revocation-store.ts';
import type { RotationStore } from './rotation-store.ts';
import type { SessionStore } from './session-store.ts';

/** Token storage: the three ports a service needs of one store. */
export interface TokenStore extends RotationStore, RevocationStore, SessionStore {
  /** True where expired records go by themselves; the others are flushed every `flushIntervalSeconds`. */
  readonly expiresNatively?: boolean;
}
