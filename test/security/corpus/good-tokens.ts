import { claims, ed, es, hs, NOW, ps, rs, token, type Sign } from './forge.ts';
import { ed25519, ed448, k256, p256, p384, p521, pkcs1, pkcs8, privateJwk, publicJwk, rsa, SECRET, spki } from './keys.ts';

/** An algorithm, a key in one of its forms, and who signs with it. */
export const SIGNERS: readonly (readonly [alg: string, key: unknown, sign: Sign])[] = [
  ['HS256', SECRET, hs('sha256')],
  ['HS384', SECRET, hs('sha384')],
  ['HS512', Buffer.from(SECRET), hs('sha512')],
  ['RS256', rsa.publicKey, rs('sha256', rsa.privateKey)],
  ['RS384', spki(rsa), rs('sha384', rsa.privateKey)],
  ['RS512', pkcs1(rsa), rs('sha512', rsa.privateKey)],
  ['PS256', publicJwk(rsa), ps('sha256', rsa.privateKey, 32)],
  ['PS384', pkcs8(rsa), ps('sha384', rsa.privateKey, 48)],
  ['PS512', privateJwk(rsa), ps('sha512', rsa.privateKey, 64)],
  ['ES256', spki(p256), es('sha256', p256.privateKey)],
  ['ES384', p384.publicKey, es('sha384', p384.privateKey)],
  ['ES512', publicJwk(p521), es('sha512', p521.privateKey)],
  ['ES256K', spki(k256), es('sha256', k256.privateKey)],
  ['EdDSA', spki(ed25519), ed(ed25519.privateKey)],
  ['EdDSA', publicJwk(ed448), ed(ed448.privateKey)],
  ['Ed25519', ed25519.publicKey, ed(ed25519.privateKey)],
  ['Ed448', ed448.publicKey, ed(ed448.privateKey)],
];

/** Good tokens of every algorithm, some of each: a verifier learns from them what is usual. */
export const GOOD_TOKENS: readonly string[] = SIGNERS.flatMap(([alg, , sign]) =>
  [1, 2, 3].map((turn) =>
    token({ header: { alg, typ: 'JWT' }, payload: claims({ jti: `seen ${turn}`, iat: NOW - turn }), sign }),
  ),
);
