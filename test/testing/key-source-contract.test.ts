import { ecPair } from '../key-pairs.ts';
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../../src/adapters/crypto/node/provider.ts';
import { remoteJwks } from '../../src/adapters/keys/remote-jwks.ts';
import { keysInHand } from '../../src/application/verification-keys.ts';
import { parseAlgorithm } from '../../src/application/verification-options.ts';
import type { KeySource } from '../../src/ports/key-source.ts';
import { keySourceContract } from '../../src/testing/key-source-contract.ts';
import { judge } from './collect.ts';

const known = { alg: 'ES256', kid: 'key-1' };
const { publicKey } = ecPair('P-256');
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: known.kid };
const inHand = () => keysInHand([jwk], [parseAlgorithm('ES256', 'algorithms')], nodeCrypto, 'key');
const published = () =>
  remoteJwks('https://issuer.example/jwks.json', {
    fetch: async () => Response.json({ keys: [jwk] }),
    clock: () => 1_700_000_000,
  });

keySourceContract({ name: 'keys in hand', describe, it, createSource: inHand, known });
keySourceContract({ name: 'remoteJwks', describe, it, createSource: published, known });

describe('the contract of a KeySource', () => {
  const sound = inHand();
  const BROKEN: readonly (readonly [defect: string, promise: string, source: KeySource])[] = [
    [
      'takes the kid for a path',
      'answers no key for a kid it does not have, whatever it looks like',
      { candidates: ({ kid, alg }) => sound.candidates({ alg, kid: kid?.includes('..') === true ? known.kid : kid }) },
    ],
    [
      'looks at no algorithm',
      'answers no key for an algorithm the key is not for',
      { candidates: ({ kid }) => sound.candidates({ kid, alg: 'ES256' }) },
    ],
    [
      'is not as synchronous as it says',
      'answers at once where it says so',
      { synchronous: true, candidates: async (hint) => sound.candidates(hint) },
    ],
    ['has no key', 'answers the one key of a token that names it', { candidates: () => [] }],
    [
      'makes its keys anew for each call',
      'answers 50 that ask at once alike',
      { candidates: (hint) => inHand().candidates(hint) },
    ],
  ];

  it.each(BROKEN)('catches a source that %s', async (_defect, promise, source) => {
    const { broken } = await judge((runner) =>
      keySourceContract({ name: 'a source', createSource: () => source, known, ...runner }),
    );
    expect(broken).toContain(promise);
  });

  it('closes what it opened', async () => {
    let closed = 0;
    const createSource = () => ({ candidates: () => [], close: () => void closed++ });
    const { count } = await judge((runner) => keySourceContract({ name: 'a source', createSource, known, ...runner }));
    expect(closed).toBe(count);
  });
});
