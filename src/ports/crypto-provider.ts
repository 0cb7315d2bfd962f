import type { Algorithm } from '../domain/jose/algorithms.ts';
import type { KeyInput, KeyMaterial } from '../domain/jose/key-material.ts';

/** What a call may carry: a signal that ends the wait. Read it by its name: it is made when it is first read, and a spread does not copy it. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** What the application knows of the call, such as its tenant: for a source that has several sets of keys (`resolveKeys`). */
  readonly hint?: unknown;
}

/**
 * Signs with one key and one algorithm, to which it is bound when it is made. `sign` answers the raw JWS signature (RFC 7518: r || s
 * for ECDSA). It may be asynchronous, so that a KMS or an HSM fits; a rejection becomes `signer_unavailable`.
 */
export interface Signer {
  readonly algorithm: Algorithm;
  readonly kid?: string | undefined;
  sign(data: Uint8Array, options?: CallOptions): Uint8Array | Promise<Uint8Array>;
  /**
   * Prepares a faster way to the same tokens: given the encoded header, it answers a function from payload text to the compact serialization. Only a
   * synchronous Signer has it. The function answers undefined for a text that does not fit the fast way, and is to be signed by `sign`.
   */
  compactSealer?(header: string): (text: string) => string | undefined;
}

/**
 * Verifies with one key and one algorithm, to which it is bound when it is made: the key is the authority, a token's header only a
 * hint. Answers false for any signature that is not exactly right, whatever its length or form; it throws only when the backend fails.
 */
export interface Verifier {
  readonly algorithm: Algorithm;
  readonly kid?: string | undefined;
  /** True promises that `verify` never answers a Promise. */
  readonly synchronous?: boolean;
  verify(data: Uint8Array, signature: Uint8Array, options?: CallOptions): boolean | Promise<boolean>;
  /**
   * A faster way to the same answer for a compact token, whose second and last dot is at `lastDot`: whether what follows the dot is the one strict
   * base64url spelling of a right signature over what precedes it, and the token is ASCII. Only a synchronous Verifier has it. Undefined
   * says that this token does not fit the fast way, and is to be checked by `verify`.
   */
  verifyCompact?(token: string, lastDot: number): boolean | undefined;
}

/** A Verifier that answers at once. */
export interface SyncVerifier extends Verifier {
  readonly synchronous: true;
  verify(data: Uint8Array, signature: Uint8Array): boolean;
}

/** A Signer that answers at once. */
export interface SyncSigner extends Signer {
  sign(data: Uint8Array): Uint8Array;
}

export interface ImportRequest {
  readonly algorithm: Algorithm;
  readonly key: KeyInput;
  readonly kid?: string | undefined;
}

/** Makes Signers and Verifiers. Throws (or rejects with) a `ConfigError` when key and algorithm do not fit or the backend lacks the algorithm. */
export interface KeyImporter {
  /**
   * A faster way from strict base64url to the UTF-8 text it holds; undefined for anything else. It is as strict as the domain's own. `ascii` says
   * that the caller knows the segment to be ASCII.
   */
  decodeText?(segment: string, ascii: boolean): string | undefined;
  /** A faster way from text to the base64url of its UTF-8. */
  encodeText?(text: string): string;
  importSigner(request: ImportRequest): Signer | Promise<Signer>;
  importVerifier(request: ImportRequest): Verifier | Promise<Verifier>;
}

/**
 * A cryptographic backend: a plain value that can be spread and varied, as in `{ ...nodeCrypto, importSigner: myKms }`. What it cannot do
 * by itself a token service needs besides: randomness, and SHA-256 for key thumbprints (RFC 7638).
 */
export interface CryptoProvider extends KeyImporter {
  /** Cryptographically strong random octets. */
  randomBytes(length: number): Uint8Array;
  digest(hash: 'SHA-256', data: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** Only for tokens shared with Django (`credentialFingerprint: 'md5'`). */
  md5?(data: Uint8Array): Uint8Array;
  /**
   * The public half of a key, computed where a private key in PEM came without it (Ed25519, Ed448, ML-DSA, some EC keys). Without
   * this member such keys need their public half given besides. Throws (or rejects with) a `ConfigError` for a secret, which has none.
   */
  publicKey?(key: KeyMaterial): KeyMaterial | Promise<KeyMaterial>;
}
