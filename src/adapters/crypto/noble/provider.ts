import { md5 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { randomBytes } from '@noble/hashes/utils.js';
import { ConfigError } from '../../../domain/errors.ts';
import type { AlgorithmRow } from '../../../domain/jose/algorithms.ts';
import type { KeyMaterial } from '../../../domain/jose/key-material.ts';
import type { KeyPurpose } from '../../../domain/jose/key-use.ts';
import { hasPublicMembers, publicMaterial } from '../../../domain/jose/public-key.ts';
import { bindKey, type Bound } from '../../../domain/jose/usable-key.ts';
import type { CryptoProvider, ImportRequest, SyncSigner, SyncVerifier } from '../../../ports/crypto-provider.ts';
import type { Family } from './family.ts';
import { hmac } from './hmac.ts';
import { computedHalf, onCurve } from './on-curve.ts';

/**
 * The CryptoProvider over @noble/hashes and @noble/curves, in JavaScript alone: any runtime, and everything answers at once. It has HS, ES, ES256K,
 * EdDSA, Ed25519 and Ed448, and no RSA. It verifies five to twenty-five times slower than OpenSSL, and JavaScript cannot promise that the time of a
 * signature tells nothing of its key: where `nodeCrypto` or `webCrypto` runs, that is the better one. A private key serves as a verifier with its
 * public half.
 */
export const nobleCrypto = {
  importSigner(request: ImportRequest): SyncSigner {
    const { family, ...bound } = bind(request, 'sign');
    return Object.freeze({
      algorithm: request.algorithm,
      kid: request.kid ?? bound.key.kid,
      sign: family.signer(bound),
    });
  },

  importVerifier(request: ImportRequest): SyncVerifier {
    const { family, ...bound } = bind(request, 'verify');
    const matches = family.verifier(bound);
    const length = bound.row.signatureLength(bound.key);
    return Object.freeze({
      algorithm: request.algorithm,
      kid: request.kid ?? bound.key.kid,
      synchronous: true as const,
      verify: (data: Uint8Array, signature: Uint8Array) => signature.length === length && matches(data, signature),
    });
  },

  randomBytes(length: number): Uint8Array {
    const octets = new Uint8Array(length);
    for (let at = 0; at < length; at += MOST_RANDOM_OCTETS) {
      octets.set(randomBytes(Math.min(length - at, MOST_RANDOM_OCTETS)), at);
    }
    return octets;
  },

  digest: (_hash: 'SHA-256', data: Uint8Array): Uint8Array => sha256(data),
  md5: (data: Uint8Array): Uint8Array => md5(data),
  publicKey: (key: KeyMaterial): KeyMaterial =>
    key.crv === undefined || hasPublicMembers(key) ? publicMaterial(key) : computedHalf(key, 'key'),
} as const satisfies CryptoProvider;

function bind(request: ImportRequest, purpose: KeyPurpose): Bound & { readonly family: Family } {
  const bound = bindKey(request, purpose);
  const family = FAMILIES[bound.row.scheme];
  if (family !== undefined) return { ...bound, family };
  const { name, kty } = bound.row;
  const lacking = kty === 'RSA' ? 'noble has no RSA' : '@noble/curves has no ML-DSA';
  throw new ConfigError(
    'unsupported_runtime',
    'algorithm',
    `${name} is not in nobleCrypto, as ${lacking}: use nodeCrypto or webCrypto.`,
  );
}

const FAMILIES: Readonly<Partial<Record<AlgorithmRow['scheme'], Family>>> = { hmac, ecdsa: onCurve, eddsa: onCurve };

/** Web Cryptography API section 10.1.1: more is a QuotaExceededError. */
const MOST_RANDOM_OCTETS = 65_536;
