import { describe, expect, expectTypeOf, it } from 'vitest';
import { nodeCrypto, nodeCryptoAsync } from 'simplejwt/crypto/node';
import { createSigner, createVerifier, verifyCompact, type VerifiedCompact } from 'simplejwt/jws';
import type { ClaimsSet } from '../../src/domain/claims/claims-set.ts';
import { ed25519Pair } from '../key-pairs.ts';

const key = 'a secret of more than thirty-two bytes';
const { privateKey, publicKey } = ed25519Pair();

describe('the types of nodeCryptoAsync', () => {
  it('say Promise, whatever the algorithm, and so it is', async () => {
    const verify = createVerifier({ algorithms: ['HS256'], key, crypto: nodeCryptoAsync });
    const sign = createSigner({ algorithm: 'HS256', key, crypto: nodeCryptoAsync });
    expectTypeOf(verify).returns.toEqualTypeOf<Promise<ClaimsSet>>();
    expectTypeOf(verify.try).returns.resolves.toHaveProperty('ok');
    expectTypeOf(sign).returns.toEqualTypeOf<Promise<string>>();
    const token = sign({ a: 1 });
    expect(token).toBeInstanceOf(Promise);
    for (let calls = 0; calls < 3; calls++) {
      const claims = verify(await token); // also once its header is known
      expect(claims).toBeInstanceOf(Promise);
      expect(await claims).toEqual({ a: 1 });
    }
    await expect(verify('malformed')).rejects.toMatchObject({ code: 'malformed' });
  });

  it('say Promise for verifyCompact', async () => {
    const sign = createSigner({ algorithm: 'Ed25519', key: privateKey });
    const jws = verifyCompact(sign({ a: 1 }), { algorithms: ['Ed25519'], key: publicKey, crypto: nodeCryptoAsync });
    expectTypeOf(jws).toEqualTypeOf<Promise<VerifiedCompact>>();
    expect(new TextDecoder().decode((await jws).payload)).toBe('{"a":1}');
  });

  it('stay at once for what a spread takes from nodeCrypto', () => {
    const varied = { ...nodeCryptoAsync, importVerifier: nodeCrypto.importVerifier };
    const verify = createVerifier({ algorithms: ['Ed25519'], key: publicKey, crypto: varied });
    expectTypeOf(verify).returns.toEqualTypeOf<ClaimsSet>();
    expect(verify(createSigner({ algorithm: 'Ed25519', key: privateKey })({ a: 1 }))).toEqual({ a: 1 });
  });

  it('fit where keys were imported before', async () => {
    const imported = await nodeCryptoAsync.importVerifier({ algorithm: 'Ed25519', key: publicKey });
    const verify = createVerifier({ algorithms: ['Ed25519'], key: imported });
    expectTypeOf(verify).returns.toEqualTypeOf<Promise<ClaimsSet>>();
    expect(await verify(createSigner({ algorithm: 'Ed25519', key: privateKey })({ a: 1 }))).toEqual({ a: 1 });
  });
});
