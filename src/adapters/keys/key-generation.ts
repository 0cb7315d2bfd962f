import { ALGORITHMS, type Algorithm, type AlgorithmRow } from '../../domain/jose/algorithms.ts';
import { encodeBase64url } from '../../domain/jose/base64url.ts';
import { parseKey, type KeyMaterial } from '../../domain/jose/key-material.ts';
import { jwkThumbprint } from '../../application/jwk-thumbprint.ts';
import { ConfigError } from '../../domain/errors.ts';

/** A private or secret key as a JWK (RFC 7517), with kid, alg and use. */
export type PrivateJwk = Readonly<Record<string, unknown>> & { readonly kid: string; readonly alg: Algorithm };

/** Makes a key by WebCrypto. Its kid is its thumbprint (RFC 7638); that of a secret is random, since a thumbprint would tell of the secret. */
export async function generateKey(algorithm: Algorithm): Promise<PrivateJwk> {
  const row = ALGORITHMS.get(algorithm);
  if (row === undefined) throw unsupported(algorithm);
  return row.kty === 'oct' ? generateSecret(algorithm, row) : withKid(await generatePair(algorithm, row), algorithm);
}

/** The key with a kid: its own, else its thumbprint. */
export async function withKid(key: KeyMaterial, algorithm: Algorithm): Promise<PrivateJwk> {
  const kid = key.kid ?? (key.secret === undefined ? await jwkThumbprint(key, { digest }) : randomKid());
  const members = key.jwk ?? { kty: 'oct', k: encodeBase64url(key.secret ?? new Uint8Array()) };
  return { ...members, kid, alg: algorithm, use: 'sig' };
}

function generateSecret(alg: Algorithm, { minimumKeyBits }: AlgorithmRow): PrivateJwk {
  const secret = crypto.getRandomValues(new Uint8Array(minimumKeyBits / 8));
  return { kty: 'oct', k: encodeBase64url(secret), kid: randomKid(), alg, use: 'sig' };
}

/**
 * Exported as DER, which the domain reads: on Node 20 the JWK export of a pair just made can hang (see `exportKey` in key-material.ts). The private
 * half may come without the public members, which are added.
 */
async function generatePair(name: Algorithm, row: AlgorithmRow): Promise<KeyMaterial> {
  const { subtle } = crypto;
  const made = await subtle.generateKey(parametersOf(name, row), true, ['sign', 'verify']).catch((cause: unknown) => {
    throw unsupported(name, cause);
  });
  if (!('privateKey' in made)) throw unsupported(name);
  const [pkcs8, spki] = await Promise.all([subtle.exportKey('pkcs8', made.privateKey), subtle.exportKey('spki', made.publicKey)]);
  const secret = parseKey(pemOf('PRIVATE KEY', pkcs8), [row], 'algorithm');
  const open = parseKey(pemOf('PUBLIC KEY', spki), [row], 'algorithm');
  return parseKey({ ...open.jwk, ...secret.jwk }, [row], 'algorithm');
}

/** The same key serves RS* and PS*, and all hashes. */
function parametersOf(name: Algorithm, { kty, curves: [namedCurve] }: AlgorithmRow): { readonly name: string } {
  if (kty === 'RSA') return { name: 'RSASSA-PKCS1-v1_5', ...RSA_PARAMETERS };
  const curve = { name: 'ECDSA', namedCurve };
  return kty === 'EC' ? curve : { name: namedCurve ?? name };
}

function pemOf(label: string, der: ArrayBuffer): string {
  const base64 = btoa(String.fromCharCode(...new Uint8Array(der)));
  return `-----BEGIN ${label}-----\n${base64.replaceAll(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`;
}

function randomKid(): string {
  return encodeBase64url(crypto.getRandomValues(new Uint8Array(16)));
}

async function digest(hash: 'SHA-256', octets: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest(hash, Uint8Array.from(octets)));
}

function unsupported(name: string, cause?: unknown): ConfigError {
  return new ConfigError(
    'unsupported_algorithm',
    'algorithm',
    `this runtime cannot make a key for ${name}: take another algorithm, or give initialKey`,
    cause,
  );
}

/** NIST SP 800-57 part 1, table 2: as strong as P-256, where 2048 bits are good until 2030. */
const RSA_PARAMETERS = { modulusLength: 3072, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' };
