import { createHmac, randomBytes, verify as opensslVerify } from 'node:crypto';
import { nodeCrypto, randomId } from 'simplejwt/crypto/node';
import { createSigner } from 'simplejwt/jws';
import { ourVerifier } from '../contenders/contenders.mjs';
import { keysFor } from '../fixtures/keys.mjs';
import { rawSign, schemeOf } from '../fixtures/raw-crypto.mjs';
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
    { name: 'claims read by the shape of those before', prepare: shapes },
    { name: 'HS256 sealed in memory that is there', prepare: sealing },
    { name: 'PS256 with the padding on the key', prepare: padding },
    { name: 'RS256 after octets decoded without wide vectors', prepare: octets },
    { name: 'a refusal without a stack trace', prepare: refusing },
    { name: 'a jti from a pool', prepare: identifiers },
    { name: 'a token found by its jti, one put in and one taken out', prepare: records },
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
    (index) => nodeCrypto.decodeText(segments[index & MASK], true),
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

async function shapes() {
  const { createLearnedShapes } = await internal('domain/jose/learned-shapes.js');
  const { parseJsonObjectText } = await internal('domain/jose/json-object.js');
  const written = texts();
  const learned = createLearnedShapes();
  const read = (text) => {
    const known = learned.read(text);
    if (known !== undefined) return known;
    const parsed = parseJsonObjectText(text);
    learned.learn(text, parsed);
    return parsed;
  };
  return between(
    (index) => parseJsonObjectText(written[index & MASK]),
    (index) => read(written[index & MASK]),
    (a, b) => equal(JSON.stringify(a), JSON.stringify(b)),
  );
}

function sealing() {
  const keys = keysFor('HS256');
  const objects = Array.from({ length: COUNT }, (_, index) => claimsOf(index));
  const spread = { ...nodeCrypto, importSigner: (request) => ({ ...nodeCrypto.importSigner(request) }) }; // without its fast way
  const [plain, trick] = [spread, nodeCrypto].map((crypto) =>
    createSigner({ algorithm: 'HS256', key: keys.privateText, crypto }),
  );
  return between(
    (index) => plain(objects[index & MASK]),
    (index) => trick(objects[index & MASK]),
    equal,
  );
}

function padding() {
  const keys = keysFor('PS256');
  const input = randomBytes(300);
  const signature = rawSign('PS256', keys, input);
  const { verify } = nodeCrypto.importVerifier({ algorithm: 'PS256', key: keys.publicText });
  const { options } = schemeOf('PS256');
  const documented = { key: keys.publicKey, ...options };
  return between(
    () => opensslVerify('sha256', input, documented, signature),
    () => verify(input, signature),
    (a, b) => equal([a, b].join(), 'true,true'),
  );
}

async function octets() {
  const { decodeOctets } = await internal('adapters/crypto/node/decode-octets.js');
  const keys = keysFor('RS256');
  const input = randomBytes(300);
  const text = rawSign('RS256', keys, input).toString('base64url');
  const encoded = Buffer.from(text);
  const room = Buffer.alloc(256);
  return between(
    () => opensslVerify('sha256', input, keys.publicKey, Buffer.from(text, 'base64url')),
    () => decodeOctets(encoded, 0, encoded.length, room) === 256 && opensslVerify('sha256', input, keys.publicKey, room),
    (a, b) => equal([a, b].join(), 'true,true'),
  );
}

function refusing() {
  const keys = keysFor('HS256');
  const [full, brief] = ['full', 'brief'].map((errors) => ourVerifier('HS256', keys, { errors }));
  const refused = (verify) => () => {
    try {
      return verify('a.b.c');
    } catch ({ code }) {
      return code;
    }
  };
  return between(refused(full), refused(brief), equal);
}

function identifiers() {
  return between(
    () => randomBytes(16).toString('hex'),
    () => randomId(),
    (a, b) => equal(a.length, b.length),
  );
}

/** 8,192 records, as in a store; the plain way is a Map. No id is met as the same string again: each comes out of a token of its own. */
async function records() {
  const { JtiMap } = await internal('adapters/storage/memory/jti-map.js');
  const live = 8192;
  const digits = Buffer.from(randomBytes(live * 16).toString('hex'), 'latin1');
  const idAt = (index) => digits.latin1Slice((index % live) * 32, (index % live) * 32 + 32);
  const [plain, trick] = [new Map(), new JtiMap()];
  const entryAt = (index) => ({ token: { jti: idAt(index) }, key: 0, next: undefined });
  for (let index = 0; index < live; index++) {
    const entry = entryAt(index);
    plain.set(entry.token.jti, entry);
    trick.set(entryAt(index));
  }
  return between(
    (index) => {
      const found = plain.get(idAt(index));
      plain.delete(found.token.jti);
      const entry = entryAt(index);
      plain.set(entry.token.jti, entry);
      return found;
    },
    (index) => {
      const found = trick.get(idAt(index));
      trick.delete(found);
      trick.set(entryAt(index));
      return found;
    },
    (a, b) => equal(a.token.jti, b.token.jti),
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
