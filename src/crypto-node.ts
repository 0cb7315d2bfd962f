export { nodeCryptoAsync } from './adapters/crypto/node/async-provider.ts';
export { nodeCrypto } from './adapters/crypto/node/provider.ts';
