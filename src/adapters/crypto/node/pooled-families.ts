import type { KeyObject } from 'node:crypto';
import type { AlgorithmRow } from '../../../domain/jose/algorithms.ts';
import type { KeyMaterial } from '../../../domain/jose/key-material.ts';
import type { Bound } from '../../../domain/jose/usable-key.ts';
import type { CallOptions } from '../../../ports/crypto-provider.ts';
import { derRoom, derSignature, rawSignature } from './der-signature.ts';
import { hashOf } from './family.ts';
import { privateKeyObject, publicKeyObject } from './key-objects.ts';
import type { PaddedKey } from './pss-key.ts';
import { bareKey, paddedForPss } from './rsa.ts';
import { signInPool, verifyInPool } from './thread-pool.ts';

/** A scheme over libuv's threads. What goes there depends on the key alone, not on how busy the process is just now. */
interface PooledFamily {
  signs(key: KeyMaterial): boolean;
  verifies(key: KeyMaterial): boolean;
  signer(bound: Bound): (data: Uint8Array, options?: CallOptions) => Promise<Uint8Array>;
  /** Is given signatures of the right length only. */
  verifier(bound: Bound): (data: Uint8Array, signature: Uint8Array, options?: CallOptions) => Promise<boolean>;
}

const rsa = (padded: (key: KeyObject, row: AlgorithmRow) => PaddedKey): PooledFamily => ({
  signs: () => true, // 290 us with 2048 bits, 1.6 ms with 4096
  verifies: ({ modulusBits = 0 }) => modulusBits > 3072, // 20 us with 2048 bits, 38 with 3072, 62 with 4096
  signer({ key, row, option }) {
    const hash = hashOf(row);
    const privateKey = padded(privateKeyObject(key, option), row);
    return (data, options) => signInPool(hash, data, privateKey, options);
  },
  verifier({ key, row, option }) {
    const hash = hashOf(row);
    const publicKey = padded(publicKeyObject(key, option), row);
    return (data, signature, options) => verifyInPool(hash, data, publicKey, signature, options);
  },
});

const ecdsa: PooledFamily = {
  signs: ({ crv }) => crv !== 'P-256', // 25 us, by tables that OpenSSL has for no other: 290 with secp256k1, 600 with P-384
  verifies: () => true, // 68 us with P-256, 270 to 1,100 with others
  signer({ key, row, option }) {
    const hash = hashOf(row);
    const privateKey = privateKeyObject(key, option);
    const half = row.signatureLength(key) / 2;
    return async (data, options) => rawSignature(await signInPool(hash, data, privateKey, options), half);
  },
  verifier({ key, row, option }) {
    const hash = hashOf(row);
    const publicKey = publicKeyObject(key, option);
    const room = derRoom(row.signatureLength(key)); // one for all calls: the pool gets a copy
    return (data, signature, options) => verifyInPool(hash, data, publicKey, derSignature(signature, room), options);
  },
};

/** EdDSA and ML-DSA, which are called in the same way. */
const pure: PooledFamily = {
  signs: ({ crv }) => crv !== 'Ed25519', // 32 us; 170 with Ed448, 400 and more with ML-DSA
  verifies: () => true, // 95 us with Ed25519, 180 with Ed448, 85 to 230 with ML-DSA
  signer({ key, option }) {
    const privateKey = privateKeyObject(key, option);
    return (data, options) => signInPool(undefined, data, privateKey, options);
  },
  verifier({ key, option }) {
    const publicKey = publicKeyObject(key, option);
    return (data, signature, options) => verifyInPool(undefined, data, publicKey, signature, options);
  },
};

/**
 * A call sent to the pool holds the event loop for some 12 us, and takes 40 to 50 us longer when it is alone (`bench/suites/async.mjs`). So what
 * takes OpenSSL less than 50 us (`npm run bench -- --filter sign --filter verify` has all algorithms) stays on the loop: what the rows leave out,
 * and HMAC (1 us), which has no row.
 */
export const POOLED_FAMILIES: ReadonlyMap<AlgorithmRow['scheme'], PooledFamily> = new Map([
  ['rsassa-pkcs1-v1_5', rsa(bareKey)],
  ['rsassa-pss', rsa(paddedForPss)],
  ['ecdsa', ecdsa],
  ['eddsa', pure],
  ['ml-dsa', pure],
]);
