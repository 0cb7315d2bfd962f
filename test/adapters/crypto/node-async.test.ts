import { describe, expect, it } from 'vitest';
import { nodeCryptoAsync } from '../../../src/adapters/crypto/node/async-provider.ts';
import { supportedAlgorithms } from '../../../src/adapters/crypto/node/families.ts';
import { nodeCrypto } from '../../../src/adapters/crypto/node/provider.ts';
import type { Algorithm } from '../../../src/domain/jose/algorithms.ts';
import type { KeyInput } from '../../../src/domain/jose/key-material.ts';
import { createSigner, createVerifier } from '../../../src/jws.ts';
import type { Signer, Verifier } from '../../../src/ports/crypto-provider.ts';
import { derOfRaw } from '../../../src/testing/ecdsa-der.ts';
import { ecPair, ed25519Pair, ed448Pair, rsaPair } from '../../key-pairs.ts';
import { generateKeys, rowOf } from './generate-keys.ts';

const DATA = Buffer.from('eyJhbGciOiJub25lIn0.e30');
const rsa = rsaPair(2048);
const large = rsaPair(3200);
const p256 = ecPair('P-256');
const algorithms = supportedAlgorithms();

describe('nodeCryptoAsync', () => {
  it.each<[Algorithm, KeyInput, boolean, boolean]>([
    ['HS256', Buffer.alloc(32, 1), false, false],
    ['HS512', Buffer.alloc(64, 1), false, false],
    ['RS256', rsa.privateKey, true, false],
    ['PS256', rsa.privateKey, true, false],
    ['RS256', large.privateKey, true, true],
    ['PS512', large.privateKey, true, true],
    ['ES256', p256.privateKey, false, true],
    ['ES256K', ecPair('secp256k1').privateKey, true, true],
    ['ES384', ecPair('P-384').privateKey, true, true],
    ['ES512', ecPair('P-521').privateKey, true, true],
    ['EdDSA', ed25519Pair().privateKey, false, true],
    ['EdDSA', ed448Pair().privateKey, true, true],
    ['Ed25519', ed25519Pair().privateKey, false, true],
  ])('sends to the pool what is worth the trip: %s (key %#)', async (algorithm, key, signs, verifies) => {
    const signer = await nodeCryptoAsync.importSigner({ algorithm, key });
    const verifier = await nodeCryptoAsync.importVerifier({ algorithm, key });
    const signature = signer.sign(DATA);
    const verified = verifier.verify(DATA, await signature);
    expect([signature, verified].map((answer) => answer instanceof Promise)).toEqual([signs, verifies]);
    expect(verifier.synchronous === true).toBe(!verifies);
    expect(verifier.verifyCompact === undefined).toBe(verifies);
    expect(signer.compactSealer === undefined).toBe(signs);
    expect(await verified).toBe(true);
  });

  describe.each(algorithms)('answers as nodeCrypto does: %s', (algorithm) => {
    const keys = generateKeys(algorithm);
    const here = {
      signer: nodeCrypto.importSigner({ algorithm, key: keys.privateKey }),
      verifier: nodeCrypto.importVerifier({ algorithm, key: keys.publicKey }),
    };
    const imported = async () => ({
      signer: await nodeCryptoAsync.importSigner({ algorithm, key: keys.privateKey }),
      verifier: await nodeCryptoAsync.importVerifier({ algorithm, key: keys.publicKey }),
    });

    it('to signatures of either', async () => {
      const pool = await imported();
      for (const length of [0, 1, 308, 5000]) {
        const data = new Uint8Array(length).fill(length);
        expect(here.verifier.verify(data, await pool.signer.sign(data))).toBe(true);
        expect(await pool.verifier.verify(data, here.signer.sign(data))).toBe(true);
      }
    });

    it('to anything else', async () => {
      const { verifier } = await imported();
      const good = here.signer.sign(DATA);
      const flips = [0, 1, 2].map((part) => Math.min(good.length - 1, Math.floor((part * good.length) / 2)));
      const others = [
        good,
        ...flips.map((at) => good.map((octet, index) => (index === at ? octet ^ 0x20 : octet))),
        new Uint8Array(),
        good.subarray(1),
        good.subarray(0, -1),
        Uint8Array.of(...good, 0),
        Uint8Array.of(0, ...good),
        Uint8Array.of(...good, ...good),
        new Uint8Array(good.length),
        new Uint8Array(good.length).fill(0xff),
        ...(rowOf(algorithm).scheme === 'ecdsa' ? [derOfRaw(good)] : []),
      ];
      const answers = others.map(async (signature) => verifier.verify(DATA, signature));
      expect(await Promise.all(answers)).toEqual(others.map((signature) => here.verifier.verify(DATA, signature)));
      expect(await answers[0]).toBe(true);
      expect(await verifier.verify(Buffer.from('other data'), good)).toBe(false);
    });
  });

  it.each<[string, Algorithm, KeyInput]>([
    ['a key of another type', 'RS256', p256.privateKey],
    ['halves of different keys', 'EdDSA', mismatched()],
    ['an algorithm that is not in the table', 'none' as Algorithm, rsa.privateKey],
  ])('refuses %s by a rejection', async (_what, algorithm, key) => {
    const expected = expect.objectContaining({ name: 'ConfigError' });
    await expect(nodeCryptoAsync.importSigner({ algorithm, key })).rejects.toEqual(expected);
  });

  it('says the kid of the request, else that of the key', async () => {
    const key = { ...p256.publicKey.export({ format: 'jwk' }), kid: 'own' };
    expect((await nodeCryptoAsync.importVerifier({ algorithm: 'ES256', key })).kid).toBe('own');
    expect((await nodeCryptoAsync.importVerifier({ algorithm: 'ES256', key, kid: 'given' })).kid).toBe('given');
    expect((await nodeCryptoAsync.importSigner({ algorithm: 'RS256', key: rsa.privateKey, kid: 'given' })).kid).toBe('given');
  });

  it('can be spread and varied', async () => {
    const varied = { ...nodeCryptoAsync, importSigner: nodeCrypto.importSigner };
    const sign = createSigner({ algorithm: 'ES384', key: ecPair('P-384').privateKey, crypto: varied });
    expect(sign({ a: 1 }).split('.')).toHaveLength(3);
  });
});

