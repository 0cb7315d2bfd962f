import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export const ecPair = (namedCurve: string): KeyPair => reread(generateKeyPairSync('ec', { namedCurve }));
export const rsaPair = (modulusLength: number): KeyPair => reread(generateKeyPairSync('rsa', { modulusLength }));
export const ed25519Pair = (): KeyPair => reread(generateKeyPairSync('ed25519'));
export const ed448Pair = (): KeyPair => reread(generateKeyPairSync('ed448'));

/**
 * KeyObjects that were read, not generated. On Node 20 a pair fresh from generateKeyPairSync may hang when it is exported as JWK: if
 * garbage is collected meanwhile, the job that made the pair is destroyed and waits for the lock that the export holds. Exporting PEM
 * takes no lock.
 */
function reread({ privateKey, publicKey }: KeyPair): KeyPair {
  return {
    privateKey: createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' })),
    publicKey: createPublicKey(publicKey.export({ format: 'pem', type: 'spki' })),
  };
}
