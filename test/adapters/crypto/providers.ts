import { supportedAlgorithms } from '../../../src/adapters/crypto/node/families.ts';
import { nodeCryptoAsync } from '../../../src/adapters/crypto/node/async-provider.ts';
import { nodeCrypto } from '../../../src/adapters/crypto/node/provider.ts';
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

/** Every provider of the package. */
export const PROVIDERS: readonly ProviderRow[] = [
  { name: 'nodeCrypto', provider: nodeCrypto, algorithms: supportedAlgorithms() },
  { name: 'nodeCryptoAsync', provider: nodeCryptoAsync, algorithms: supportedAlgorithms() },
  { name: 'webCrypto', provider: webCrypto, algorithms: present },
];
