import type { KeyMaterial } from '../domain/jose/key-material.ts';
import type { CallOptions, Verifier } from './crypto-provider.ts';

/** What a token says about its key: a hint, never an authority. */
export interface KeyHint {
  readonly alg: string;
  readonly kid?: string | undefined;
  /**
   * The encoded payload, of which nothing is known to be true yet: for a source that keeps apart the keys of several issuers. It may choose among
   * them, and never says where to fetch any.
   */
  readonly payload?: string | undefined;
}

/**
 * Where verification keys come from. `candidates` answers the few keys that may have signed a token with this header; none means the
 * key is unknown. A source that cannot tell (its document is out of reach) throws or rejects: the token is then neither good nor bad and
 * the answer is `keys_unavailable` (503).
 */
export interface KeySource {
  /** True promises that `candidates` never answers a Promise. */
  readonly synchronous?: boolean;
  /** True promises that the same hint is always answered the same keys. */
  readonly fixed?: boolean;
  /**
   * For a source whose keys change: another value than before whenever `candidates` may answer otherwise, and undefined while it must be asked.
   * Needed where verified tokens are remembered (`verifiedTokenCache`).
   */
  revision?(): unknown;
  candidates(hint: KeyHint, options?: CallOptions): VerificationKeys | Promise<VerificationKeys>;
  /** Releases what the source holds (timers, requests). */
  close?(): void | Promise<void>;
}

export type VerificationKeys = readonly (KeyMaterial | Verifier)[];
