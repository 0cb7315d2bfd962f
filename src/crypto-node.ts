export { nodeCryptoAsync } from './adapters/crypto/node/async-provider.ts';
export { nodeCrypto, randomId } from './adapters/crypto/node/provider.ts';
