// What each trick of the hot path saves, beside the plain way it replaces. Run: npm run build && node bench/pieces.mjs
import {
  createHmac,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  verify as opensslVerify,
} from 'node:crypto';
import { nodeCrypto } from 'simplejwt/crypto/node';
import { createSigner, createVerifier } from 'simplejwt/jws';
import { claimOf, registeredClaims } from '../dist/domain/claims/claims-set.js';
import { decodeBase64url, encodeBase64url } from '../dist/domain/jose/base64url.js';
import { hasDuplicateNames } from '../dist/domain/jose/duplicate-names.js';
import { decodeUtf8 } from '../dist/domain/jose/json-object.js';
import { compare } from './interleave.mjs';

const claims = (index) => ({
  token_type: 'access',
  exp: 4_000_000_000,
  iat: 1_700_000_000,
  jti: randomBytes(16).toString('hex'),
  user_id: String(index),
  aud: 'https://api.example',
  iss: 'https://login.example',
});
const tokensOf = (sign) => Array.from({ length: 256 }, (_, index) => sign(claims(index)));
const plain = {
  ...nodeCrypto,
  decodeText: undefined,
  importVerifier: (request) => ({ ...nodeCrypto.importVerifier(request), verifyCompact: undefined }),
};

const secret = randomBytes(32);
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ecPublic = createPublicKey(ec.publicKey.export({ format: 'pem', type: 'spki' }));
for (const [algorithm, privateKey, publicKey] of [
  ['HS256', secret, secret],
  ['ES256', ec.privateKey, ecPublic],
]) {
  const tokens = tokensOf(createSigner({ algorithm, key: privateKey }));
  const options = { algorithms: [algorithm], key: publicKey, issuer: 'https://login.example', audience: 'https://api.example' };
  const [known, parsed] = [createVerifier(options), createVerifier({ ...options, crypto: plain })];
  compare(`verify ${algorithm}`, {
    'every header parsed, every segment copied': (index) => parsed(tokens[index & 255]),
    'known headers, no copies': (index) => known(tokens[index & 255]),
  });
}

const tokens = tokensOf(createSigner({ algorithm: 'HS256', key: secret }));
const dots = tokens.map((token) => token.lastIndexOf('.'));
const hmacKey = createSecretKey(secret);
const oneShot = nodeCrypto.importVerifier({ algorithm: 'HS256', key: secret });
compare('HMAC-SHA-256 of a token', {
  'createHmac, a KeyObject': (index) =>
    createHmac('sha256', hmacKey)
      .update(tokens[index & 255].slice(0, dots[index & 255]))
      .digest('base64url'),
  'two one-shot hashes, compared': (index) => oneShot.verifyCompact(tokens[index & 255], dots[index & 255]),
});

const data = randomBytes(300);
const raw = nodeCrypto.importSigner({ algorithm: 'ES256', key: ec.privateKey }).sign(data);
const ieee = { key: ecPublic, dsaEncoding: 'ieee-p1363' };
const der = nodeCrypto.importVerifier({ algorithm: 'ES256', key: ecPublic });
compare('ES256 over a raw signature', {
  'dsaEncoding: ieee-p1363': () => opensslVerify('sha256', data, ieee, raw),
  'DER in scratch, a bare key': () => der.verify(data, raw),
});

const segments = tokens.map((token) => token.split('.')[1]);
compare('a payload to text', {
  'portable: table and TextDecoder': (index) => decodeUtf8(decodeBase64url(segments[index & 255])),
  'Buffer, encoded again': (index) => nodeCrypto.decodeText(segments[index & 255]),
});

const jsons = tokens.map((_, index) => JSON.stringify(claims(index)));
compare('claims text to a payload', {
  'portable: TextEncoder and table': (index) => encodeBase64url(new TextEncoder().encode(jsons[index & 255])),
  'Buffer in scratch': (index) => nodeCrypto.encodeText(jsons[index & 255]),
});

const objects = tokens.map((_, index) => claims(index));
const [compact, spaced] = [(value) => JSON.stringify(value), (value) => JSON.stringify(value).replaceAll('":', '" :')].map(
  (write) => objects.map(write),
);
compare('no name twice', {
  'exact count': (index) => hasDuplicateNames(spaced[index & 255], objects[index & 255]),
  'quick count': (index) => hasDuplicateNames(compact[index & 255], objects[index & 255]),
});

const names = ['iat', 'nbf', 'exp', 'iss', 'aud', 'sub', 'jti'];
compare('the registered claims', {
  'Object.hasOwn of each': (index) => names.map((name) => claimOf(objects[index & 255], name)).length,
  'by name, the prototype asked once': (index) => {
    const { iat, nbf, exp, iss, aud, sub, jti } = registeredClaims(objects[index & 255]);
    return [iat, nbf, exp, iss, aud, sub, jti].length;
  },
});
