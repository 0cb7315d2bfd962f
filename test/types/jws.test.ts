import { describe, expect, expectTypeOf, it } from 'vitest';
import type { ClaimsSet } from '../../src/domain/claims/claims-set.ts';
import type { KeyImporter } from '../../src/ports/crypto-provider.ts';
import { createSigner, createVerifier, verifyCompact, type KeySource, type Signer, type VerifiedCompact } from 'simplejwt/jws';
import { nodeCrypto } from 'simplejwt/crypto/node';
import { ed25519Pair } from '../key-pairs.ts';

const key = 'a secret of more than thirty-two bytes';

describe('the types of simplejwt/jws', () => {
  it('say at once for keys in hand with a synchronous provider', () => {
    const verify = createVerifier({ algorithms: ['HS256'], key });
    const sign = createSigner({ algorithm: 'HS256', key });
    expectTypeOf(verify).returns.toEqualTypeOf<ClaimsSet>();
    expectTypeOf(sign).returns.toEqualTypeOf<string>();
    expect(verify(sign({ a: 1 }))).toEqual({ a: 1 });
  });

  it('say at once for lists, JWK Sets, KeyObjects and a spread provider', () => {
    const { publicKey } = ed25519Pair();
    const jwk = publicKey.export({ format: 'jwk' });
    expectTypeOf(createVerifier({ algorithms: ['EdDSA'], key: [publicKey] })).returns.toEqualTypeOf<ClaimsSet>();
    expectTypeOf(createVerifier({ algorithms: ['EdDSA'], key: jwk })).returns.toEqualTypeOf<ClaimsSet>();
    expectTypeOf(createVerifier({ algorithms: ['EdDSA'], key: { keys: [jwk] } })).returns.toEqualTypeOf<ClaimsSet>();
    expectTypeOf(
      createVerifier({ algorithms: ['EdDSA'], key: publicKey, crypto: { ...nodeCrypto } }),
    ).returns.toEqualTypeOf<ClaimsSet>();
  });

  it('say Promise where a key source or an asynchronous provider is asked', async () => {
    const source: KeySource = { candidates: () => [] };
    const later = createVerifier({ algorithms: ['EdDSA'], key: source });
    expectTypeOf(later).returns.toEqualTypeOf<Promise<ClaimsSet>>();
    const slow = {
      importSigner: async (request) => nodeCrypto.importSigner(request),
      importVerifier: async (request) => nodeCrypto.importVerifier(request),
    } satisfies KeyImporter;
    const verify = createVerifier({ algorithms: ['HS256'], key, crypto: slow });
    const sign = createSigner({ algorithm: 'HS256', key, crypto: slow });
    expectTypeOf(verify).returns.toEqualTypeOf<Promise<ClaimsSet>>();
    expectTypeOf(sign).returns.toEqualTypeOf<Promise<string>>();
    await expect(later('malformed')).rejects.toMatchObject({ code: 'malformed' });
    expect(await verify(await sign({ a: 1 }))).toEqual({ a: 1 });
  });

  it("say Promise for parts of one's own that do not say they answer at once", async () => {
    const kms = { algorithm: 'ES256' as const, verify: async () => true };
    expectTypeOf(createVerifier({ algorithms: ['ES256'], key: kms })).returns.toEqualTypeOf<Promise<ClaimsSet>>();
    expectTypeOf(createVerifier({ algorithms: ['ES256'], key: [kms] })).returns.toEqualTypeOf<Promise<ClaimsSet>>();
    const source = { synchronous: true, candidates: () => [] };
    const verify = createVerifier({ algorithms: ['ES256'], key: source });
    expectTypeOf(verify).returns.toEqualTypeOf<Promise<ClaimsSet>>();
    await expect(verify('malformed')).rejects.toMatchObject({ code: 'malformed' });
    const own = { algorithm: 'ES256' as const, synchronous: true as const, verify: () => false };
    expectTypeOf(createVerifier({ algorithms: ['ES256'], key: own })).returns.toEqualTypeOf<ClaimsSet>();
  });

  it('say either where a type was widened so far that it does not tell', () => {
    const widened: KeyImporter = nodeCrypto;
    const verify = createVerifier({ algorithms: ['HS256'], key, crypto: widened });
    const sign = createSigner({ algorithm: 'HS256', key, crypto: widened });
    expectTypeOf(verify).returns.toEqualTypeOf<ClaimsSet | Promise<ClaimsSet>>();
    expectTypeOf(sign).returns.toEqualTypeOf<string | Promise<string>>();
    const signer: Signer = { algorithm: 'HS256', sign: () => new Uint8Array(32) };
    expectTypeOf(createSigner({ algorithm: 'HS256', key: signer })).returns.toEqualTypeOf<string | Promise<string>>();
  });

  it('give verifyCompact the same answer', () => {
    const sign = createSigner({ algorithm: 'HS256', key });
    const jws = verifyCompact(sign({ a: 1 }), { algorithms: ['HS256'], key });
    expectTypeOf(jws).toEqualTypeOf<VerifiedCompact>();
    expect(new TextDecoder().decode(jws.payload)).toBe('{"a":1}');
  });
});
