import { createHmac, randomBytes, verify as opensslVerify } from 'node:crypto';
import { nodeCrypto } from 'simplejwt/crypto/node';
import { ourVerifier } from '../contenders/contenders.mjs';
import { keysFor } from '../fixtures/keys.mjs';
import { rawSign } from '../fixtures/raw-crypto.mjs';
import { claimsOf, tokensOf } from '../fixtures/tokens.mjs';

/** What each trick of the hot path saves. A row's baseline is the plain way, which the library keeps for where the trick does not apply. */
export const pieces = {
  name: 'pieces',
  about: 'what each trick of the hot path saves, beside the plain way it replaces',
  unit: 'time',
  baseline: 'plain',
  rows: [
    ...['HS256', 'ES256'].map((algorithm) => ({
      name: `${algorithm} verify, known headers and no copies`,
      prepare: () => verifiers(algorithm),
    })),
    { name: 'HMAC-SHA-256 of a token by two one-shot hashes', prepare: mac },
    { name: 'ES256 over DER in scratch with a bare key', prepare: ecdsa },
    { name: 'claims segment to text by Buffer', prepare: decoding },
    { name: 'claims text to segment by Buffer', prepare: encoding },
    { name: 'no name twice, by counting quickly', prepare: duplicateNames },
    { name: 'the registered claims, by name', prepare: registered },
  ],
};

const between = (plain, trick, same) => {
  const check = () => {
    for (const index of [0, 1, MASK]) same(plain(index), trick(index));
  };
  return {
    contenders: [
      { name: 'plain', call: plain, check },
      { name: 'trick', ours: true, call: trick, check },
    ],
    notApplicable: [],
  };
};

function verifiers(algorithm) {
  const keys = keysFor(algorithm);
  const tokens = tokensOf(algorithm, keys, { count: COUNT });
  const portable = {
    ...nodeCrypto,
    decodeText: undefined,
    importVerifier: (request) => ({ ...nodeCrypto.importVerifier(request), verifyCompact: undefined }),
  };
  const [plain, trick] = [ourVerifier(algorithm, keys, { crypto: portable }), ourVerifier(algorithm, keys)];
  return between(
    (index) => plain(tokens[index & MASK]),
    (index) => trick(tokens[index & MASK]),
    (a, b) => equal(a.jti, b.jti),
  );
}

function mac() {
  const keys = keysFor('HS256');
  const tokens = tokensOf('HS256', keys, { count: COUNT });
  const dots = tokens.map((token) => token.lastIndexOf('.'));
  const { verifyCompact } = nodeCrypto.importVerifier({ algorithm: 'HS256', key: keys.publicText });
  return between(
    (index) => {
      const [token, dot] = [tokens[index & MASK], dots[index & MASK]];
      const right = createHmac('sha256', keys.publicKey).update(token.slice(0, dot)).digest('base64url');
      return right === token.slice(dot + 1);
    },
    (index) => verifyCompact(tokens[index & MASK], dots[index & MASK]),
    (a, b) => equal([a, b].join(), 'true,true'),
  );
}

function ecdsa() {
  const keys = keysFor('ES256');
  const input = randomBytes(300);
  const signature = rawSign('ES256', keys, input);
  const { verify } = nodeCrypto.importVerifier({ algorithm: 'ES256', key: keys.publicText });
  const ieee = { key: keys.publicKey, dsaEncoding: 'ieee-p1363' };
  return between(
    () => opensslVerify('sha256', input, ieee, signature),
    () => verify(input, signature),
    (a, b) => equal([a, b].join(), 'true,true'),
  );
}

async function decoding() {
  const { decodeBase64url } = await internal('domain/jose/base64url.js');
  const { decodeUtf8 } = await internal('domain/jose/json-object.js');
  const segments = texts().map((text) => Buffer.from(text).toString('base64url'));
  return between(
    (index) => decodeUtf8(decodeBase64url(segments[index & MASK])),
    (index) => nodeCrypto.decodeText(segments[index & MASK]),
    equal,
  );
}

async function encoding() {
  const { encodeBase64url } = await internal('domain/jose/base64url.js');
  const written = texts();
  return between(
    (index) => encodeBase64url(new TextEncoder().encode(written[index & MASK])),
    (index) => nodeCrypto.encodeText(written[index & MASK]),
    equal,
  );
}

/** A space before each colon is what the quick count does not take. */
async function duplicateNames() {
  const { hasDuplicateNames } = await internal('domain/jose/duplicate-names.js');
  const compact = texts();
  const spaced = compact.map((text) => text.replaceAll('":', '" :'));
  const objects = compact.map((text) => JSON.parse(text));
  return between(
    (index) => hasDuplicateNames(spaced[index & MASK], objects[index & MASK]),
    (index) => hasDuplicateNames(compact[index & MASK], objects[index & MASK]),
    (a, b) => equal([a, b].join(), 'false,false'),
  );
}

async function registered() {
  const { claimOf, registeredClaims } = await internal('domain/claims/claims-set.js');
  const names = ['iat', 'nbf', 'exp', 'iss', 'aud', 'sub', 'jti'];
  const objects = Array.from({ length: COUNT }, (_, index) => claimsOf(index));
  return between(
    (index) => names.map((name) => claimOf(objects[index & MASK], name)),
    (index) => {
      const { iat, nbf, exp, iss, aud, sub, jti } = registeredClaims(objects[index & MASK]);
      return [iat, nbf, exp, iss, aud, sub, jti];
    },
    (a, b) => equal(a.join(), b.join()),
  );
}

function equal(a, b) {
  if (a !== b) throw new Error('the trick and the plain way answer differently');
}

function texts() {
  return Array.from({ length: COUNT }, (_, index) => JSON.stringify(claimsOf(index)));
}

/** No subpath shows the pieces by themselves. */
function internal(path) {
  return import(new URL(`../../dist/${path}`, import.meta.url).href);
}

const COUNT = 256;
const MASK = COUNT - 1;
