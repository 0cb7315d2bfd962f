import { supportedAlgorithms } from '../../../src/adapters/crypto/node/families.ts';
import { nodeCryptoAsync } from '../../../src/adapters/crypto/node/async-provider.ts';
import { nodeCrypto } from '../../../src/adapters/crypto/node/provider.ts';
import { nobleCrypto } from '../../../src/adapters/crypto/noble/provider.ts';
import { webCrypto } from '../../../src/adapters/crypto/webcrypto.ts';
import type { Algorithm } from '../../../src/domain/jose/algorithms.ts';
import type { CryptoProvider } from '../../../src/ports/crypto-provider.ts';
import { webCryptoAlgorithms } from './webcrypto-algorithms.ts';

export interface ProviderRow {
  readonly name: string;
  readonly provider: CryptoProvider;
  /** What it has on this runtime. */
  readonly algorithms: readonly Algorithm[];
}

const { present } = await webCryptoAlgorithms();

const NOBLE = ['HS256', 'HS384', 'HS512', 'ES256', 'ES384', 'ES512', 'ES256K', 'EdDSA', 'Ed25519', 'Ed448'] as const;

/** Every provider of the package. */
export const PROVIDERS: readonly ProviderRow[] = [
  { name: 'nodeCrypto', provider: nodeCrypto, algorithms: supportedAlgorithms() },
  { name: 'nodeCryptoAsync', provider: nodeCryptoAsync, algorithms: supportedAlgorithms() },
  { name: 'webCrypto', provider: webCrypto, algorithms: present },
  { name: 'nobleCrypto', provider: nobleCrypto, algorithms: NOBLE },
];
