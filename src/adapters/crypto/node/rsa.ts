import { constants, sign, verify, type KeyObject } from 'node:crypto';
import type { AlgorithmRow } from '../../../domain/jose/algorithms.ts';
import { hashOf, type Family } from './family.ts';
import { privateKeyObject, publicKeyObject } from './key-objects.ts';
import { pssKey, type PaddedKey } from './pss-key.ts';

/** RSASSA-PKCS1-v1_5 (RFC 7518 section 3.3): OpenSSL's default padding, so the bare key is enough. */
export const bareKey = (key: KeyObject): PaddedKey => key;

/** RSASSA-PSS (RFC 7518 section 3.5): MGF1 over the same hash, and exactly as much salt as the hash is long. */
export const paddedForPss = (key: KeyObject, { saltLength = 0 }: AlgorithmRow): PaddedKey =>
  pssKey(key, { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });

export const rsaPkcs1: Family = rsa(bareKey);
export const rsaPss: Family = rsa(paddedForPss);

function rsa(padded: (key: KeyObject, row: AlgorithmRow) => PaddedKey): Family {
  return {
    supports: () => true,
    signer({ key, row, option }) {
      const hash = hashOf(row);
      const privateKey = padded(privateKeyObject(key, option), row);
      return (data) => sign(hash, data, privateKey);
    },
    verifier({ key, row, option }) {
      const hash = hashOf(row);
      const publicKey = padded(publicKeyObject(key, option), row);
      return (data, signature) => verify(hash, data, publicKey, signature);
    },
  };
}
