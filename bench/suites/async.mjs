import { sign as signWith, verify as verifyWith } from 'node:crypto';
import { promisify } from 'node:util';
import { createSigner } from 'simplejwt/jws';
import { assertClaims, lacking, ourVerifier } from '../contenders/contenders.mjs';
import { keysFor } from '../fixtures/keys.mjs';
import { schemeOf } from '../fixtures/raw-crypto.mjs';
import { claimsOf, tokensOf } from '../fixtures/tokens.mjs';

/** Whether work is worth sending off the event loop. */
export const asynchronous = {
  name: 'async',
  about: 'on this thread, and on the threads of libuv with 16 in flight: time by the clock on the wall',
  unit: 'time',
  baseline: 'simplejwt, this thread',
  rows: [
    ...['RS256', 'ES256', 'EdDSA'].map((algorithm) => ({ name: `${algorithm} verify`, prepare: () => verifying(algorithm) })),
    ...['RS256', 'ES256', 'EdDSA'].map((algorithm) => ({ name: `${algorithm} sign`, prepare: () => signing(algorithm) })),
  ],
};

function verifying(algorithm) {
  const keys = keysFor(algorithm);
  if (keys === undefined) return lacking(algorithm);
  const tokens = tokensOf(algorithm, keys);
  const verify = ourVerifier(algorithm, keys);
  const { hash, options } = schemeOf(algorithm);
  const split = tokens.map((token) => token.lastIndexOf('.'));
  const inputs = tokens.map((token, index) => Buffer.from(token.slice(0, split[index])));
  const signatures = tokens.map((token, index) => Buffer.from(token.slice(split[index] + 1), 'base64url'));
  const key = { key: keys.publicKey, ...options };
  const mask = tokens.length - 1;
  return line(
    { call: (index) => verify(tokens[index & mask]), check: () => assertClaims(verify(tokens[0]), claimsOf(0)) },
    {
      call: (index) => poolVerify(hash, inputs[index & mask], key, signatures[index & mask]),
      check: () => poolVerify(hash, inputs[0], key, signatures[0]),
    },
  );
}

function signing(algorithm) {
  const keys = keysFor(algorithm);
  if (keys === undefined) return lacking(algorithm);
  const sign = createSigner({ algorithm, key: keys.privateKey });
  const { hash, options } = schemeOf(algorithm);
  const key = { key: keys.privateKey, ...options };
  const claims = claimsOf(0);
  const input = Buffer.from(sign(claims).split('.').slice(0, 2).join('.'));
  return line(
    { call: () => sign(claims), check: () => sign(claims).split('.').length === 3 },
    { call: () => poolSign(hash, input, key), check: async () => (await poolSign(hash, input, key)).length > 0 },
  );
}

function line(here, pool) {
  return {
    contenders: [
      { name: 'simplejwt, this thread', ours: true, ...here },
      { name: 'crypto alone, pool', inFlight: 16, floor: true, ...pool },
    ],
    notApplicable: [{ name: 'simplejwt, pool', why: 'the library has no asynchronous verifier or signer over node:crypto yet' }],
  };
}

const poolVerify = promisify(verifyWith);
const poolSign = promisify(signWith);
