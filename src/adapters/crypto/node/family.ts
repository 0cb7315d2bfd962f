import type { AlgorithmRow } from '../../../domain/jose/algorithms.ts';
import type { Bound } from '../../../domain/jose/usable-key.ts';
import type { Signer } from '../../../ports/crypto-provider.ts';

/** One signature scheme of `node:crypto`. What it makes is bound to one key and one algorithm. */
export interface Family {
  /** Whether this runtime's OpenSSL has the algorithm. */
  supports(row: AlgorithmRow): boolean;
  signer(bound: Bound): (data: Uint8Array) => Uint8Array;
  /** A faster way to compact tokens (`Signer.compactSealer`); undefined where this runtime has none. */
  compactSealer?(bound: Bound): Signer['compactSealer'];
  /** A faster way in for compact tokens; undefined where this runtime has none. It may answer undefined for a token it does not fit. */
  compactVerifier?(bound: Bound): ((token: string, lastDot: number) => boolean | undefined) | undefined;
  /** Is given signatures of the right length only. */
  verifier(bound: Bound): (data: Uint8Array, signature: Uint8Array) => boolean;
}

/** A digest's name in OpenSSL. */
export const HASHES = { 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' } as const;

/** The digest of an algorithm that names one; undefined (null for `crypto.sign`) where the scheme hashes by itself. */
export function hashOf({ hash }: AlgorithmRow): string | undefined {
  return hash && HASHES[hash];
}
