import { subtle } from 'node:crypto';
import * as nodeRs from '@node-rs/jsonwebtoken';
import fastJwt from 'fast-jwt';
import { jwtVerify, SignJWT } from 'jose';
import jsonwebtoken from 'jsonwebtoken';
import { AUDIENCE, ISSUER } from '../fixtures/tokens.mjs';

/**
 * Other libraries for the same work: signature, `exp`, `aud` and `iss`, and the claims answered. Each gets its key prepared once where it
 * can take one so, in the form that it is fastest with. A library stands in no row of an algorithm that it does not have.
 *
 * @typedef {object} Peer
 * @property {string} name
 * @property {(algorithm: string) => boolean} has
 * @property {(algorithm: string, keys: Keys) => Promise<object[]> | object[]} verifiers Each with `verify(token)`.
 * @property {(algorithm: string, keys: Keys) => Promise<object[]> | object[]} signers Each with `sign(claims)`.
 * @typedef {import('../fixtures/keys.mjs').Keys} Keys
 */

/** @type {readonly Peer[]} */
export const PEERS = [
  {
    name: 'fast-jwt',
    has: (algorithm) => /^([HRP]S\d+|ES(256|384|512)|EdDSA)$/.test(algorithm),
    verifiers(algorithm, { publicText }) {
      const options = { key: publicText, algorithms: [algorithm], allowedAud: AUDIENCE, allowedIss: ISSUER };
      return [
        { name: 'fast-jwt', verify: fastJwt.createVerifier({ ...options, cache: false }) },
        { name: 'fast-jwt, cache hit', verify: fastJwt.createVerifier({ ...options, cache: 4096 }), cached: true },
      ];
    },
    signers: (algorithm, { privateText }) => [{ name: 'fast-jwt', sign: fastJwt.createSigner({ key: privateText, algorithm }) }],
  },
  {
    name: 'jose',
    has: (algorithm) => /^([HRP]S\d+|ES(256|384|512)|EdDSA|Ed25519)$/.test(algorithm) || hasMlDsa(algorithm),
    async verifiers(algorithm, keys) {
      const key = await cryptoKey(algorithm, keys, 'verify');
      const options = { algorithms: [algorithm], audience: AUDIENCE, issuer: ISSUER };
      const verify = async (token) => (await jwtVerify(token, key, options)).payload;
      return [
        { name: 'jose', verify, awaited: true },
        { name: 'jose, 16 in flight', verify, inFlight: 16 },
      ];
    },
    async signers(algorithm, keys) {
      const key = await cryptoKey(algorithm, keys, 'sign');
      const header = { alg: algorithm, typ: 'JWT' };
      const sign = (claims) => new SignJWT(claims).setProtectedHeader(header).sign(key);
      return [
        { name: 'jose', sign, awaited: true },
        { name: 'jose, 16 in flight', sign, inFlight: 16 },
      ];
    },
  },
  {
    name: 'jsonwebtoken',
    has: (algorithm) => /^([HRP]S\d+|ES(256|384|512))$/.test(algorithm),
    verifiers(algorithm, { publicKey }) {
      const options = { algorithms: [algorithm], audience: AUDIENCE, issuer: ISSUER };
      return [{ name: 'jsonwebtoken', verify: (token) => jsonwebtoken.verify(token, publicKey, options) }];
    },
    signers: (algorithm, { privateKey }) => [
      { name: 'jsonwebtoken', sign: (claims) => jsonwebtoken.sign(claims, privateKey, { algorithm }) },
    ],
  },
  {
    name: '@node-rs',
    has: (algorithm) => /^([HRP]S\d+|ES(256|384)|EdDSA)$/.test(algorithm),
    verifiers(algorithm, { publicText }) {
      const options = { algorithms: [algorithm], aud: [AUDIENCE], iss: [ISSUER], leeway: 0 };
      return [
        { name: '@node-rs', verify: (token) => nodeRs.verifySync(token, publicText, options) },
        { name: '@node-rs, 16 in flight', verify: (token) => nodeRs.verify(token, publicText, options), inFlight: 16 },
      ];
    },
    signers(algorithm, { privateText }) {
      const header = { algorithm };
      return [
        { name: '@node-rs', sign: (claims) => nodeRs.signSync(claims, privateText, header) },
        { name: '@node-rs, 16 in flight', sign: (claims) => nodeRs.sign(claims, privateText, header), inFlight: 16 },
      ];
    },
  },
];

/** jose's own fastest: a CryptoKey. */
function cryptoKey(algorithm, { privateKey, publicKey }, use) {
  const parameters = webCryptoParameters(algorithm);
  if (parameters.name === 'HMAC') return subtle.importKey('raw', privateKey.export(), parameters, false, [use]);
  const [type, key] = use === 'sign' ? ['pkcs8', privateKey] : ['spki', publicKey];
  return subtle.importKey(type, key.export({ format: 'der', type }), parameters, false, [use]);
}

function webCryptoParameters(algorithm) {
  const hash = `SHA-${algorithm.slice(2)}`;
  if (algorithm.startsWith('HS')) return { name: 'HMAC', hash };
  if (algorithm.startsWith('RS')) return { name: 'RSASSA-PKCS1-v1_5', hash };
  if (algorithm.startsWith('PS')) return { name: 'RSA-PSS', hash };
  if (algorithm.startsWith('ES')) return { name: 'ECDSA', namedCurve: CURVES[algorithm] };
  return { name: hasMlDsa(algorithm) ? algorithm : 'Ed25519' };
}

/** jose has it where the runtime's Web Crypto does. */
function hasMlDsa(algorithm) {
  return algorithm.startsWith('ML-DSA-') && globalThis.SubtleCrypto.supports?.('verify', algorithm) === true;
}

const CURVES = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };
