import { nodeCryptoAsync } from '../../../src/adapters/crypto/node/async-provider.ts';
import { useCrypto } from '../fixture.ts';
import { registerServiceSuites } from './suites.ts';

useCrypto(nodeCryptoAsync);
await registerServiceSuites();
