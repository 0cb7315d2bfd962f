import { describe, expect, it } from 'vitest';
import { recommended } from '../../../src/application/config.ts';
import type { CryptoProvider } from '../../../src/ports/crypto-provider.ts';
import { generateKeys } from '../../adapters/crypto/generate-keys.ts';
import { PROVIDERS } from '../../adapters/crypto/providers.ts';
import { ADA, bearer, fixture, headerOf, outcomeOf, refreshOf } from '../fixture.ts';

const pairs = PROVIDERS.flatMap(({ name, provider, algorithms }) =>
  algorithms.map((algorithm) => ({ name, crypto: provider, algorithm })),
);

describe('the life of a token', () => {
  it.each(pairs)('by $name with $algorithm', async ({ crypto, algorithm }) => {
    const signingKey = generateKeys(algorithm).privateKey;
    const { service } = fixture({ ...recommended, crypto, algorithm, signingKey, tokenFamilyCheckOnAccess: true });
    await service.ready();

    const first = await service.obtainPair(ADA);
    expect(headerOf(first.access)).toMatchObject({ alg: algorithm });
    expect(await service.verify(first.access)).toMatchObject({ token_type: 'access', user_id: '7' });
    expect((await service.authenticate(bearer(first.access)))?.user.id).toBe(7);

    const next = await service.refresh(first.refresh);
    expect(await service.verify(next.access)).toMatchObject({ user_id: '7' });
    const [another] = await Promise.all([service.obtainPair(ADA), service.refresh(refreshOf(next))]);
    expect(await outcomeOf(service.refresh(first.refresh))).toBe('reused');
    expect(await outcomeOf(service.verify(next.access))).toBe('family_revoked');
    expect(await outcomeOf(service.verify(another.access))).toBe('ok');

    const foreign = fixture({ ...recommended, crypto, algorithm, signingKey: generateKeys(algorithm).privateKey }).service;
    await foreign.ready();
    expect(await outcomeOf(foreign.verify(another.access))).toBe('signature');
    expect((await service.publicJwks()).keys).toHaveLength(algorithm.startsWith('HS') ? 0 : 1);
  });
});

describe('a provider with a part put in', () => {
  it.each(PROVIDERS)('serves a token service: $name', async ({ provider }) => {
    const signed: string[] = [];
    const crypto: CryptoProvider = {
      ...provider,
      async importSigner(request) {
        const signer = await provider.importSigner(request);
        return { ...signer, sign: (data, options) => (signed.push(signer.algorithm), signer.sign(data, options)) };
      },
    };
    const { service } = fixture({ crypto, algorithm: 'ES256', signingKey: generateKeys('ES256').privateKey });
    await service.ready();
    const { access } = await service.obtainPair(ADA);
    expect(await outcomeOf(service.verify(access))).toBe('ok');
    expect(signed.filter((algorithm) => algorithm === 'ES256').length).toBeGreaterThanOrEqual(2);
  });
});
