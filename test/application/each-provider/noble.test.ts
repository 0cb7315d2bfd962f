import { nobleCrypto } from '../../../src/adapters/crypto/noble/provider.ts';
import { useCrypto } from '../fixture.ts';
import { registerServiceSuites } from './suites.ts';

useCrypto(nobleCrypto);
await registerServiceSuites();
