import { createSigner, createVerifier } from 'simplejwt/jws';
import { keysFor } from '../fixtures/keys.mjs';
import { cheapestCrypto, rawVerify } from '../fixtures/raw-crypto.mjs';
import { AUDIENCE, ISSUER, claimsOf, tokensOf } from '../fixtures/tokens.mjs';
import { PEERS } from './peers.mjs';

/** What is timed in the row of an algorithm, and who cannot be. @returns {Promise<Line>} */
export async function verifying(algorithm) {
  const keys = keysFor(algorithm);
  if (keys === undefined) return lacking(algorithm);
  const tokens = tokensOf(algorithm, keys);
  const mask = tokens.length - 1;
  const timed = ({ name, verify, ...manner }) => ({
    ...manner,
    name,
    call: (index) => verify(tokens[index & mask]),
    check: async () => {
      for (const index of [0, mask, 0]) assertClaims(await verify(tokens[index]), claimsOf(index));
      await assertRefused(() => verify(altered(tokens[0])));
    },
  });
  const floor = cheapestCrypto(algorithm, keys, tokens);
  return {
    contenders: [
      timed({ name: 'simplejwt', ours: true, verify: ourVerifier(algorithm, keys) }),
      ...(await fromPeers(algorithm, (peer) => peer.verifiers(algorithm, keys))).map(timed),
      { name: FLOOR, floor: true, call: floor.verify, check: () => Boolean(floor.verify(0)) },
    ],
    notApplicable: peersWithout(algorithm),
  };
}

/** @returns {Promise<Line>} */
export async function signing(algorithm) {
  const keys = keysFor(algorithm);
  if (keys === undefined) return lacking(algorithm);
  const claims = Array.from({ length: CLAIMS }, (_, index) => claimsOf(index));
  const timed = ({ name, sign, ...manner }) => ({
    ...manner,
    name,
    call: (index) => sign(claims[index & (CLAIMS - 1)]),
    check: async () => assertSigned(await sign(claims[7]), algorithm, keys, claims[7]),
  });
  const floor = cheapestCrypto(algorithm, keys, tokensOf(algorithm, keys, { count: 64 }));
  return {
    contenders: [
      timed({ name: 'simplejwt', ours: true, sign: createSigner({ algorithm, key: keys.privateKey }) }),
      ...(await fromPeers(algorithm, (peer) => peer.signers(algorithm, keys))).map(timed),
      { name: FLOOR, floor: true, call: floor.sign, check: () => floor.sign(0).length > 0 },
    ],
    notApplicable: peersWithout(algorithm),
  };
}

/**
 * @typedef {object} Line
 * @property {import('../harness/race.mjs').Contender[]} contenders
 * @property {{ name: string, why: string }[]} notApplicable
 */

export function ourVerifier(algorithm, { publicKey }, options = {}) {
  return createVerifier({ algorithms: [algorithm], key: publicKey, issuer: ISSUER, audience: AUDIENCE, ...options });
}

export async function fromPeers(algorithm, made) {
  const having = PEERS.filter(({ has }) => has(algorithm));
  return (await Promise.all(having.map(made))).flat();
}

export function peersWithout(algorithm) {
  return PEERS.filter(({ has }) => !has(algorithm)).map(({ name }) => ({ name, why: `has no ${algorithm}` }));
}

export function lacking(algorithm) {
  return { contenders: [], notApplicable: [{ name: 'all', why: `this Node has no ${algorithm}` }] };
}

/** The claims that say whose token it is and how long it lives. */
export function assertClaims(answered, expected) {
  for (const name of ['user_id', 'jti', 'exp', 'iat', 'aud', 'iss', 'role', 'tenant']) {
    if (answered?.[name] !== expected[name]) throw new Error(`the claim ${name} is not what was signed`);
  }
}

export function assertSigned(token, algorithm, keys, claims) {
  if (!rawVerify(algorithm, keys, token)) throw new Error('the signature is wrong');
  assertClaims(JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString()), claims);
}

export async function assertRefused(attempt) {
  let answer;
  try {
    answer = await attempt();
  } catch {
    return;
  }
  if (answer?.ok !== false) throw new Error('it accepts what it must refuse');
}

/** A token whose signature is wrong in one character. */
export function altered(token) {
  const at = token.lastIndexOf('.') + 5;
  return token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
}

const FLOOR = 'crypto alone';
const CLAIMS = 256;
