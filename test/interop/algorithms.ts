import { createPublicKey, randomBytes, type KeyObject } from 'node:crypto';
import { ALGORITHMS, type Algorithm } from '../../src/domain/jose/algorithms.ts';
import { generateKeys, mlDsaPem } from '../adapters/crypto/generate-keys.ts';
import { webCryptoAlgorithms } from '../adapters/crypto/webcrypto-algorithms.ts';
import { ed448Pair } from '../key-pairs.ts';

/** A row of the matrix: an algorithm with its keys in the form that every library reads. */
export interface AlgorithmKeys {
  /** The algorithm, and the curve where the algorithm has two. */
  readonly name: string;
  readonly algorithm: Algorithm;
  /** A secret as text, or PKCS#8 in PEM. */
  readonly privateKey: string;
  /** The same secret, or SPKI in PEM. */
  readonly publicKey: string;
}

const { present } = await webCryptoAlgorithms();

/** ML-DSA has one peer, which has it where the runtime's Web Crypto does. */
const runs = (algorithm: Algorithm) => !algorithm.startsWith('ML-DSA') || present.includes(algorithm);

const names = [...ALGORITHMS.values()].map(({ name }) => name);

/** What no row is made for on this runtime. */
export const LACKING: readonly Algorithm[] = names.filter((name) => !runs(name));

/** Every algorithm of this runtime, with keys made once. */
export const ROWS: readonly AlgorithmKeys[] = names.filter(runs).flatMap(rowsOf);

function rowsOf(algorithm: Algorithm): AlgorithmKeys[] {
  if (algorithm.startsWith('HS')) {
    const secret = randomBytes(48).toString('base64url');
    return [{ name: algorithm, algorithm, privateKey: secret, publicKey: secret }];
  }
  if (algorithm.startsWith('ML-DSA')) return [pair(algorithm, algorithm, mlDsaPem(algorithm, randomBytes(32)))];
  const { privateKey } = generateKeys(algorithm);
  const row = pair(algorithm, algorithm, pemOf(privateKey as KeyObject));
  return algorithm === 'EdDSA' ? [row, pair('EdDSA on Ed448', algorithm, pemOf(ed448Pair().privateKey))] : [row];
}

function pair(name: string, algorithm: Algorithm, privateKey: string): AlgorithmKeys {
  return { name, algorithm, privateKey, publicKey: String(createPublicKey(privateKey).export({ format: 'pem', type: 'spki' })) };
}

function pemOf(key: KeyObject): string {
  return String(key.export({ format: 'pem', type: 'pkcs8' }));
}
