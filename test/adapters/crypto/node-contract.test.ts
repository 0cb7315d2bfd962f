import { describe, it } from 'vitest';
import { supportedAlgorithms } from '../../../src/adapters/crypto/node/families.ts';
import { nodeCrypto } from '../../../src/adapters/crypto/node/provider.ts';
import { cryptoContract } from '../../../src/testing/crypto-contract.ts';
import { generateKeys } from './generate-keys.ts';

cryptoContract({ name: 'nodeCrypto', provider: nodeCrypto, algorithms: supportedAlgorithms(), generateKeys, describe, it });
