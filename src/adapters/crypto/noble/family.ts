import type { Bound } from '../../../domain/jose/usable-key.ts';

/** One signature scheme. What it makes is bound to one key and one algorithm. Throws a `ConfigError` for members that are no key. */
export interface Family {
  signer(bound: Bound): (data: Uint8Array) => Uint8Array;
  /** Is given signatures of the right length only. */
  verifier(bound: Bound): (data: Uint8Array, signature: Uint8Array) => boolean;
}
