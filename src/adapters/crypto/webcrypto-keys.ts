import { ConfigError } from '../../domain/errors.ts';
import { decodeBase64url } from '../../domain/jose/base64url.ts';
import { parseKey, type KeyMaterial } from '../../domain/jose/key-material.ts';
import { hasPublicMembers, publicMaterial } from '../../domain/jose/public-key.ts';
import { noKey, type Bound } from '../../domain/jose/usable-key.ts';
import { parametersOf, type ImportParameters } from './webcrypto-parameters.ts';
import { runtimeSubtle, type RuntimeKey } from './webcrypto-runtime.ts';

/** The key that signs. Rejects with a `ConfigError` for members that are no key, and for what this runtime lacks. */
export function privateKeyOf(bound: Bound): Promise<RuntimeKey> {
  return imported(bound, 'sign', async () => (await completed(bound.key, bound.option)).jwk);
}

/** The key that verifies, also for a private key. */
export function publicKeyOf(bound: Bound): Promise<RuntimeKey> {
  return imported(bound, 'verify', async () => publicMaterial(await completed(bound.key, bound.option)).jwk);
}

function imported(bound: Bound, use: 'sign' | 'verify', jwkOf: () => Promise<KeyMaterial['jwk']>): Promise<RuntimeKey> {
  const { key, option, row } = bound;
  const what = row.curves.length > 1 ? `${row.name} on ${key.crv}` : row.name;
  const parameters = parametersOf(bound);
  return refusing(what, parameters.import, option, async () =>
    key.secret === undefined
      ? runtimeSubtle().importKey('jwk', { ...(await jwkOf()) }, parameters.import, false, [use])
      : runtimeSubtle().importKey('raw', new Uint8Array(key.secret), parameters.import, false, [use]),
  );
}

/** A key with its public half, which a private key from PEM may lack: Web Crypto computes it of a PKCS#8, but wants it in a JWK. */
export async function completed(key: KeyMaterial, option: string): Promise<KeyMaterial> {
  if (key.kty === 'oct' || hasPublicMembers(key)) return key;
  const { kty, crv, jwk = {} } = key;
  const name = crv ?? jwk['alg'] ?? '';
  const algorithm: ImportParameters = kty === 'EC' ? { name: 'ECDSA', namedCurve: name } : { name };
  return refusing(name, algorithm, option, async () => {
    const prefix = octetsOf(PKCS8_PREFIXES.get(name) ?? '');
    const octets = Uint8Array.of(...prefix, ...(decodeBase64url(jwk['d'] ?? jwk['priv'] ?? '') ?? []));
    const whole = await runtimeSubtle().importKey('pkcs8', octets, algorithm, true, ['sign']);
    const { x, y, pub } = (await runtimeSubtle().exportKey('jwk', whole)) as Readonly<Record<string, unknown>>;
    return parseKey({ ...jwk, x, y, pub }, [], option);
  });
}

/** Tells an algorithm that this runtime lacks from a key that it dislikes. */
async function refusing<T>(what: string, algorithm: ImportParameters, option: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if (isNotSupported(error) || !(await hasCurve(algorithm))) throw unsupported(what, error);
    throw noKey(option, error);
  }
}

/** Deno and Bun find fault with the key where they lack its curve, but say so when they are asked for a new one. */
async function hasCurve(algorithm: ImportParameters): Promise<boolean> {
  if (algorithm.namedCurve === undefined) return true;
  try {
    await runtimeSubtle().generateKey(algorithm, false, ['sign', 'verify']);
    return true;
  } catch (error) {
    return !isNotSupported(error);
  }
}

function isNotSupported(error: unknown): boolean {
  return error instanceof Error && error.name === 'NotSupportedError';
}

function unsupported(what: string, cause: unknown): ConfigError {
  const remedy = 'use another algorithm, or a provider that has it (nodeCrypto, or nobleCrypto for ES256K, Ed25519 and Ed448)';
  return new ConfigError('unsupported_runtime', 'algorithm', `${what} is not in this runtime's Web Crypto: ${remedy}.`, cause);
}

function octetsOf(hex: string): readonly number[] {
  return Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** What precedes the private octets in a PKCS#8 without a public half (RFC 5958; RFC 5915, RFC 8410 section 7, RFC 9881 section 6). */
const PKCS8_PREFIXES: ReadonlyMap<string, string> = new Map([
  ['P-256', '3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420'],
  ['P-384', '304e020100301006072a8648ce3d020106052b81040022043730350201010430'],
  ['P-521', '3060020100301006072a8648ce3d020106052b81040023044930470201010442'],
  ['secp256k1', '303e020100301006072a8648ce3d020106052b8104000a042730250201010420'],
  ['Ed25519', '302e020100300506032b657004220420'],
  ['Ed448', '3047020100300506032b6571043b0439'],
  ['ML-DSA-44', '3034020100300b060960864801650304031104228020'],
  ['ML-DSA-65', '3034020100300b060960864801650304031204228020'],
  ['ML-DSA-87', '3034020100300b060960864801650304031304228020'],
]);
