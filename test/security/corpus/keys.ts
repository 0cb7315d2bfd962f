import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { ecPair, ed25519Pair, ed448Pair, rsaPair, type KeyPair } from '../../key-pairs.ts';

/** Fresh for every run. */

/** Long enough for HS512; text, so that a message that repeats it is found. */
export const SECRET = randomBytes(48).toString('base64url');
export const OTHER_SECRET = randomBytes(48).toString('base64url');

export type Pair = KeyPair;

export const rsa = rsaPair(2048);
export const otherRsa = rsaPair(2048);
export const rsa1024 = rsaPair(1024);
export const rsa2047 = rsaPair(2047);
/** With the exponent that Bleichenbacher's forgery of 2006 needs. */
export const rsaCubic = cubicPair();
export const p256 = ecPair('P-256');
export const otherP256 = ecPair('P-256');
export const p384 = ecPair('P-384');
export const p521 = ecPair('P-521');
export const k256 = ecPair('secp256k1');
export const ed25519 = ed25519Pair();
export const otherEd25519 = ed25519Pair();
export const ed448 = ed448Pair();

const PAIRS: readonly Pair[] = [
  rsa,
  otherRsa,
  rsa1024,
  rsaCubic,
  p256,
  otherP256,
  p384,
  p521,
  k256,
  ed25519,
  otherEd25519,
  ed448,
];

export const spki = ({ publicKey }: Pair): string => publicKey.export({ format: 'pem', type: 'spki' }).toString();
export const pkcs8 = ({ privateKey }: Pair): string => privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
export const pkcs1 = ({ publicKey }: Pair): string => publicKey.export({ format: 'pem', type: 'pkcs1' }).toString();
export const spkiDer = ({ publicKey }: Pair): Buffer => publicKey.export({ format: 'der', type: 'spki' });
export const publicJwk = ({ publicKey }: Pair): Record<string, unknown> => ({ ...publicKey.export({ format: 'jwk' }) });
export const privateJwk = ({ privateKey }: Pair): Record<string, unknown> => ({ ...privateKey.export({ format: 'jwk' }) });

/** What no message may contain: secrets, private members, and a line of every PEM text. */
export const FORBIDDEN: readonly string[] = [
  ...[SECRET, OTHER_SECRET].flatMap((secret) => [secret, Buffer.from(secret).toString('base64url')]),
  ...PAIRS.flatMap((pair) => ['d', 'p', 'q'].map((name) => privateJwk(pair)[name])).filter((value) => typeof value === 'string'),
  ...PAIRS.flatMap((pair) => [spki(pair), pkcs8(pair)].map((pem) => pem.split('\n')[1] ?? '')),
  ...PAIRS.map((pair) =>
    Object.values(publicJwk(pair)).findLast((value) => typeof value === 'string' && value.length > 30),
  ).filter((value) => typeof value === 'string'),
];

function cubicPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicExponent: 3,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { privateKey: createPrivateKey(privateKey), publicKey: createPublicKey(publicKey) };
}
