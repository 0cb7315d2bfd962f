import { readFileSync } from 'node:fs';
import { createVerifier } from 'simplejwt/jws';
import { UsageError } from '../command/flags.mjs';
import { keysFor } from '../fixtures/keys.mjs';
import { claimsOf, flat, tokenOf } from '../fixtures/tokens.mjs';

/**
 * The token that is looked at: the user's, or a typical one. Verified before anything is measured, at a time at which it is valid.
 *
 * @typedef {object} Subject
 * @property {boolean} typical It was made for this run.
 * @property {string} algorithm
 * @property {string} token
 * @property {object} claims
 * @property {object} options What a verifier of it is made with, all but the clock.
 * @property {number} now A time at which it is valid.
 *
 * @returns {Subject}
 */
export function subjectOf({ token: tokenFile, key: keyFile, alg }) {
  if (tokenFile === undefined) {
    if (keyFile !== undefined) throw new UsageError('--key needs a token; write --token FILE too');
    return typical(alg ?? 'HS256');
  }
  if (keyFile === undefined) throw new UsageError('--token needs its key; write --key FILE too');
  const token = flat(read('--token', tokenFile).toString('latin1').trim());
  const algorithm = alg ?? algorithmOf(token);
  const { exp, nbf, iat } = claimsIn(token);
  const now = [exp - 1, nbf, iat].find(Number.isFinite) ?? Math.floor(Date.now() / 1000);
  return checked({ typical: false, algorithm, token, now, key: parseKey(read('--key', keyFile), algorithm) });
}

function typical(algorithm) {
  const keys = keysOf(algorithm);
  const claims = claimsOf(0);
  return checked({ typical: true, algorithm, token: tokenOf(algorithm, keys, claims), now: claims.iat, key: keys.publicText });
}

function keysOf(algorithm) {
  try {
    const keys = keysFor(algorithm);
    if (keys !== undefined) return keys;
  } catch {
    throw new UsageError('--alg must be a JWS algorithm such as HS256, RS256, ES256 or EdDSA');
  }
  throw new UsageError(`this Node has no ${algorithm}; write another --alg`);
}

/** Checked as the application would: for who wrote it and whom it is for, where the token says so. */
function checked({ key, ...subject }) {
  const { iss, aud } = claimsIn(subject.token);
  const options = {
    algorithms: [subject.algorithm],
    key,
    ...(iss !== undefined && { issuer: iss }),
    ...(aud !== undefined && { audience: aud }),
  };
  const outcome = createVerifier({ ...options, clock: () => subject.now }).try(subject.token);
  if (!outcome.ok) throw new UsageError(`the token does not verify with this key: ${outcome.code}`);
  return { ...subject, claims: outcome.claims, options };
}

function algorithmOf(token) {
  const { alg } = segmentOf(token, 0);
  if (typeof alg !== 'string' || !/^[\w-]{1,20}$/.test(alg))
    throw new UsageError('the token names no algorithm; write --alg ALG');
  return alg;
}

function claimsIn(token) {
  return segmentOf(token, 1);
}

function segmentOf(token, index) {
  try {
    const value = JSON.parse(Buffer.from(token.split('.')[index], 'base64url').toString());
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // what is wrong with it must not be told: it would show a piece of it
  }
  throw new UsageError('--token must be a file with one compact JWT in it');
}

function read(flag, path) {
  try {
    return readFileSync(path === '-' && flag === '--token' ? 0 : path);
  } catch ({ code }) {
    throw new UsageError(`${flag} names a file that cannot be read (${code})`);
  }
}

/** As `simplejwt verify` reads it: a JWK, the octets of a secret less the newline an editor adds, or PEM. */
function parseKey(octets, algorithm) {
  const text = octets.toString();
  if (text.trimStart().startsWith('{')) {
    try {
      return JSON.parse(text);
    } catch {
      throw new UsageError('the file of --key starts as JSON does, but is none');
    }
  }
  if (!algorithm.startsWith('HS')) return text;
  return /^[^\p{Cc}]+\r?\n$/u.test(text) ? Buffer.from(text.trimEnd()) : octets;
}
