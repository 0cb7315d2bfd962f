import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createSigner, createVerifier } from 'simplejwt/jws';

/** Two key pairs an algorithm, as JWK; a token that Node signed with the first; and first keys in PEM that leaves out their public half. */
export function keysAndTokens() {
  const rsa = [rsaPair(), rsaPair()];
  const keys = {};
  const tokens = {};
  for (const [algorithm, generate] of Object.entries(GENERATORS)) {
    keys[algorithm] = generate === 'rsa' ? rsa : [generate(), generate()];
    tokens[algorithm] = createSigner({ algorithm, key: keys[algorithm][0].privateKey })({ sub: 'node' });
  }
  const halves = Object.fromEntries(
    Object.entries(PKCS8_PREFIXES).map(([algorithm, prefix]) => [algorithm, pemOf(prefix, keys[algorithm][0].privateKey.d)]),
  );
  return { keys, tokens, halves };
}

/** Whether Node finds a token of a runtime right. */
export function isRight({ by, algorithm, token }, keys) {
  const verify = createVerifier({ algorithms: [algorithm], key: keys[algorithm][0].publicKey });
  const outcome = verify.try(token);
  return outcome.ok && outcome.claims.sub === by;
}

function pemOf(prefix, d) {
  const der = Buffer.concat([Buffer.from(prefix, 'hex'), Buffer.from(d, 'base64url')]);
  return `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`;
}

function secret(length) {
  const key = { kty: 'oct', k: randomBytes(length).toString('base64url') };
  return { privateKey: key, publicKey: key };
}

/** By way of PEM: on Node 20 a pair just generated may hang when it is exported as JWK. */
function pair(type, options = {}) {
  const { privateKey: pem } = generateKeyPairSync(type, {
    ...options,
    privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
    publicKeyEncoding: { format: 'pem', type: 'spki' },
  });
  const [privateKey, publicKey] = [createPrivateKey(pem), createPublicKey(pem)].map((key) => key.export({ format: 'jwk' }));
  return { privateKey, publicKey };
}

const rsaPair = () => pair('rsa', { modulusLength: 2048 });
const ec = (namedCurve) => () => pair('ec', { namedCurve });

const GENERATORS = {
  HS256: () => secret(32),
  HS384: () => secret(48),
  HS512: () => secret(64),
  RS256: 'rsa',
  RS384: 'rsa',
  RS512: 'rsa',
  PS256: 'rsa',
  PS384: 'rsa',
  PS512: 'rsa',
  ES256: ec('P-256'),
  ES384: ec('P-384'),
  ES512: ec('P-521'),
  ES256K: ec('secp256k1'),
  EdDSA: () => pair('ed25519'),
  Ed25519: () => pair('ed25519'),
  Ed448: () => pair('ed448'),
};

/** RFC 5915 section 3 and RFC 8410 section 7: up to the private number. */
const PKCS8_PREFIXES = {
  ES256: '3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420',
  ES384: '304e020100301006072a8648ce3d020106052b81040022043730350201010430',
  ES512: '3060020100301006072a8648ce3d020106052b81040023044930470201010442',
  Ed25519: '302e020100300506032b657004220420',
};
