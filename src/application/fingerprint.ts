import { ConfigError } from '../domain/errors.ts';
import { parseKey, type KeyMaterial } from '../domain/jose/key-material.ts';
import { assertUsable } from '../domain/jose/key-use.ts';
import { fingerprintInput, fingerprintText } from '../domain/token/fingerprint.ts';
import type { CryptoProvider, Signer } from '../ports/crypto-provider.ts';
import type { TokenConfig } from './config.ts';
import { chain, type MaybePromise } from './maybe-promise.ts';
import { parseAlgorithm } from './verification-options.ts';

/** Fingerprints a user's credential for the claim `checkRevokeToken` compares. */
export type Fingerprint = (credential: string) => MaybePromise<string>;

export interface FingerprintDeps {
  readonly config: TokenConfig;
  readonly crypto: CryptoProvider;
  /** The key given for it, if one was. */
  readonly fingerprintKey: string | Uint8Array | undefined;
  /** The private or secret key tokens are signed with, where it is in hand. */
  readonly signingKey: KeyMaterial | undefined;
}

/** Undefined when tokens are not tied to credentials. Throws `ConfigError` when there is nothing to key the fingerprint with. */
export function createFingerprint({ config, crypto, fingerprintKey, signingKey }: FingerprintDeps): Fingerprint | undefined {
  if (!config.checkRevokeToken) return undefined;
  if (config.credentialFingerprint === 'md5') return md5Fingerprint(crypto);
  const key = fingerprintKey === undefined ? derivedKey(crypto, signingKey) : parseFingerprintKey(fingerprintKey);
  const signer = chain<KeyMaterial | Uint8Array, Signer>(key, (secret) =>
    crypto.importSigner({ algorithm: 'HS256', key: secret }),
  );
  if (signer instanceof Promise) signer.catch(() => undefined); // told to whoever asks for a fingerprint
  return function fingerprint(credential) {
    return chain(
      chain(signer, (ready) => ready.sign(fingerprintInput(credential))),
      fingerprintText,
    );
  };
}

/** Simple JWT's form: the MD5 of the stored password hash. Only for tokens shared with Django. */
function md5Fingerprint(crypto: CryptoProvider): Fingerprint {
  const { md5 } = crypto;
  if (md5 === undefined) {
    throw new ConfigError(
      'unsupported_runtime',
      'credentialFingerprint',
      "this crypto provider has no MD5; use nodeCrypto, or credentialFingerprint: 'hmac'",
    );
  }
  return (credential) => fingerprintText(md5(new TextEncoder().encode(credential)));
}

function parseFingerprintKey(given: string | Uint8Array): KeyMaterial {
  const row = parseAlgorithm('HS256', 'fingerprintKey');
  const key = parseKey(given, [row], 'fingerprintKey');
  assertUsable(key, row, 'sign', 'fingerprintKey');
  return key;
}

function derivedKey(crypto: CryptoProvider, signingKey: KeyMaterial | undefined) {
  if (signingKey?.secret !== undefined) return signingKey.secret; // its input can never be a JWS signing input
  const privateMember = signingKey?.jwk?.['d'] ?? signingKey?.jwk?.['priv'];
  if (privateMember === undefined) {
    throw new ConfigError(
      'missing_option',
      'fingerprintKey',
      'checkRevokeToken needs fingerprintKey (32 bytes or more) where the signing key is not in hand',
    );
  }
  return crypto.digest('SHA-256', new TextEncoder().encode(`simplejwt fingerprint key\0${privateMember}`));
}
