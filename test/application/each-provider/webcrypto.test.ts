import { webCrypto } from '../../../src/adapters/crypto/webcrypto.ts';
import { useCrypto } from '../fixture.ts';
import { registerServiceSuites } from './suites.ts';

useCrypto(webCrypto);
await registerServiceSuites();
