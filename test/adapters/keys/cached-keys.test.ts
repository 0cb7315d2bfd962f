import { expect, it } from 'vitest';
import { createCachedKeys, type FetchedKeys } from '../../../src/adapters/keys/cached-keys.ts';
import { parseJwksDocument } from '../../../src/adapters/keys/jwks-document.ts';
import { ecPair } from '../../key-pairs.ts';

const { publicKey } = ecPair('P-256');
const fetched = (kid: string): FetchedKeys => ({
  keys: parseJwksDocument(new TextEncoder().encode(JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid }] }))),
  freshSeconds: 10,
  revalidateSeconds: 0,
});

it('what was put is not undone by a request that began before it: a withdrawn key does not come back', async () => {
  let answer: (keys: FetchedKeys) => void = () => undefined;
  const cached = createCachedKeys({
    url: 'keys',
    load: () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
    elapsed: () => 0,
    events: {},
    timeoutSeconds: 5,
    cooldownSeconds: 1,
    maxStaleSeconds: 100,
  });
  const waiting = cached.candidates({ alg: 'ES256', kid: 'old' });
  cached.put(fetched('new'));
  answer(fetched('old'));
  expect(await waiting).toEqual([]);
  expect(await cached.candidates({ alg: 'ES256', kid: 'new' })).toHaveLength(1);
});
