import { readFile } from 'node:fs/promises';
import { ConfigError } from '../../domain/errors.ts';
import type { AlgorithmRow } from '../../domain/jose/algorithms.ts';
import { decodeUtf8, parseJsonObject } from '../../domain/jose/json-object.ts';
import { isJwkSet, type Jwk, type JwkSet } from '../../domain/jose/jwk.ts';
import { UsageError } from './command.ts';

/** A key as a file holds it: the octets of a secret, PEM text, a JWK or a JWK Set. */
export type FileKey = Uint8Array | string | Jwk | JwkSet;

/** The file as it is. Throws `UsageError` where it cannot be read. */
export async function readKeyFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new UsageError(`--key names a file that cannot be read (${code})`);
  }
}

/**
 * What the octets are is told by the algorithm: with HMAC a secret, unless they are a JWK or a JWK Set; else JSON text where they start with a
 * brace, and PEM where they do not. Whether the key fits is the verifier's question, which refuses PEM as a secret.
 */
export function parseKeyFile(octets: Uint8Array, { kty }: AlgorithmRow): FileKey {
  const json = parseJsonObject(octets);
  if (json !== undefined && (Object.hasOwn(json, 'kty') || isJwkSet(json))) return json;
  if (kty === 'oct') return withoutFinalNewline(octets);
  const text = decodeUtf8(octets) ?? '';
  if (text.trimStart().startsWith('{')) {
    throw new ConfigError(
      'invalid_key',
      'key',
      'the file of --key starts as JSON does, but is no JWK or JWK Set: one object, no name twice',
    );
  }
  return text;
}

/** `echo` and editors end a text with a newline nobody means. Octets that are no text are left as they are: there 0x0A is part of the key. */
function withoutFinalNewline(octets: Uint8Array): Uint8Array {
  const text = decodeUtf8(octets);
  const line = text === undefined ? undefined : /^([^\p{Cc}]+)\r?\n$/u.exec(text)?.[1];
  return line === undefined ? octets : new TextEncoder().encode(line);
}
