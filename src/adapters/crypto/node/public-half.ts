import { ALGORITHMS } from '../../../domain/jose/algorithms.ts';
import { parseKey, type KeyMaterial } from '../../../domain/jose/key-material.ts';
import { hasPublicMembers, publicMaterial } from '../../../domain/jose/public-key.ts';
import { publicKeyObject } from './key-objects.ts';

/** The public half of a key, computed where a private key came without it. Throws a `ConfigError` for a secret. */
export function publicHalf(key: KeyMaterial): KeyMaterial {
  if (hasPublicMembers(key) || key.kty === 'oct') return publicMaterial(key);
  const pem = publicKeyObject(key, 'key').export({ format: 'pem', type: 'spki' }); // only PEM leaves it out, and PEM has no metadata
  return parseKey(pem, ASYMMETRIC, 'key');
}

const ASYMMETRIC = [...ALGORITHMS.values()].filter(({ kty }) => kty !== 'oct');
