import { ALGORITHMS, type Algorithm, type AlgorithmRow } from '../../../domain/jose/algorithms.ts';
import { ecdsa } from './ecdsa.ts';
import { eddsa } from './eddsa.ts';
import type { Family } from './family.ts';
import { hmac } from './hmac.ts';
import { mlDsa } from './ml-dsa.ts';
import { rsaPkcs1, rsaPss } from './rsa.ts';

/** Who signs and verifies which scheme. */
export const FAMILIES: Readonly<Record<AlgorithmRow['scheme'], Family>> = {
  hmac,
  'rsassa-pkcs1-v1_5': rsaPkcs1,
  'rsassa-pss': rsaPss,
  ecdsa,
  eddsa,
  'ml-dsa': mlDsa,
};

/** The algorithms that this runtime's OpenSSL has, in the order of the JWA table. */
export function supportedAlgorithms(): Algorithm[] {
  return [...ALGORITHMS.values()].filter((row) => FAMILIES[row.scheme].supports(row)).map(({ name }) => name);
}
