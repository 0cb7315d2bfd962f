import { webCrypto } from '../../../src/adapters/crypto/webcrypto.ts';
import { supportedAlgorithms } from '../../../src/adapters/crypto/node/families.ts';
import { ConfigError } from '../../../src/domain/errors.ts';
import { ALGORITHMS, type Algorithm } from '../../../src/domain/jose/algorithms.ts';
import type { Jwk } from '../../../src/domain/jose/jwk.ts';
import { generateKeys } from './generate-keys.ts';

/** The algorithms that this runtime's Web Crypto takes a key for; what it says to the others is kept. */
export async function webCryptoAlgorithms(): Promise<{
  readonly present: readonly Algorithm[];
  readonly absent: ReadonlyMap<Algorithm, ConfigError>;
}> {
  const known = supportedAlgorithms();
  const present: Algorithm[] = [];
  const absent = new Map<Algorithm, ConfigError>();
  for (const { name } of ALGORITHMS.values()) {
    try {
      await webCrypto.importVerifier({
        algorithm: name,
        key: known.includes(name) ? generateKeys(name).publicKey : mlDsaJwk(name),
      });
      present.push(name);
    } catch (error) {
      if (!(error instanceof ConfigError) || error.code !== 'unsupported_runtime') throw error;
      absent.set(name, error);
    }
  }
  return { present, absent };
}

/** In the form of a key, where node:crypto can make none either. */
export function mlDsaJwk(alg: string): Jwk {
  const length = { 'ML-DSA-44': 1312, 'ML-DSA-65': 1952, 'ML-DSA-87': 2592 }[alg] ?? 0;
  return { kty: 'AKP', alg, pub: Buffer.alloc(length).toString('base64url') };
}
