import type { Algorithm } from '../domain/jose/algorithms.ts';
import type { KeyMaterial } from '../domain/jose/key-material.ts';
import type { CallOptions } from './crypto-provider.ts';
import type { KeySource } from './key-source.ts';

/** A KeySource that can sign too: one of its keys at a time is the primary, which another may become at any moment. */
export interface SigningKeys extends KeySource {
  readonly algorithm: Algorithm;
  /** For how many seconds a key still verifies after it signed last. No token may live longer. */
  readonly overlapSeconds: number;
  /** The private or secret key to sign with now, which has a kid: the same object for as long as it is the same key. */
  primary(options?: CallOptions): KeyMaterial | Promise<KeyMaterial>;
  /** The keys that others need to verify, those that do not sign yet included. Those of the future are published so many seconds ahead. */
  published(options?: CallOptions): PublishedKeys | Promise<PublishedKeys>;
  /** Rejects where there is no key to sign with. */
  ready(): Promise<void>;
}

export interface PublishedKeys {
  readonly keys: readonly KeyMaterial[];
  /** A copy of these may be kept for so long, and a key that signs will be in it. */
  readonly maxAgeSeconds: number;
}
