import { createHash, randomBytes } from 'node:crypto';
import { createIdentifiers } from '../../../application/identifiers.ts';
import { ConfigError } from '../../../domain/errors.ts';
import type { Algorithm } from '../../../domain/jose/algorithms.ts';
import type { KeyPurpose } from '../../../domain/jose/key-use.ts';
import { bindKey, halvesDiffer, PROBE, type Bound } from '../../../domain/jose/usable-key.ts';
import type { CryptoProvider, ImportRequest, SyncSigner, SyncVerifier } from '../../../ports/crypto-provider.ts';
import { createCompactCheck } from './compact-check.ts';
import { createCompactSealer } from './compact-sealer.ts';
import { decodeText } from './decode-text.ts';
import { encodeText } from './encode-text.ts';
import { FAMILIES } from './families.ts';
import { HASHES, type Family } from './family.ts';
import { publicHalf } from './public-half.ts';

/**
 * The CryptoProvider over `node:crypto`. Everything answers at once. Keys are checked by the domain and become KeyObjects when they
 * are imported; what they are given later can only be right or wrong. A private key serves as a verifier with its public half.
 */
export const nodeCrypto = {
  importSigner(request: ImportRequest): SyncSigner {
    const { family, ...bound } = bind(request, 'sign');
    const sign = family.signer(bound);
    assertPair(family, bound, sign);
    const signer = { algorithm: request.algorithm, kid: request.kid ?? bound.key.kid, sign };
    return withFastWay(signer, 'compactSealer', family.compactSealer?.(bound) ?? createCompactSealer(sign));
  },

  importVerifier(request: ImportRequest): SyncVerifier {
    const { family, ...bound } = bind(request, 'verify');
    const matches = family.verifier(bound);
    const length = bound.row.signatureLength(bound.key);
    const verify = (data: Uint8Array, signature: Uint8Array) => signature.length === length && matches(data, signature);
    const verifier = { algorithm: request.algorithm, kid: request.kid ?? bound.key.kid, synchronous: true as const, verify };
    return withFastWay(verifier, 'verifyCompact', family.compactVerifier?.(bound) ?? createCompactCheck(length, matches));
  },

  decodeText,
  encodeText,
  randomBytes: (length: number): Uint8Array => randomBytes(length),
  digest: (hash: 'SHA-256', data: Uint8Array): Uint8Array => createHash(HASHES[hash]).update(data).digest(),
  md5: (data: Uint8Array): Uint8Array => createHash('md5').update(data).digest(),
  publicKey: publicHalf,
} as const satisfies CryptoProvider;

/** Not enumerable: `{ ...signer, sign: audited }` must not keep the fast way past what it puts in place of the slow one. */
function withFastWay<T extends object>(value: T, name: 'compactSealer' | 'verifyCompact', way: unknown): Readonly<T> {
  return Object.freeze(Object.defineProperty(value, name, { value: way }));
}

/**
 * 128 random bits as 32 lower hex characters: a `jti` for tokens that you sign yourself. Drawn from a pool, it costs a tenth of a call of
 * `randomBytes`; each worker and process has a pool of its own. Issue none while a startup snapshot is built: it would repeat.
 */
export const randomId: () => string = createIdentifiers((length) => randomBytes(length));

/** A key that was found usable for an algorithm of this runtime. Throws `ConfigError` for any other. */
export function bind(request: ImportRequest, purpose: KeyPurpose): Bound & { readonly family: Family } {
  const bound = bindKey(request, purpose);
  const family = FAMILIES[bound.row.scheme];
  if (!family.supports(bound.row)) throw unsupported(bound.row.name, family);
  return { ...bound, family };
}

function assertPair(family: Family, bound: Bound, sign: (data: Uint8Array) => Uint8Array): void {
  if (!family.verifier(bound)(PROBE, sign(PROBE))) throw halvesDiffer(bound.option);
}

function unsupported(algorithm: Algorithm, family: Family): ConfigError {
  const remedy =
    family === FAMILIES['ml-dsa'] ? 'it needs Node >= 24.6 with OpenSSL >= 3.5' : 'use another algorithm or provider';
  return new ConfigError('unsupported_runtime', 'algorithm', `${algorithm} is not in this runtime's OpenSSL: ${remedy}.`);
}
