import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyring } from '../../../src/adapters/keys/keyring.ts';
import type { KeyringOptions } from '../../../src/adapters/keys/keyring-options.ts';
import { memoryKeyStorage } from '../../../src/adapters/keys/memory-key-storage.ts';
import { jwkThumbprint } from '../../../src/application/jwk-thumbprint.ts';
import { nodeCrypto } from '../../../src/adapters/crypto/node/provider.ts';
import type { Algorithm } from '../../../src/domain/jose/algorithms.ts';
import { createSigner, createVerifier } from '../../../src/jws.ts';
import type { KeyStorage } from '../../../src/ports/key-storage.ts';
import { fakeClock } from '../../../src/testing/fake-clock.ts';
import { keySourceContract } from '../../../src/testing/key-source-contract.ts';
import { keyStorageContract } from '../../../src/testing/key-storage-contract.ts';
import { ecPair } from '../../key-pairs.ts';

const HOUR = 3600;
const DAY = 86_400;
const START = 1_700_000_000;

function ringOf(options: Partial<KeyringOptions> = {}) {
  const clock = fakeClock(START);
  const log: unknown[] = [];
  const events = {
    minted: ({ kid, from }: { kid: string; from: number }) => void log.push(['minted', kid, from - START]),
    withdrawn: ({ kid }: { kid: string }) => void log.push(['withdrawn', kid]),
    failed: ({ error }: { error: unknown }) => void log.push(['failed', error]),
  };
  const store = options.store ?? memoryKeyStorage();
  const another = (more: Partial<KeyringOptions> = {}) =>
    keyring({ algorithm: 'ES256', rotateEvery: '30d', overlap: '2d', store, clock, events, ...options, ...more });
  return { clock, log, store, another, ring: another() };
}

type Ring = ReturnType<typeof keyring>;
const statesOf = async (ring: Ring) => (await ring.list()).map(({ state }) => state);
const kidOf = async (ring: Ring) => (await ring.primary()).kid ?? '';
const sign = async (ring: Ring) =>
  createSigner({ algorithm: ring.algorithm, key: await ring.primary(), kid: await kidOf(ring) })({});
