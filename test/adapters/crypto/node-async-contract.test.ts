import { describe, it } from 'vitest';
import { nodeCryptoAsync } from '../../../src/adapters/crypto/node/async-provider.ts';
import { supportedAlgorithms } from '../../../src/adapters/crypto/node/families.ts';
import { cryptoContract } from '../../../src/testing/crypto-contract.ts';
import { generateKeys } from './generate-keys.ts';

cryptoContract({
  name: 'nodeCryptoAsync',
  provider: nodeCryptoAsync,
  algorithms: supportedAlgorithms(),
  generateKeys,
  describe,
  it,
});
