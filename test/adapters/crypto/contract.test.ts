import { describe, expect, it } from 'vitest';
import { cryptoContract } from '../../../src/testing/crypto-contract.ts';
import { generateKeys } from './generate-keys.ts';
import { PROVIDERS } from './providers.ts';

for (const { name, provider, algorithms } of PROVIDERS) {
  cryptoContract({ name, provider, algorithms, generateKeys, describe, it });
}

describe('the providers', () => {
  it.each(PROVIDERS)('have algorithms to be asked for: $name', ({ algorithms }) => {
    expect(algorithms).toEqual(
      expect.arrayContaining(['HS256', 'HS384', 'HS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']),
    );
  });
});
