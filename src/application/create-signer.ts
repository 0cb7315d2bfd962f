import type { ClaimsSet } from '../domain/claims/claims-set.ts';
import { ConfigError, TokenError } from '../domain/errors.ts';
import { ALGORITHMS, type Algorithm } from '../domain/jose/algorithms.ts';
import { encodeBase64url } from '../domain/jose/base64url.ts';
import { asciiBytes, joinCompact } from '../domain/jose/compact.ts';
import { MAX_KID_LENGTH } from '../domain/jose/jws-header.ts';
import type { KeyInput } from '../domain/jose/key-material.ts';
import type { CallOptions, KeyImporter, Signer, SyncSigner } from '../ports/crypto-provider.ts';
import { chain, type MaybePromise } from './maybe-promise.ts';
import { ownOptions } from './option-names.ts';
import { parseAlgorithm } from './verification-options.ts';

export interface SignerOptions {
  readonly algorithm: Algorithm;
  /** A secret, PEM, JWK, KeyObject, or a Signer of your own. */
  readonly key: KeyInput | Signer;
  /** Written into the header. */
  readonly kid?: string;
  /** The header's `typ` (default `JWT`). */
  readonly typ?: string;
}

/** What these options sign: text at once, a promise of it, or either where the types do not tell. */
export type SignFor<Options, Importer> = Options extends { readonly key: infer Key extends { sign(...args: never[]): unknown } }
  ? SignBy<Key>
  : Importer extends { importSigner(...args: never[]): infer Made }
    ? SignBy<Made>
    : never;

type SignBy<Made> = [Made] extends [SyncSigner]
  ? (claims: ClaimsSet) => string
  : [Made] extends [Promise<unknown>] | [{ sign(...args: never[]): Promise<unknown> }]
    ? (claims: ClaimsSet, options?: CallOptions) => Promise<string>
    : (claims: ClaimsSet, options?: CallOptions) => string | Promise<string>;

/** Builds a function that signs claims into a compact JWS (RFC 7515 section 5.1). Throws `ConfigError` when key and algorithm do not fit. */
export function createSignerWith(
  options: SignerOptions,
  importer: Pick<KeyImporter, 'importSigner' | 'encodeText'>,
): (claims: ClaimsSet, options?: CallOptions) => MaybePromise<string> {
  // an `expiresIn` that did nothing would make tokens that live for ever
  const { algorithm, key, kid, typ = 'JWT' } = ownOptions(options, SIGNER_OPTIONS);
  const { name } = parseAlgorithm(algorithm, 'algorithm');
  if (kid !== undefined && (typeof kid !== 'string' || kid === '' || kid.length > MAX_KID_LENGTH)) {
    throw new ConfigError('invalid_option', 'kid', `kid must be a string of 1 to ${MAX_KID_LENGTH} characters`);
  }
  if (typeof typ !== 'string' || typ === '')
    throw new ConfigError('invalid_option', 'typ', "typ must be a string such as 'JWT' or 'at+jwt'");
  const signer = isSigner(key) ? key : importer.importSigner({ algorithm: name, key, kid });
  const seal = chain(signer, (ready) => {
    assertAlgorithm(ready, name);
    return createSeal(ready, typ, kid ?? ready.kid, importer);
  });
  if (seal instanceof Promise) seal.catch(() => undefined); // told to whoever signs

  return function sign(claims, call) {
    const json = claimsJson(claims);
    return chain(seal, (sealJson) => sealJson(json, call));
  };
}

/** Claims as JSON text, with those `written` over them. Throws `ConfigError` for what JSON cannot hold, or what is no object. */
export function claimsJson(
  claims: ClaimsSet,
  replacer?: (this: unknown, key: string, value: unknown) => unknown,
  written?: ClaimsSet,
): string {
  const given: unknown = claims;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw noClaims();
  let text: string | undefined;
  try {
    const own = { ...claims };
    text = JSON.stringify(written === undefined ? own : Object.assign(own, written), replacer);
  } catch (cause) {
    throw noClaims(cause); // a cycle, or a BigInt
  }
  if (!text?.startsWith('{')) throw noClaims();
  return text;
}

/** Signs JSON text into a compact JWS. */
export type Seal = (json: string, options?: CallOptions) => MaybePromise<string>;

/**
 * Binds a Signer to its header, which is encoded once; its members are in Simple JWT's order. A signature that no verifier could take is
 * `signer_unavailable`.
 */
export function createSeal(
  signer: Signer,
  typ: string,
  kid: string | undefined,
  { encodeText = encodePortably }: Pick<KeyImporter, 'encodeText'>,
): Seal {
  const { algorithm: alg } = signer;
  const header = encodeText(JSON.stringify({ alg, typ, kid }));
  const sealCompact = signer.compactSealer?.(header);

  return function seal(json, options) {
    const compact = sealCompact?.(json);
    if (compact !== undefined) return compact;
    const signingInput = `${header}.${encodeText(json)}`;
    return chain(signer.sign(asciiBytes(signingInput), options), (signature) => {
      assertSignature(signature, alg);
      return joinCompact(signingInput, signature);
    });
  };
}

function encodePortably(text: string): string {
  return encodeBase64url(new TextEncoder().encode(text));
}

/** A Signer is other people's code: a KMS answers DER where JWS wants r || s. RSA signatures are as long as their key. */
export function assertSignature(signature: unknown, algorithm: Algorithm): void {
  const right = signature instanceof Uint8Array && isRightLength(signature.length, algorithm);
  if (right) return;
  const cause = new Error(`the Signer answered no raw ${algorithm} signature: for ECDSA it is r and s side by side, not DER`);
  throw new TokenError('signer_unavailable', { cause });
}

/** An RSA signature is as long as its modulus, which only the Signer knows; the others have the length of their curve or hash. */
function isRightLength(length: number, algorithm: Algorithm): boolean {
  const row = ALGORITHMS.get(algorithm);
  if (row === undefined) return false;
  if (row.kty === 'RSA') return length >= row.minimumKeyBits / 8;
  return length === row.signatureLength({}) || row.curves.some((crv) => length === row.signatureLength({ crv }));
}

function noClaims(cause?: unknown): ConfigError {
  return new ConfigError('invalid_option', 'claims', 'claims must be a plain object that JSON can hold', cause);
}

export function isSigner(value: unknown): value is Signer {
  return typeof value === 'object' && value !== null && 'sign' in value && typeof value.sign === 'function';
}

/** Throws `key_mismatch` for a Signer of another algorithm than the one configured. */
export function assertAlgorithm(signer: Signer, algorithm: Algorithm): void {
  if (signer.algorithm !== algorithm) {
    throw new ConfigError('key_mismatch', 'algorithm', `the Signer signs with ${signer.algorithm}; set algorithm to that`);
  }
}

/** How long a token service waits for a Signer. */
export const SIGNER_DEADLINE_SECONDS = 5;

const SIGNER_OPTIONS = ['algorithm', 'key', 'kid', 'typ', 'crypto'] as const satisfies readonly (
  | keyof SignerOptions
  | 'crypto'
)[];
