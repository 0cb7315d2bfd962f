import { createECDH, createPrivateKey, generateKeyPairSync } from 'node:crypto';

/**
 * Keys of an algorithm. All but those of RSA, which node:crypto makes by chances of its own, come of the seed.
 *
 * @param {string} algorithm
 * @param {number} count
 * @param {import('./random.mjs').Random} random
 */
export function generateKeys(algorithm, count, random) {
  const [, make] = MAKERS.find(([algorithms]) => algorithms.test(algorithm)) ?? [];
  if (make === undefined) throw new Error(`no keys are known for ${algorithm}`);
  return Array.from({ length: count }, (_, index) => make(algorithm, random, index));
}

/** The JWA table. */
export const ALGORITHM_NAMES =
  'HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 ES256K EdDSA Ed25519 Ed448 ML-DSA-44 ML-DSA-65 ML-DSA-87'.split(
    ' ',
  );

function secret(algorithm, random) {
  const octets = random.octets((Number(algorithm.slice(2)) / 8) * (1 + random.below(4))); // also longer than a block of the hash
  const key = { kty: 'oct', k: octets.toString('base64url') };
  return { privateKey: key, publicKey: key };
}

/** Made once for all algorithms: one takes a tenth of a second. The third has a modulus that does not end at an octet. */
function rsa(_algorithm, _random, index) {
  rsaKeys[index] ??= generateKeyPairSync('rsa', {
    modulusLength: index === 2 ? 2050 : 2048,
    privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
    publicKeyEncoding: { format: 'pem', type: 'spki' },
  }).privateKey;
  return ofKeyObject(createPrivateKey(rsaKeys[index]));
}

const rsaKeys = [];

function ec(algorithm, random) {
  const [crv, name, length, firstBits] = CURVES[algorithm];
  const ecdh = createECDH(name);
  for (;;) {
    const d = random.octets(length);
    d[0] &= firstBits;
    try {
      ecdh.setPrivateKey(d);
    } catch {
      continue; // zero, or not below the order
    }
    const point = ecdh.getPublicKey().subarray(1);
    const [x, y] = [point.subarray(0, length), point.subarray(length)].map((half) => half.toString('base64url'));
    const publicKey = { kty: 'EC', crv, x, y };
    return { privateKey: { ...publicKey, d: d.toString('base64url') }, publicKey };
  }
}

function edwards(algorithm, random) {
  const crv = algorithm === 'Ed448' || (algorithm === 'EdDSA' && random.below(2) === 1) ? 'Ed448' : 'Ed25519';
  const [prefix, length] = SEEDS[crv];
  return ofKeyObject(privateKeyOf(prefix, random.octets(length)));
}

/** As PEM: node:crypto reads a seed, and its JWK is younger than its ML-DSA. */
function mlDsa(algorithm, random) {
  const [prefix, length] = SEEDS[algorithm];
  const pem = privateKeyOf(prefix, random.octets(length)).export({ format: 'pem', type: 'pkcs8' });
  return { privateKey: pem, publicKey: pem };
}

function privateKeyOf(prefix, seed) {
  return createPrivateKey({ key: Buffer.concat([Buffer.from(prefix, 'hex'), seed]), format: 'der', type: 'pkcs8' });
}

function ofKeyObject(keyObject) {
  const privateKey = keyObject.export({ format: 'jwk' });
  const { kty, crv, n, e, x } = privateKey;
  return { privateKey, publicKey: kty === 'RSA' ? { kty, n, e } : { kty, crv, x }, keyObject };
}

const MAKERS = [
  [/^HS/, secret],
  [/^[RP]S/, rsa],
  [/^ES/, ec],
  [/^Ed/, edwards],
  [/^ML-DSA/, mlDsa],
];

const CURVES = {
  ES256: ['P-256', 'prime256v1', 32, 0xff],
  ES384: ['P-384', 'secp384r1', 48, 0xff],
  ES512: ['P-521', 'secp521r1', 66, 0x01],
  ES256K: ['secp256k1', 'secp256k1', 32, 0xff],
};

/** PKCS#8 up to the seed (RFC 8410 section 7, RFC 9881 section 6), and how long that is. */
const SEEDS = {
  Ed25519: ['302e020100300506032b657004220420', 32],
  Ed448: ['3047020100300506032b6571043b0439', 57],
  'ML-DSA-44': ['3034020100300b060960864801650304031104228020', 32],
  'ML-DSA-65': ['3034020100300b060960864801650304031204228020', 32],
  'ML-DSA-87': ['3034020100300b060960864801650304031304228020', 32],
};
