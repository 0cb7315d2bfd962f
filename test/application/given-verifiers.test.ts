import { nodeCrypto } from 'simplejwt/crypto/node';
import { createSigner, type KeySource } from 'simplejwt/jws';
import { createVerifier, TokenError } from 'simplejwt/verify';
import { describe, expect, it } from 'vitest';
import { ALGORITHMS } from '../../src/domain/jose/algorithms.ts';
import { parseKey } from '../../src/domain/jose/key-material.ts';
import { ed25519Pair } from '../key-pairs.ts';

const NOW = 1_700_000_000;
const clock = () => NOW;
const { privateKey, publicKey } = ed25519Pair();
const token = createSigner({ algorithm: 'Ed25519', key: privateKey, kid: 'one' })({ sub: 'ada', exp: NOW + 60 });
const verifier = nodeCrypto.importVerifier({ algorithm: 'Ed25519', key: publicKey });

describe('simplejwt/verify', () => {
  it('verifies with a Verifier, at once where that is synchronous', () => {
    const verify = createVerifier({ algorithms: ['Ed25519'], key: verifier, clock });
    expect(verify(token)).toMatchObject({ sub: 'ada' });
    expect(verify.try(`${token.slice(0, -4)}AAAA`)).toEqual({ ok: false, code: 'signature' });
    expect(() => verify('a.b.c')).toThrow(TokenError);
  });

  it('answers later where a Verifier needs it', async () => {
    const slow = {
      algorithm: 'Ed25519',
      verify: async (data: Uint8Array, mac: Uint8Array) => verifier.verify(data, mac),
    } as const;
    const verify = createVerifier({ algorithms: ['Ed25519'], key: slow, clock });
    await expect(verify(token)).resolves.toMatchObject({ sub: 'ada' });
    await expect(verify('a.b.c')).rejects.toMatchObject({ code: 'malformed' });
  });

  it('chooses among several by algorithm and kid', () => {
    const named = (kid: string, key = publicKey) => nodeCrypto.importVerifier({ algorithm: 'Ed25519', key, kid });
    const verifiers = [
      named('other', ed25519Pair().publicKey),
      named('one'),
      nodeCrypto.importVerifier({ algorithm: 'HS256', key: 'x'.repeat(32) }),
    ];
    const verify = createVerifier({ algorithms: ['Ed25519', 'HS256'], key: verifiers, clock });
    expect(verify(token)).toMatchObject({ sub: 'ada' });
    const stranger = createSigner({ algorithm: 'Ed25519', key: privateKey, kid: 'two' })({ sub: 'ada' });
    expect(verify.try(stranger)).toEqual({ ok: false, code: 'key_unknown' });
  });

  it('asks a source, and imports its keys where it is told how', async () => {
    const row = ALGORITHMS.get('Ed25519');
    const source: KeySource = { candidates: () => [parseKey(publicKey, row === undefined ? [] : [row], 'key')] };
    const verify = createVerifier({ algorithms: ['Ed25519'], key: source, crypto: nodeCrypto, clock });
    await expect(verify(token)).resolves.toMatchObject({ sub: 'ada' });
    const lost = createVerifier({ algorithms: ['Ed25519'], key: source, clock });
    await expect(lost(token)).rejects.toBeInstanceOf(TokenError);
  });

  it.each([
    ['a key that is to be read', { key: publicKey }, 'invalid_key', 'key'],
    ['text', { key: 'secret' }, 'invalid_key', 'key'],
    ['no key', { key: [] }, 'invalid_key', 'key'],
    ['a cache, which it leaves out', { key: verifier, verifiedTokenCache: true }, 'unknown_option', 'verifiedTokenCache'],
    ['no algorithm', { key: verifier, algorithms: [] }, 'missing_option', 'algorithms'],
  ])('refuses %s', (_, options, code, option) => {
    expect(() => createVerifier({ algorithms: ['Ed25519'], ...options } as never)).toThrow(
      expect.objectContaining({ code, option }),
    );
  });
});
