/* oxlint-disable unicorn/require-post-message-target-origin -- a worker has no origin */
import { sign as signWith, verify as verifyWith } from 'node:crypto';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { createSigner } from 'simplejwt/jws';
import { nodeCryptoAsync } from 'simplejwt/crypto/node';
import { assertClaims, assertRefused, assertSigned, altered, lacking, ourVerifier } from '../contenders/contenders.mjs';
import { keysFor } from '../fixtures/keys.mjs';
import { schemeOf } from '../fixtures/raw-crypto.mjs';
import { AUDIENCE, claimsOf, ISSUER, tokensOf } from '../fixtures/tokens.mjs';

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];

/** What work off the event loop costs and gives. It shares cores with the loop: UV_THREADPOOL_SIZE says how many threads libuv has (4). */
export const asynchronous = {
  name: 'async',
  about:
    'by nodeCrypto, and by nodeCryptoAsync, which leaves verifying with RSA and signing with ES256 and EdDSA on this thread too',
  unit: 'time',
  baseline: 'on this thread',
  rows: [
    ...ALGORITHMS.flatMap((algorithm) => [
      { name: `${algorithm} verify`, prepare: () => timing(algorithm, verifying) },
      { name: `${algorithm} sign`, prepare: () => timing(algorithm, signing) },
      { name: `${algorithm} verify, 32 at once: longest hold of the loop`, prepare: () => holding(algorithm, verifying) },
      { name: `${algorithm} sign, 32 at once: longest hold of the loop`, prepare: () => holding(algorithm, signing) },
    ]),
    { name: 'HS256 verify, by a message to a worker and back', prepare: () => messaging('HS256') },
  ],
};

/** By the clock on the wall: a call on this thread, one of many off it, one alone off it, and what OpenSSL takes of the second. */
function timing(algorithm, ofKind) {
  const keys = keysFor(algorithm);
  if (keys === undefined) return lacking(algorithm);
  const { here, off, alone } = ofKind(algorithm, keys);
  return {
    contenders: [
      { name: 'on this thread', ours: true, ...here },
      { name: 'async, 16 in flight', ours: true, inFlight: 16, ...off },
      { name: 'async, one at a time', ours: true, awaited: true, ...off },
      { name: 'crypto alone in the pool, 16 in flight', inFlight: 16, floor: true, ...alone },
    ],
    notApplicable: [],
  };
}

/** The longest that nothing else could run, from a burst of calls to the last answer. */
function holding(algorithm, ofKind) {
  const keys = keysFor(algorithm);
  if (keys === undefined) return lacking(algorithm);
  const { here, off } = ofKind(algorithm, keys);
  const held = ({ call, check }) => ({ check, sample: () => longestHold(call) });
  return {
    contenders: [
      { name: 'on this thread', ours: true, ...held(here) },
      { name: 'async', ours: true, ...held(off) },
    ],
    notApplicable: [],
  };
}

function longestHold(call) {
  return new Promise((resolve, reject) => {
    let [longest, last, underWay] = [0, performance.now(), BURST];
    const turn = () => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
      if (underWay > 0) setImmediate(turn);
      else resolve(longest * 1e6);
    };
    setImmediate(turn);
    const one = async (index) => {
      await call(index);
      underWay -= 1;
    };
    for (let index = 0; index < BURST; index++) one(index).catch(reject);
  });
}

function verifying(algorithm, keys) {
  const tokens = tokensOf(algorithm, keys);
  const mask = tokens.length - 1;
  const timed = (verify) => ({
    call: (index) => verify(tokens[index & mask]),
    check: async () => {
      for (const index of [0, mask, 0]) assertClaims(await verify(tokens[index]), claimsOf(index));
      await assertRefused(() => verify(altered(tokens[0])));
    },
  });
  const { hash, options } = schemeOf(algorithm);
  const dots = tokens.map((token) => token.lastIndexOf('.'));
  const inputs = tokens.map((token, index) => Buffer.from(token.slice(0, dots[index])));
  const signatures = tokens.map((token, index) => Buffer.from(token.slice(dots[index] + 1), 'base64url'));
  const key = { key: keys.publicKey, ...options };
  return {
    here: timed(ourVerifier(algorithm, keys)),
    off: timed(ourVerifier(algorithm, keys, { crypto: nodeCryptoAsync })),
    alone: {
      call: (index) => poolVerify(hash, inputs[index & mask], key, signatures[index & mask]),
      check: () => poolVerify(hash, inputs[0], key, signatures[0]),
    },
  };
}

function signing(algorithm, keys) {
  const claims = claimsOf(0);
  const timed = (sign) => ({
    call: () => sign(claims),
    check: async () => assertSigned(await sign(claims), algorithm, keys, claims),
  });
  const sign = createSigner({ algorithm, key: keys.privateKey });
  const { hash, options } = schemeOf(algorithm);
  const input = Buffer.from(sign(claims).split('.').slice(0, 2).join('.'));
  const key = { key: keys.privateKey, ...options };
  const raw = () => poolSign(hash, input, key);
  return {
    here: timed(sign),
    off: timed(createSigner({ algorithm, key: keys.privateKey, crypto: nodeCryptoAsync })),
    alone: { call: raw, check: async () => (await raw()).length > 0 },
  };
}

/** What a worker costs that others send their tokens to. */
function messaging(algorithm) {
  const keys = keysFor(algorithm);
  const tokens = tokensOf(algorithm, keys);
  const { here } = verifying(algorithm, keys);
  const workerData = { algorithms: [algorithm], key: keys.publicText, issuer: ISSUER, audience: AUDIENCE };
  const worker = new Worker(new URL('answering-worker.mjs', import.meta.url), { workerData });
  const waiting = [];
  worker.on('message', (outcome) => waiting.shift()(outcome));
  const call = (index) =>
    new Promise((resolve) => {
      waiting.push(resolve);
      worker.postMessage(tokens[index & (tokens.length - 1)]);
    });
  const check = async () => assertClaims((await call(3)).claims, claimsOf(3));
  return {
    contenders: [
      { name: 'on this thread', ours: true, ...here },
      { name: 'messages, 16 in flight', inFlight: 16, call, check },
      { name: 'messages, one at a time', awaited: true, call, check },
    ],
    notApplicable: [],
    close: () => worker.terminate(),
  };
}

const poolVerify = promisify(verifyWith);
const poolSign = promisify(signWith);
const BURST = 32;
