import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { Bound } from '../../../domain/jose/usable-key.ts';
import { hashOf, type Family } from './family.ts';
import { createOneShotMac } from './hmac-one-shot.ts';

/** HMAC with SHA-2 (RFC 7518 section 3.2). */
export const hmac: Family = {
  supports: () => true,
  signer: (bound) => macOf(bound),
  verifier(bound) {
    const mac = macOf(bound);
    return (data, signature) => timingSafeEqual(mac(data), signature);
  },
  compactSealer: (bound) => createOneShotMac(bound)?.sealer,
  compactVerifier(bound) {
    const mac = createOneShotMac(bound);
    return mac && ((token, lastDot) => mac.verifies(token, lastDot));
  },
};

function macOf({ key, row }: Bound): (data: Uint8Array) => Uint8Array {
  const secret = createSecretKey(key.secret ?? new Uint8Array()); // never absent: assertUsable saw an oct key
  const hash = hashOf(row) ?? '';
  return (data) => createHmac(hash, secret).update(data).digest();
}
