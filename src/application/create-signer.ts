import type { ClaimsSet } from '../domain/claims/claims-set.ts';
import { ConfigError } from '../domain/errors.ts';
import type { Algorithm } from '../domain/jose/algorithms.ts';
import { encodeBase64url } from '../domain/jose/base64url.ts';
import { asciiBytes, joinCompact } from '../domain/jose/compact.ts';
import type { KeyInput } from '../domain/jose/key-material.ts';
import type { CallOptions, KeyImporter, Signer, SyncSigner } from '../ports/crypto-provider.ts';
import { chain, type MaybePromise } from './maybe-promise.ts';
import { refuseUnknown } from './option-names.ts';
import { parseAlgorithm } from './verification-keys.ts';

export interface SignerOptions {
  readonly algorithm: Algorithm;
  /** A secret, PEM, JWK, KeyObject, or a Signer of your own. */
  readonly key: KeyInput | Signer;
  /** Written into the header. */
  readonly kid?: string;
  /** The header's `typ` (default `JWT`). */
  readonly typ?: string;
}

export type SignFor<Options, Importer> = Options extends { readonly key: SyncSigner }
  ? (claims: ClaimsSet) => string
  : Options extends { readonly key: Signer }
    ? (claims: ClaimsSet, options?: CallOptions) => Promise<string>
    : Importer extends { importSigner(...args: never[]): infer Made }
      ? Made extends SyncSigner
        ? (claims: ClaimsSet) => string
        : (claims: ClaimsSet, options?: CallOptions) => Promise<string>
      : never;

/** Builds a function that signs claims into a compact JWS (RFC 7515 section 5.1). Throws `ConfigError` when key and algorithm do not fit. */
export function createSignerWith(
  options: SignerOptions,
  importer: Pick<KeyImporter, 'importSigner'>,
): (claims: ClaimsSet, options?: CallOptions) => MaybePromise<string> {
  refuseUnknown(options, SIGNER_OPTIONS); // an `expiresIn` that did nothing would make tokens that live for ever
  const { algorithm, key, kid, typ = 'JWT' } = options;
  const { name } = parseAlgorithm(algorithm, 'algorithm');
  if (kid !== undefined && (typeof kid !== 'string' || kid === '' || kid.length > 256)) {
    throw new ConfigError('invalid_option', 'kid', 'kid must be a string of 1 to 256 characters');
  }
  if (typeof typ !== 'string' || typ === '')
    throw new ConfigError('invalid_option', 'typ', "typ must be a string such as 'JWT' or 'at+jwt'");
  const signer = isSigner(key) ? key : importer.importSigner({ algorithm: name, key, kid });
  if (signer instanceof Promise) signer.catch(() => undefined); // told to whoever signs
  else assertAlgorithm(signer, name);

  return function sign(claims, call) {
    return chain(signer, (ready) => {
      assertAlgorithm(ready, name);
      return sealCompact(ready, protectedHeader(name, typ, kid ?? ready.kid), claims, JSON.stringify, call);
    });
  };
}

/** The encoded header of a token; members in Simple JWT's order. */
export function protectedHeader(alg: Algorithm, typ: string, kid: string | undefined): string {
  return encodeBase64url(new TextEncoder().encode(JSON.stringify({ alg, typ, kid })));
}

/** Signs claims under a header that is already encoded. */
export function sealCompact(
  signer: Signer,
  header: string,
  claims: ClaimsSet,
  stringify: (claims: ClaimsSet) => string,
  options?: CallOptions,
): MaybePromise<string> {
  const signingInput = `${header}.${encodeBase64url(new TextEncoder().encode(stringify(claims)))}`;
  return chain(signer.sign(asciiBytes(signingInput), options), (signature) => joinCompact(signingInput, signature));
}

export function isSigner(value: unknown): value is Signer {
  return typeof value === 'object' && value !== null && 'sign' in value && typeof value.sign === 'function';
}

function assertAlgorithm(signer: Signer, algorithm: Algorithm): void {
  if (signer.algorithm !== algorithm) {
    throw new ConfigError('key_mismatch', 'algorithm', `the Signer signs with ${signer.algorithm}; set algorithm to that`);
  }
}

const SIGNER_OPTIONS = ['algorithm', 'key', 'kid', 'typ', 'crypto'] as const satisfies readonly (
  | keyof SignerOptions
  | 'crypto'
)[];
