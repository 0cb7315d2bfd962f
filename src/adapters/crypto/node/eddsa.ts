import { sign, verify } from 'node:crypto';
import type { Family } from './family.ts';
import { canSignWith, privateKeyObject, publicKeyObject } from './key-objects.ts';

/** EdDSA (RFC 8037 section 3.1, RFC 9864 section 2.2): the scheme hashes by itself, so there is no digest to name. */
export const eddsa: Family = {
  supports: ({ curves }) => curves.every(canSignWith),
  signer({ key, option }) {
    const privateKey = privateKeyObject(key, option);
    return (data) => sign(null, data, privateKey);
  },
  verifier({ key, option }) {
    const publicKey = publicKeyObject(key, option);
    return (data, signature) => verify(null, data, publicKey, signature);
  },
};