describe('calls under way', () => {
  it.each<[Algorithm, KeyInput]>([
    ['PS256', large.privateKey],
    ['ES256', p256.privateKey],
    ['EdDSA', ed25519Pair().privateKey],
  ])('keep what they were given when its memory is used again: %s', async (algorithm, key) => {
    const signer = await nodeCryptoAsync.importSigner({ algorithm, key });
    const verifier = await nodeCryptoAsync.importVerifier({ algorithm, key });
    const inputs = Array.from({ length: 40 }, (_, index) => Buffer.from(`input ${String(index).padStart(4)}`));
    const [first] = inputs;
    const room = Buffer.alloc(first?.length ?? 0);

    const signatures = await Promise.all(
      inputs.map(async (input) => {
        room.set(input);
        const signature = signer.sign(room);
        room.fill(0);
        return signature;
      }),
    );
    const heldSignature = Buffer.alloc(signatures[0]?.length ?? 0);
    const answers = inputs.map(async (input, index) => {
      room.set(input);
      heldSignature.set(signatures[index] ?? []);
      if (index % 4 === 3) heldSignature.reverse();
      const answer = verifier.verify(room, heldSignature);
      room.fill(0);
      heldSignature.fill(0);
      return answer;
    });
    expect(await Promise.all(answers)).toEqual(inputs.map((_, index) => index % 4 !== 3));
  });

  it('do not mix up tokens, good and bad, of several keys', async () => {
    const crews = await Promise.all(
      (['RS256', 'ES256', 'ES512', 'EdDSA', 'HS256'] as const).map(async (algorithm) => {
        const keys = generateKeys(algorithm);
        const sign = createSigner({ algorithm, key: keys.privateKey, crypto: nodeCryptoAsync });
        const verify = createVerifier({ algorithms: [algorithm], key: keys.publicKey, crypto: nodeCryptoAsync });
        return { verify, tokens: await Promise.all(Array.from({ length: 20 }, (_, index) => sign({ index, algorithm }))) };
      }),
    );
    const calls = crews.flatMap(({ verify, tokens }) =>
      tokens.flatMap((token, index) => [
        verify.try(token),
        verify.try(tokens[(index + 1) % 20]?.replace(/\.[^.]*$/, token.slice(token.lastIndexOf('.'))) ?? ''),
      ]),
    );
    const outcomes = await Promise.all(calls);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(100);
    expect(outcomes.every(({ ok }, index) => ok === (index % 2 === 0))).toBe(true);
    expect(outcomes.map((outcome) => (outcome.ok ? outcome.claims['index'] : outcome.code))).toEqual(
      crews.flatMap(() => Array.from({ length: 20 }, (_, index) => [index, 'signature'])).flat(),
    );
  });

  it('let the event loop go on: 50 RSA signatures at a time', async () => {
    const signer = await nodeCryptoAsync.importSigner({ algorithm: 'RS256', key: rsa.privateKey });
    expect(await ticksWhile(signer, 50)).toBe(WANTED_TICKS);
  });

  it('are missed by the count of ticks where they hold the loop', async () => {
    expect(await ticksWhile(nodeCrypto.importSigner({ algorithm: 'RS256', key: rsa.privateKey }), 50)).toBe(0);
  });
});

