import { ConfigError } from '../errors.ts';
import type { AlgorithmRow } from './algorithms.ts';
import { parseKeyBlock } from './asn1-keys.ts';
import { decodeUtf8, isJsonObject, type JsonObject } from './json-object.ts';
import { isJwkSet, type Jwk } from './jwk.ts';
import { parseKeyMembers, type KeyMembers, type KeyType } from './jwk-members.ts';
import { parseKeyMetadata, type KeyMetadata } from './key-metadata.ts';
import { parsePem } from './pem.ts';
import { parseSecret } from './secret-key.ts';
import { invalidKey } from './invalid-key.ts';

/** A KeyObject of `node:crypto`, by its shape. */
export interface KeyObjectLike {
  readonly type: string;
  export(options?: unknown): unknown;
}

/** What may be given as a key. Text and bytes are a secret where the algorithms are HMAC, and PEM where they are not. */
export type KeyInput = string | Uint8Array | Jwk | KeyObjectLike | KeyMaterial;

/**
 * A key that was looked at: of a known type, complete, with members of the right length. Only `parseKey` makes one, whose type it
 * never changes again. Secrets and private members are reachable, but neither logging nor `JSON.stringify` shows them.
 */
export class KeyMaterial implements KeyMetadata {
  readonly kty: KeyType;
  /** Whether it can sign; a secret always can. */
  readonly isPrivate: boolean;
  readonly crv: string | undefined;
  readonly modulusBits: number | undefined;
  readonly kid: string | undefined;
  readonly alg: string | undefined;
  readonly use: string | undefined;
  readonly keyOps: readonly string[] | undefined;
  readonly #members: KeyMembers;

  constructor(members: KeyMembers, { kid, alg, use, keyOps }: KeyMetadata) {
    this.kty = members.kty;
    this.isPrivate = members.isPrivate;
    this.crv = members.crv;
    this.modulusBits = members.modulusBits;
    this.kid = kid;
    this.alg = alg;
    this.use = use;
    this.keyOps = keyOps && Object.freeze([...keyOps]);
    this.#members = members;
    Object.freeze(this);
  }

  /** A copy of the octets of an `oct` key; undefined for any other. */
  get secret(): Uint8Array | undefined {
    return this.#members.secret?.slice();
  }

  /**
   * The JWK members of any other key, `kty` included and canonical, without metadata. A private key from PEM or a KeyObject may lack
   * `x`, `y` or `pub`.
   */
  get jwk(): Readonly<Record<string, string>> | undefined {
    return this.#members.jwk;
  }
}

/**
 * Reads a key whose kind the configuration tells, never its text: with HMAC rows text is a secret, with others it is PEM, and with
 * both it is refused. A JWK and a KeyObject say their kind themselves. Whether the key fits an algorithm is `assertUsable`'s question.
 * Throws a `ConfigError`; a KeyMaterial passes as it is.
 */
export function parseKey(input: KeyInput, rows: readonly AlgorithmRow[], option: string): KeyMaterial {
  if (input instanceof KeyMaterial) return input;
  if (typeof input === 'string') return parseText(UTF8.encode(input), rows, option);
  if (input instanceof Uint8Array) return parseText(input, rows, option);
  if (isKeyObject(input)) return parseKeyObject(input, option);
  if (!isJsonObject(input)) throw invalidKey(option, 'must be a secret, PEM text, a JWK or a KeyObject');
  if (isJwkSet(input)) throw invalidKey(option, `takes one key: pass one of the JWK Set's keys`);
  if ('algorithm' in input && 'extractable' in input) {
    const remedy = 'KeyObject.from(key), or the JWK that subtle.exportKey gives';
    throw invalidKey(option, `is a CryptoKey, which can be read only asynchronously: pass ${remedy}`);
  }
  return parseJwk(input, option);
}

function parseText(octets: Uint8Array, rows: readonly AlgorithmRow[], option: string): KeyMaterial {
  const symmetric = rows.filter(({ kty }) => kty === 'oct').length;
  if (symmetric > 0 && symmetric < rows.length) {
    const remedy = 'pass a JWK or a KeyObject, which says what it is';
    throw new ConfigError(
      'ambiguous_key',
      option,
      `${option} may be a secret or PEM text, as the algorithms allow both: ${remedy}.`,
    );
  }
  if (symmetric > 0) return secretKey(octets, option);
  return parsePemKey(decodeUtf8(octets) ?? '', option);
}

function parsePemKey(text: string, option: string): KeyMaterial {
  return new KeyMaterial(parseKeyMembers(parseKeyBlock(parsePem(text, option), option), option, true), {});
}

function secretKey(octets: Uint8Array, option: string, metadata: KeyMetadata = {}): KeyMaterial {
  return new KeyMaterial({ kty: 'oct', isPrivate: true, secret: parseSecret(octets, option) }, metadata);
}

function parseJwk(jwk: JsonObject, option: string): KeyMaterial {
  const members = parseKeyMembers(jwk, option);
  const metadata = parseKeyMetadata(jwk, option);
  return members.secret === undefined ? new KeyMaterial(members, metadata) : secretKey(members.secret, option, metadata);
}

function isKeyObject(input: Exclude<KeyInput, string>): input is KeyObjectLike {
  return (
    typeof input === 'object' && input !== null && 'type' in input && 'export' in input && typeof input.export === 'function'
  );
}

function parseKeyObject(key: KeyObjectLike, option: string): KeyMaterial {
  const exported = exportKey(key, option);
  return exported instanceof Uint8Array ? secretKey(exported, option) : parsePemKey(String(exported), option);
}

/** As PEM, not as JWK: on Node 20 the JWK export of a freshly generated pair deadlocks if garbage is collected meanwhile. */
function exportKey(key: KeyObjectLike, option: string): unknown {
  try {
    return key.type === 'secret' ? key.export() : key.export({ format: 'pem', type: key.type === 'private' ? 'pkcs8' : 'spki' });
  } catch (cause) {
    throw invalidKey(option, 'is a KeyObject that cannot be exported: pass a JWK or PEM text', cause);
  }
}

const UTF8 = new TextEncoder();
