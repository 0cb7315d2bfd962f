import { sign, verify } from 'node:crypto';
import type { Family } from './family.ts';
import { canSignWith, privateKeyObject, publicKeyObject } from './key-objects.ts';

/** ML-DSA (RFC 9964 section 4): pure, with an empty context. Node has it since 24.6, with OpenSSL 3.5. */
export const mlDsa: Family = {
  supports: ({ name }) => canSignWith(name),
  signer({ key, option }) {
    const privateKey = privateKeyObject(key, option);
    return (data) => sign(null, data, privateKey);
  },
  verifier({ key, option }) {
    const publicKey = publicKeyObject(key, option);
    return (data, signature) => verify(null, data, publicKey, signature);
  },
};