describe('a signal', () => {
  const signing = () => nodeCryptoAsync.importSigner({ algorithm: 'RS256', key: rsa.privateKey });
  const verifying = () => nodeCryptoAsync.importVerifier({ algorithm: 'ES256', key: p256.publicKey });
  const right = nodeCrypto.importSigner({ algorithm: 'ES256', key: p256.privateKey }).sign(DATA);
  const calls: [string, () => Promise<(signal: AbortSignal) => unknown>][] = [
    ['sign', async () => bySignal(await signing())],
    ['verify', async () => bySignal(await verifying())],
  ];
  function bySignal(bound: Signer | Verifier): (signal: AbortSignal) => unknown {
    return (signal) => ('sign' in bound ? bound.sign(DATA, { signal }) : bound.verify(DATA, right, { signal }));
  }

  it.each(calls)('that was aborted ends %s before it begins', async (_name, prepare) => {
    const call = await prepare();
    await expect(call(AbortSignal.abort('left'))).rejects.toMatchObject({ code: 'aborted', cause: 'left' });
  });

  it.each(calls)('drops the answer of %s that is under way', async (_name, prepare) => {
    const call = await prepare();
    const controller = new AbortController();
    const answer = call(controller.signal);
    controller.abort('left');
    await expect(answer).rejects.toMatchObject({ code: 'aborted', cause: 'left' });
  });

  it.each(calls)('that is not aborted, or too late, changes nothing for %s', async (_name, prepare) => {
    const call = await prepare();
    const controller = new AbortController();
    const answer = call(controller.signal);
    await answer;
    controller.abort();
    expect(await answer).toBeTruthy();
  });

  it('reaches the pool through a verifier', async () => {
    const verify = createVerifier({ algorithms: ['ES256'], key: p256.publicKey, crypto: nodeCryptoAsync });
    const token = createSigner({ algorithm: 'ES256', key: p256.privateKey })({ a: 1 });
    const controller = new AbortController();
    const answer = verify(token, { signal: controller.signal });
    controller.abort();
    await expect(answer).rejects.toMatchObject({ code: 'aborted' });
    expect(await verify(token)).toEqual({ a: 1 });
  });
});

/**
 * Keeps so many signatures under way until the loop has turned some times meanwhile, or many more were made than that could take. Counts the turns that found
 * one under way.
 */
async function ticksWhile(signer: Signer, inFlight: number): Promise<number> {
  let [ticks, left, underWay] = [0, 1000, 0];
  const tick = () => {
    if (underWay === 0) return;
    ticks += 1;
    if (ticks === WANTED_TICKS) left = 0;
    else setImmediate(tick);
  };
  const lane = async () => {
    while (left-- > 0) {
      underWay += 1;
      await signer.sign(DATA);
      underWay -= 1;
    }
  };
  setImmediate(tick);
  await Promise.all(Array.from({ length: inFlight }, lane));
  return ticks;
}

const WANTED_TICKS = 10;

function mismatched(): KeyInput {
  const [key, other] = [ed25519Pair(), ed25519Pair()].map(({ privateKey }) => privateKey.export({ format: 'jwk' }));
  return { ...key, x: other?.x };
}
