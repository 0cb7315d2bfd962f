import { refuse, type Refusal } from '../errors.ts';
import { decodeBase64url } from './base64url.ts';
import { parseJsonObject, type JsonObject } from './json-object.ts';

/** A JWS Protected Header (RFC 7515 section 4) whose `alg`, `typ` and `kid` have the right types. It is a hint, never an authority. */
export interface JwsHeader {
  readonly alg: string;
  readonly typ?: string;
  readonly kid?: string;
  readonly [name: string]: unknown;
}

/**
 * Reads the first segment of a compact serialization. Refuses `malformed` what this library must not or cannot process, and
 * `algorithm` where `alg` is not a string. Keys that a header brings along (`jwk`, `jku`, `x5c`, `x5u`) are never looked at.
 */
export function parseJwsHeader(segment: string): { readonly ok: true; readonly header: JwsHeader } | Refusal {
  const bytes = decodeBase64url(segment);
  const header = bytes && parseJsonObject(bytes);
  if (header === undefined) return MALFORMED;
  for (const name of Object.keys(header)) {
    if (MEMBERS.get(name)?.(header[name]) === false) return MALFORMED;
  }
  return hasAlgorithm(header) ? { ok: true, header } : ALGORITHM;
}

/** What a header says of its key, by its own members: nothing that a polluted prototype lends chooses a key. */
export function keyHintOf(header: JwsHeader): { readonly alg: string; readonly kid: string | undefined } {
  return { alg: header.alg, kid: Object.hasOwn(header, 'kid') ? header.kid : undefined };
}

/** The cast of this parser: MEMBERS looked at `typ` and `kid` before. */
function hasAlgorithm(header: JsonObject): header is JsonObject & JwsHeader {
  return Object.hasOwn(header, 'alg') && typeof header['alg'] === 'string';
}

function isNotNested(cty: unknown): boolean {
  return typeof cty === 'string' && !NESTED.test(cty);
}

const MALFORMED = refuse('malformed');
const ALGORITHM = refuse('algorithm');
const NESTED = /^(?:application\/)?jwt$/i; // RFC 7519 section 5.2: the payload would be a JWT again

/** In characters; a kid is a look-up key, not a document. */
export const MAX_KID_LENGTH = 256;

/** What a member must be to pass; a name without a row is ignored (RFC 7515 section 4). */
const MEMBERS: ReadonlyMap<string, (value: unknown) => boolean> = new Map<string, (value: unknown) => boolean>([
  ['typ', (value) => typeof value === 'string'],
  ['kid', (value) => typeof value === 'string' && value.length <= MAX_KID_LENGTH],
  ['cty', isNotNested],
  ['crit', () => false], // RFC 7515 section 4.1.11: a name that is not understood is fatal, and this library understands none
  ['b64', (value) => value === true], // RFC 7797 section 7: a JWT never has an unencoded payload
  ['zip', () => false], // RFC 7516 section 4.1.3: for JWE only
]);
