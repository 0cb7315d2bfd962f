import { altered, assertClaims, assertRefused, fromPeers, ourVerifier, peersWithout } from '../contenders/contenders.mjs';
import { keysFor } from '../fixtures/keys.mjs';
import { claimsOf, encode, flat, LONG_AGO, tokensOf } from '../fixtures/tokens.mjs';

export const reject = {
  name: 'reject',
  about: 'a refusal, thrown through ten frames and caught; verify.try answers it instead',
  unit: 'time',
  baseline: 'fast-jwt',
  rows: ['HS256', 'ES256'].flatMap((algorithm) =>
    Object.entries(FAULTS()).map(([fault, tokens]) => ({
      name: `${algorithm} ${fault}`,
      prepare: () => rejecting(algorithm, tokens),
    })),
  ),
};

async function rejecting(algorithm, faulty) {
  const keys = keysFor(algorithm);
  const [good] = tokensOf(algorithm, keys, { count: 1 });
  const tokens = faulty(algorithm, keys).map(flat);
  const mask = tokens.length - 1;
  const verify = ourVerifier(algorithm, keys);
  const thrown = ({ name, verify, awaited = false }) => {
    const deep = throughFrames((index) => verify(tokens[index & mask]));
    return {
      name,
      awaited,
      call: awaited ? caughtLater(deep) : caught(deep),
      check: async () => {
        assertClaims(await verify(good), claimsOf(0)); // a verifier in service has seen good tokens too
        for (const index of [0, 1, mask]) await assertRefused(() => verify(tokens[index]));
      },
    };
  };
  const peers = await fromPeers(algorithm, (peer) => peer.verifiers(algorithm, keys));
  return {
    contenders: [
      { ...thrown({ name: 'simplejwt', verify }), ours: true },
      {
        name: 'simplejwt, verify.try',
        ours: true,
        call: (index) => verify.try(tokens[index & mask]),
        check: () => verify.try(good).ok && verify.try(tokens[0]).ok === false && verify.try(tokens[mask]).ok === false,
      },
      ...peers.filter(({ cached, inFlight }) => !cached && inFlight === undefined).map(thrown),
    ],
    notApplicable: peersWithout(algorithm),
  };
}

/** Frames as a server has them between its handler and the verifier. */
function throughFrames(call) {
  let deep = call;
  for (let frame = 0; frame < 10; frame++) {
    const inner = deep;
    deep = (index) => inner(index);
  }
  return deep;
}

function caught(call) {
  return (index) => {
    try {
      call(index);
    } catch (error) {
      return error;
    }
    throw new Error('it accepts what it must refuse');
  };
}

function caughtLater(call) {
  return async (index) => {
    try {
      await call(index);
    } catch (error) {
      return error;
    }
    throw new Error('it accepts what it must refuse');
  };
}

/** A function, since the table above is read before this line. */
function FAULTS() {
  const good = (algorithm, keys) => tokensOf(algorithm, keys, { count: 128 });
  return {
    expired: (algorithm, keys) => tokensOf(algorithm, keys, { exp: LONG_AGO, count: 128 }),
    'bad signature': (algorithm, keys) => good(algorithm, keys).map(altered),
    malformed: (algorithm, keys) => good(algorithm, keys).map((token) => `${token.slice(0, token.lastIndexOf('.'))}.a.b`),
    'not base64url': (algorithm, keys) => good(algorithm, keys).map((token) => token.replace('.ey', '.!!')),
    'alg none': (algorithm, keys) =>
      good(algorithm, keys).map((token) => `${encode({ alg: 'none', typ: 'JWT' })}.${token.split('.')[1]}.`),
  };
}