async function codeOf(ring: Ring, token: string) {
  const outcome = await createVerifier({ algorithms: [ring.algorithm], key: ring }).try(token);
  return outcome.ok ? 'ok' : outcome.code;
}
/** What runs in the background is done with. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 30));

describe('a keyring', () => {
  it('makes its first key when it is first asked, and signs with it at once', async () => {
    const { ring } = ringOf();
    await ring.ready();
    const token = await sign(ring);
    expect(await ring.list()).toEqual([
      { kid: expect.stringMatching(/^[\w-]{43}$/), state: 'signing', from: START, until: undefined },
    ]);
    expect(await codeOf(ring, token)).toBe('ok');
    expect(await jwkThumbprint(await ring.primary(), nodeCrypto)).toBe(await kidOf(ring));
  });

  it('publishes the next key ahead, signs with it when it is time, and lets the old one verify until its tokens are gone', async () => {
    const { ring, clock } = ringOf();
    const old = await sign(ring);
    const first = await kidOf(ring);
    clock.advance(30 * DAY - HOUR - 1);
    expect(await statesOf(ring)).toEqual(['signing']);
    clock.advance(11);
    await ring.list(); // due: made in the background
    await expect.poll(() => statesOf(ring)).toEqual(['signing', 'published']);
    expect(await kidOf(ring)).toBe(first);
    expect((await ring.published()).keys).toHaveLength(2);

    clock.set(START + 30 * DAY + 10);
    expect(await statesOf(ring)).toEqual(['verifying', 'signing']);
    expect(await kidOf(ring)).not.toBe(first);
    const young = await sign(ring);
    clock.advance(2 * DAY - 1);
    expect([await codeOf(ring, old), await codeOf(ring, young)]).toEqual(['ok', 'ok']);
    clock.advance(21);
    expect([await codeOf(ring, old), await codeOf(ring, young)]).toEqual(['key_unknown', 'ok']);
  });

  it('goes on signing with the key it has when the next is late, and then publishes that ahead too', async () => {
    const { ring, clock } = ringOf();
    const first = await kidOf(ring);
    clock.advance(300 * DAY);
    expect(await kidOf(ring)).toBe(first);
    await expect.poll(() => statesOf(ring)).toEqual(['signing', 'published']);
    expect((await ring.list())[1]?.from).toBe(START + 300 * DAY + HOUR);
  });

  it('drops keys that no token can be signed with any more', async () => {
    const { ring, clock, store } = ringOf();
    for (let month = 0; month < 5; month++) {
      await ring.primary();
      await settled();
      clock.advance(30 * DAY);
    }
    await ring.primary();
    await settled();
    const { keys } = JSON.parse((await store.read())?.text ?? '') as { keys: unknown[] };
    expect(keys.length).toBeLessThanOrEqual(3);
  });

  it('can be told to rotate, once at a time', async () => {
    const { ring, clock, log } = ringOf();
    await ring.ready();
    await Promise.all([ring.rotate(), ring.rotate(), ring.rotate()]);
    expect(await statesOf(ring)).toEqual(['signing', 'published']);
    clock.advance(HOUR);
    expect(await statesOf(ring)).toEqual(['verifying', 'signing']);
    expect(log.map((entry) => (entry as string[])[0])).toEqual(['minted', 'minted']);
  });

  it('withdraws a key at once; if it was the primary, another signs at once', async () => {
    const { ring, clock, store, log } = ringOf();
    const [token, kid] = [await sign(ring), await kidOf(ring)];
    await ring.withdraw(kid);
    expect(await codeOf(ring, token)).toBe('key_unknown');
    expect(await statesOf(ring)).toEqual(['withdrawn', 'signing']);
    const young = await sign(ring);
    expect(await codeOf(ring, young)).toBe('ok');
    expect((await store.read())?.text.match(/"d":/g)).toHaveLength(1); // of what was withdrawn only the name is left
    expect((await ring.published()).keys.map((key) => key.kid)).toEqual([await kidOf(ring)]);
    await ring.withdraw(kid);
    expect(log.filter((entry) => (entry as string[])[0] === 'withdrawn')).toEqual([['withdrawn', kid]]);
    clock.advance(2 * DAY + 20);
    expect(await codeOf(ring, token)).toBe('key_unknown');
    await expect(ring.withdraw('nobody')).rejects.toMatchObject({ name: 'ConfigError', option: 'kid' });
  });

  it('that withdraws its primary takes the published key, if there is one', async () => {
    const { ring } = ringOf();
    await ring.ready();
    await ring.rotate();
    const [first, second] = await ring.list();
    await ring.withdraw(first?.kid ?? '');
    expect(await ring.list()).toMatchObject([{ state: 'withdrawn' }, { kid: second?.kid, state: 'signing', from: START }]);
  });

  it('tells a cache of verified tokens when its keys have changed, and not before', async () => {
    const { ring, clock } = ringOf();
    await ring.ready();
    const before = ring.revision?.();
    clock.advance(9);
    await ring.primary();
    await settled();
    expect(ring.revision?.()).toBe(before);
    await ring.withdraw(await kidOf(ring));
    expect(ring.revision?.()).not.toBe(before);
  });

  it('begins with a key it was given, under its own kid or its thumbprint', async () => {
    const { privateKey } = ecPair('P-256');
    const jwk = privateKey.export({ format: 'jwk' });
    for (const kid of ['mine', undefined]) {
      const { ring, another } = ringOf({ initialKey: { ...jwk, ...(kid !== undefined && { kid }) } });
      expect(await kidOf(ring)).toBe(kid ?? jwkThumbprint(jwk, nodeCrypto));
      await ring.withdraw(await kidOf(ring));
      expect(await kidOf(another())).not.toBe(kid ?? jwkThumbprint(jwk, nodeCrypto)); // only an empty store takes it
    }
  });

  it.each<Algorithm>(['HS256', 'HS512', 'RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'])(
    'makes keys for %s',
    async (algorithm) => {
      const { ring, another } = ringOf({ algorithm });
      const token = await sign(ring);
      expect(await codeOf(another(), token)).toBe('ok');
      expect((await ring.published()).keys.map(({ isPrivate, kty }) => [isPrivate, kty])).toEqual(
        algorithm.startsWith('HS') ? [] : [[false, expect.stringMatching(/^(RSA|EC|OKP)$/)]],
      );
    },
  );

  it('says which algorithm its runtime cannot make a key for', async () => {
    await expect(ringOf({ algorithm: 'ES256K' }).ring.ready()).rejects.toMatchObject({
      code: 'keys_unavailable',
      cause: expect.objectContaining({ name: 'ConfigError', code: 'unsupported_algorithm' }),
    });
  });
});

describe('on several hosts', () => {
  it('exactly one makes the first key, and exactly one the next', async () => {
    const { another, clock, log, store } = ringOf();
    const rings = Array.from({ length: 12 }, () => another());
    const kids = await Promise.all(rings.map(kidOf));
    expect(new Set(kids).size).toBe(1);
    clock.advance(30 * DAY - HOUR + 5);
    await Promise.all(rings.map((ring) => ring.list()));
    await expect.poll(() => log.length).toBeGreaterThan(1);
    await settled();
    await Promise.all(rings.map((ring) => ring.list()));
    expect(log).toHaveLength(2);
    expect(JSON.parse((await store.read())?.text ?? '')).toMatchObject({ keys: [{ kid: kids[0] }, { kid: expect.any(String) }] });
    clock.advance(HOUR);
    expect(new Set(await Promise.all(rings.map(kidOf))).size).toBe(1);
  });

  it('a token of a key that was just made is known after one look, and a withdrawn key is gone after the next', async () => {
    const { ring, another, clock } = ringOf();
    const other = another();
    await Promise.all([ring.ready(), other.ready()]);
    const old = await sign(ring);
    await ring.withdraw(await kidOf(ring));
    clock.advance(1);
    expect(await codeOf(other, await sign(ring))).toBe('ok'); // an unknown kid is looked for
    expect(await codeOf(other, old)).toBe('key_unknown');

    const third = another();
    const token = await sign(third);
    await other.withdraw(await kidOf(other));
    clock.advance(11);
    expect(await codeOf(third, token)).toBe('key_unknown'); // within refreshSeconds
  });

  it('a host whose clock is behind signs with what there is', async () => {
    const { ring, another } = ringOf();
    await ring.ready();
    const behind = another({ clock: fakeClock(START - 5) });
    expect(await kidOf(behind)).toBe(await kidOf(ring));
    expect(await codeOf(behind, await sign(ring))).toBe('ok');
  });
});

describe('a store that fails', () => {
  function failing() {
    const memory = memoryKeyStorage();
    const away = { now: false, reads: 0 };
    const store: KeyStorage = {
      async read() {
        away.reads += 1;
        if (away.now) throw new Error('connection refused');
        return memory.read();
      },
      replace: (text, version) => memory.replace(text, version),
    };
    return { away, ...ringOf({ store }) };
  }

  it('holds up nobody until the keys are too old; then nothing is signed or verified, with 503', async () => {
    const { ring, clock, away } = failing();
    const token = await sign(ring);
    away.now = true;
    clock.advance(310);
    expect(await codeOf(ring, token)).toBe('ok');
    await sign(ring);
    clock.advance(1);
    expect(await codeOf(ring, token)).toBe('keys_unavailable');
    await expect(ring.primary()).rejects.toMatchObject({
      code: 'signer_unavailable',
      status: 503,
      cause: new Error('connection refused'),
    });
    away.now = false;
    clock.advance(1);
    expect(await codeOf(ring, token)).toBe('ok');
  });

  it('is asked by one at a time', async () => {
    const { ring, away } = failing();
    await Promise.all(Array.from({ length: 20 }, async () => ring.primary()));
    expect(away.reads).toBeLessThanOrEqual(4); // to look, before and after the key was made, and to see what came of it
  });

  it('does not bring back a withdrawn key by forgetting', async () => {
    const { ring, clock, store } = ringOf();
    const before = await store.read();
    await ring.ready();
    const kept = { ...(await store.read()) };
    let forgotten = false;
    const flaky = ringOf({ store: { read: () => (forgotten ? before : (kept as never)), replace: () => true } });
    await flaky.ring.ready();
    forgotten = true;
    flaky.clock.advance(311);
    await expect(flaky.ring.primary()).rejects.toMatchObject({ cause: new Error('the key store has lost what it had') });
    expect(clock()).toBe(START);
  });

  it.each(['', '{}', '{"keys":{}}', '{"keys":[{}]}', '{"keys":[{"kid":"a","from":1,"jwk":{"kty":"oct","k":"c2VjcmV0"}}]}'])(
    'or holds %s is no keyring',
    async (text) => {
      const { ring } = ringOf({ store: { read: () => ({ text, version: 1 }), replace: () => true } });
      await expect(ring.ready()).rejects.toMatchObject({ code: 'keys_unavailable' });
    },
  );
});

describe('sealed keys', () => {
  const sealingKey = randomBytes(32);

  it('show nothing to who reads the store, and open for who has the key', async () => {
    const { ring, another, store } = ringOf({ sealingKey });
    const token = await sign(ring);
    expect(Object.keys(JSON.parse((await store.read())?.text ?? '').keys[0])).toEqual(['kid', 'from', 'sealed']);
    expect(await codeOf(another({ sealingKey: sealingKey.toString('base64url') }), token)).toBe('ok');
  });

  it('go under a new key while the old one opens them', async () => {
    const { ring, another } = ringOf({ sealingKey });
    const token = await sign(ring);
    const renewed = another({ sealingKey: [randomBytes(32), sealingKey] });
    expect(await codeOf(renewed, token)).toBe('ok');
    await renewed.rotate();
    expect(await statesOf(renewed)).toEqual(['signing', 'published']);
  });

  it.each<[string, Partial<KeyringOptions>, string]>([
    ['another key', { sealingKey: randomBytes(32) }, 'no sealingKey opens a stored key'],
  ])('do not open for %s', async (_what, options, message) => {
    const { ring, another } = ringOf({ sealingKey });
    await ring.ready();
    await expect(another(options).ready()).rejects.toMatchObject({ code: 'keys_unavailable', cause: new Error(message) });
  });

  it('cannot be exchanged for another, nor for one in the open', async () => {
    const { ring, another, store } = ringOf({ sealingKey });
    await ring.ready();
    await ring.rotate();
    const { keys } = JSON.parse((await store.read())?.text ?? '');
    const swapped = { keys: [{ ...keys[0], sealed: keys[1].sealed }, keys[1]] };
    await store.replace(JSON.stringify(swapped), (await store.read())?.version);
    await expect(another().ready()).rejects.toMatchObject({ cause: new Error('no sealingKey opens a stored key') });

    const forger = ringOf({ algorithm: 'ES256' });
    await forger.ring.ready();
    await store.replace((await forger.store.read())?.text ?? '', (await store.read())?.version);
    await expect(another().ready()).rejects.toMatchObject({ cause: new Error('the key store holds a key that is not sealed') });
  });

  it('need their key', async () => {
    const { ring, store } = ringOf({ sealingKey });
    await ring.ready();
    await expect(ringOf({ store }).ring.ready()).rejects.toMatchObject({
      cause: new Error('the key store holds sealed keys: give the sealingKey'),
    });
  });
});

it.each<[object, string]>([
  [{ algorithm: undefined }, 'algorithm'],
  [{ algorithm: 'none' }, 'algorithm'],
  [{ rotateEvery: 1 }, 'rotateEvery'],
  [{ publishAhead: '16d' }, 'publishAhead'],
  [{ overlap: 0 }, 'overlap'],
  [{ maxStaleSeconds: 3601 }, 'maxStaleSeconds'],
  [{ refreshSeconds: 301 }, 'refreshSeconds'],
  [{ sealingKey: 'too short' }, 'sealingKey'],
  [{ sealingKey: new Uint8Array(31) }, 'sealingKey'],
  [{ store: {} }, 'store'],
  [{ clock: 5 }, 'clock'],
  [{ events: { mintd: () => 0 } }, 'mintd'],
  [{ rotateAfter: '30d' }, 'rotateAfter'],
  [{ initialKey: ecPair('P-384').privateKey }, 'initialKey'],
  [{ initialKey: ecPair('P-256').publicKey }, 'initialKey'],
])('refuses %j', (options, option) => {
  expect(() => keyring({ algorithm: 'ES256', ...options })).toThrow(expect.objectContaining({ name: 'ConfigError', option }));
});

const jwk = { ...ecPair('P-256').privateKey.export({ format: 'jwk' }), kid: 'key-1' };
keySourceContract({
  name: 'keyring',
  describe,
  it,
  createSource: () => keyring({ algorithm: 'ES256', initialKey: jwk }),
  known: { alg: 'ES256', kid: 'key-1' },
});
keyStorageContract({
  name: 'memoryKeyStorage',
  describe,
  it,
  createStorage() {
    const storage = memoryKeyStorage();
    return { open: () => storage };
  },
});

it('takes nothing that a polluted prototype lends, from options or from the store', async () => {
  const lent = { withdrawnAt: 1, sealed: 'c2VhbGVk', sealingKey: randomBytes(32), initialKey: 'a key', jwk: { kty: 'oct' } };
  const { ring, another } = ringOf();
  const token = await sign(ring);
  try {
    Object.assign(Object.prototype, lent);
    expect(await codeOf(another(), token)).toBe('ok');
    expect(await statesOf(another())).toEqual(['signing']);
  } finally {
    for (const name of Object.keys(lent)) Reflect.deleteProperty(Object.prototype, name);
  }
});
