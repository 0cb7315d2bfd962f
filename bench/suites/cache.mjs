import { altered, assertClaims, assertRefused, fromPeers, lacking, ourVerifier } from '../contenders/contenders.mjs';
import { keysFor } from '../fixtures/keys.mjs';
import { claimsOf, tokensOf } from '../fixtures/tokens.mjs';

export const cache = {
  name: 'cache',
  about: 'a token that was verified before, cut fresh from bytes as an HTTP parser does; ours asks again whether it is revoked',
  unit: 'time',
  baseline: 'fast-jwt, cache hit',
  rows: ['HS256', 'ES256'].map((algorithm) => ({ name: algorithm, prepare: () => caching(algorithm) })),
};

async function caching(algorithm) {
  const keys = keysFor(algorithm);
  if (keys === undefined) return lacking(algorithm);
  const tokens = tokensOf(algorithm, keys, { count: COUNT }).filter((token, _, [first]) => token.length === first.length);
  const { length } = tokens[0];
  const bytes = Buffer.from(tokens.join(''), 'latin1');
  const order = Uint32Array.from({ length: 2 ** 16 }, () => Math.floor(Math.random() * tokens.length) * length);
  const cut = (index) => {
    const at = order[index & 0xffff];
    return bytes.latin1Slice(at, at + length);
  };
  const timed = (name, verify) => ({
    name,
    call: (index) => verify(cut(index)),
    check: async () => {
      for (const token of tokens) verify(token);
      assertClaims(verify(tokens[0]), claimsOf(0));
      await assertRefused(() => verify(altered(tokens[0])));
    },
  });
  const peers = await fromPeers(algorithm, (peer) => peer.verifiers(algorithm, keys));
  return {
    contenders: [
      ours(algorithm, keys, tokens, timed),
      ...peers.filter(({ cached }) => cached).map(({ name, verify }) => timed(name, verify)),
      { ...timed('simplejwt, no cache', ourVerifier(algorithm, keys)), ours: true },
      { name: 'making the string', floor: true, call: (index) => cut(index).charCodeAt(7), check: () => tokens.includes(cut(0)) },
    ],
    notApplicable: [],
  };
}

function ours(algorithm, keys, tokens, timed) {
  const revoked = new Set();
  const isRevoked = ({ jti }) => revoked.has(jti);
  const verify = ourVerifier(algorithm, keys, { verifiedTokenCache: { maxEntries: 4096 }, isRevoked });
  const contender = timed(NAME, verify);
  return {
    ...contender,
    ours: true,
    async check() {
      await contender.check();
      const { jti } = claimsOf(0);
      revoked.add(jti);
      await assertRefused(() => verify(tokens[0]));
      revoked.delete(jti);
      return verify(tokens[0]).jti === jti;
    },
  };
}

const NAME = 'simplejwt, cache hit and revocation check';
const COUNT = 1024;
