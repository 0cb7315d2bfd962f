import { getCurves, sign, verify } from 'node:crypto';
import { derRoom, derSignature, rawSignature } from './der-signature.ts';
import { hashOf, type Family } from './family.ts';
import { OPENSSL_CURVES, privateKeyObject, publicKeyObject } from './key-objects.ts';

/** ECDSA (RFC 7518 section 3.4, RFC 8812 section 3.2): the signature is r and s side by side, not DER. Both values of s are valid. */
export const ecdsa: Family = {
  supports: ({ curves }) => curves.every((curve) => getCurves().includes(OPENSSL_CURVES.get(curve) ?? '')),
  signer({ key, row, option }) {
    const hash = hashOf(row);
    const privateKey = privateKeyObject(key, option);
    const half = row.signatureLength(key) / 2;
    return (data) => rawSignature(sign(hash, data, privateKey), half);
  },
  verifier({ key, row, option }) {
    const hash = hashOf(row);
    const publicKey = publicKeyObject(key, option);
    const room = derRoom(row.signatureLength(key));
    return (data, signature) => verify(hash, data, publicKey, derSignature(signature, room));
  },
};
