import type { KeyMaterial } from '../../domain/jose/key-material.ts';
import { hasPublicMembers, publicMaterial } from '../../domain/jose/public-key.ts';
import { bindKey, halvesDiffer, PROBE } from '../../domain/jose/usable-key.ts';
import type { CallOptions, CryptoProvider, ImportRequest, Signer, Verifier } from '../../ports/crypto-provider.ts';
import { unlessAborted } from './webcrypto-abort.ts';
import { completed, privateKeyOf, publicKeyOf } from './webcrypto-keys.ts';
import { parametersOf } from './webcrypto-parameters.ts';
import { runtimeCrypto, runtimeSubtle } from './webcrypto-runtime.ts';

/**
 * The CryptoProvider over the Web Crypto API, for any runtime that has `globalThis.crypto`. Everything but `randomBytes` answers later. It has what the
 * runtime has: HS, RS, PS and ES256 to ES512 nearly everywhere, Ed25519, Ed448 and ML-DSA in some, ES256K in none yet; what is missing is a
 * `ConfigError` when a key is imported. A private key serves as a verifier with its public half.
 */
export const webCrypto = {
  async importSigner(request: ImportRequest): Promise<Signer> {
    const bound = bindKey(request, 'sign');
    const { use } = parametersOf(bound);
    const key = await privateKeyOf(bound);
    const sign = async (data: Uint8Array, options?: CallOptions) =>
      new Uint8Array(await unlessAborted(options, () => runtimeSubtle().sign(use, key, ownMemory(data))));
    const { verify } = await webCrypto.importVerifier({ ...request, key: bound.key });
    if ((await verify(PROBE, await sign(PROBE))) !== true) throw halvesDiffer(bound.option);
    return Object.freeze({ algorithm: request.algorithm, kid: request.kid ?? bound.key.kid, sign });
  },

  async importVerifier(request: ImportRequest): Promise<Verifier> {
    const bound = bindKey(request, 'verify');
    const { use } = parametersOf(bound);
    const key = await publicKeyOf(bound);
    const length = bound.row.signatureLength(bound.key);
    const verify = async (data: Uint8Array, signature: Uint8Array, options?: CallOptions) =>
      signature.length === length &&
      unlessAborted(options, () => runtimeSubtle().verify(use, key, ownMemory(signature), ownMemory(data)));
    return Object.freeze({ algorithm: request.algorithm, kid: request.kid ?? bound.key.kid, verify });
  },

  randomBytes(length: number): Uint8Array {
    const octets = new Uint8Array(length);
    for (let at = 0; at < length; at += MOST_RANDOM_OCTETS) {
      runtimeCrypto().getRandomValues(octets.subarray(at, at + MOST_RANDOM_OCTETS));
    }
    return octets;
  },

  async digest(hash: 'SHA-256', data: Uint8Array): Promise<Uint8Array> {
    return new Uint8Array(await runtimeSubtle().digest(hash, ownMemory(data)));
  },

  /** At once where the public half is in hand. */
  publicKey(key: KeyMaterial): KeyMaterial | Promise<KeyMaterial> {
    return key.kty === 'oct' || hasPublicMembers(key) ? publicMaterial(key) : completed(key, 'key').then(publicMaterial);
  },
} as const satisfies CryptoProvider;

/** A caller may reuse its memory at once, and what it gives may be shared between threads, which Web Crypto refuses. */
function ownMemory(octets: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(octets);
}

/** Web Cryptography API section 10.1.1: more is a QuotaExceededError. */
const MOST_RANDOM_OCTETS = 65_536;
