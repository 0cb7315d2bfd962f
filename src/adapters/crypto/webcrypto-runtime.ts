import { ConfigError } from '../../domain/errors.ts';

type RuntimeCrypto = typeof globalThis.crypto;
type RuntimeSubtle = RuntimeCrypto['subtle'];

/** A CryptoKey, by no name that only some platforms' types have. */
export type RuntimeKey = Awaited<ReturnType<RuntimeSubtle['importKey']>>;

/** What this runtime has as `globalThis.crypto`; asked at each call, so that importing the provider costs and needs nothing. */
export function runtimeCrypto(): RuntimeCrypto {
  const { crypto } = globalThis as { readonly crypto?: RuntimeCrypto };
  if (crypto !== undefined) return crypto;
  throw new ConfigError('unsupported_runtime', 'crypto', 'webCrypto needs globalThis.crypto, which this runtime lacks.');
}

export function runtimeSubtle(): RuntimeSubtle {
  const { subtle } = runtimeCrypto() as { readonly subtle?: RuntimeSubtle };
  if (subtle !== undefined) return subtle;
  throw new ConfigError(
    'unsupported_runtime',
    'crypto',
    'webCrypto needs crypto.subtle, which browsers have on pages of https and localhost only.',
  );
}
