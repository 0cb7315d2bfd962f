import type { CryptoProvider, ImportRequest, Signer, Verifier } from '../../../ports/crypto-provider.ts';
import { POOLED_FAMILIES } from './pooled-families.ts';
import { bind, nodeCrypto } from './provider.ts';

/**
 * `nodeCrypto` for those who must not hold the event loop: what takes OpenSSL more than some 50 us (signing with RSA, verifying with ECDSA, EdDSA and
 * ML-DSA...) runs on libuv's threads, the rest where `nodeCrypto` runs it. Everything made with it answers later. It is the faster one only for many
 * calls at a time on two cores and more; a lone call takes longer, and each costs more CPU time: see docs/workers.md.
 */
export const nodeCryptoAsync = {
  ...nodeCrypto,

  async importSigner(request: ImportRequest): Promise<Signer> {
    const bound = bind(request, 'sign');
    const signer = nodeCrypto.importSigner({ ...request, key: bound.key }); // also refuses halves of different keys
    const pooled = POOLED_FAMILIES.get(bound.row.scheme);
    if (pooled?.signs(bound.key) !== true) return signer;
    return Object.freeze({ algorithm: signer.algorithm, kid: signer.kid, sign: pooled.signer(bound) });
  },

  async importVerifier(request: ImportRequest): Promise<Verifier> {
    const bound = bind(request, 'verify');
    const verifier = nodeCrypto.importVerifier({ ...request, key: bound.key });
    const pooled = POOLED_FAMILIES.get(bound.row.scheme);
    if (pooled?.verifies(bound.key) !== true) return verifier;
    const matches = pooled.verifier(bound);
    const length = bound.row.signatureLength(bound.key);
    const verify: Verifier['verify'] = async (data, signature, options) =>
      signature.length === length && matches(data, signature, options);
    return Object.freeze({ algorithm: verifier.algorithm, kid: verifier.kid, verify });
  },
} as const satisfies CryptoProvider;
