import { hmac as createHmac } from '@noble/hashes/hmac.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { sameSecret } from '../../../domain/constant-time.ts';
import type { Bound } from '../../../domain/jose/usable-key.ts';
import type { Family } from './family.ts';

/** HMAC with SHA-2 (RFC 7518 section 3.2). */
export const hmac: Family = {
  signer: macOf,
  verifier(bound) {
    const mac = macOf(bound);
    return (data, signature) => sameSecret(mac(data), signature);
  },
};

/** The key is taken in once; each call goes on from a copy of that state. */
function macOf({ key, row }: Bound): (data: Uint8Array) => Uint8Array {
  const keyed = createHmac.create(HASHES[row.hash ?? 'SHA-256'], key.secret ?? new Uint8Array()); // never absent: bindKey saw an oct key
  return (data) => keyed.clone().update(data).digest();
}

const HASHES = { 'SHA-256': sha256, 'SHA-384': sha384, 'SHA-512': sha512 } as const;
