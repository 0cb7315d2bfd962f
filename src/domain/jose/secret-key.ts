import { isKeyDer } from './asn1-keys.ts';
import { isJsonObject, parseJson } from './json-object.ts';
import { BEGIN, decodeBase64 } from './pem.ts';
import { invalidKey } from './invalid-key.ts';

/**
 * A private copy of the octets of an HMAC secret. Throws a `ConfigError` for an empty one, and for octets that are really a key of
 * another kind: a public key is known to everybody, so an HMAC under it proves nothing (RFC 8725 section 2.1).
 */
export function parseSecret(octets: Uint8Array, option: string): Uint8Array {
  if (octets.length === 0) throw invalidKey(option, 'is empty: HMAC needs a secret, such as randomBytes(32)');
  const text = LENIENT.decode(octets).replaceAll('\0', ''); // UTF-16 is ASCII with zeros between
  const kind = KINDS.find(({ matches }) => matches(text, octets));
  if (kind !== undefined) {
    const advice = 'list an asymmetric algorithm such as RS256 or ES256 for it, or pass a real secret';
    throw invalidKey(option, `is ${kind.name}, not an HMAC secret: ${advice}`);
  }
  return new Uint8Array(octets);
}

function isJwkText(text: string): boolean {
  const value = parseJson(text.replaceAll('\uFEFF', '').trim());
  const members: unknown = Array.isArray(value) ? value[0] : value;
  return isJsonObject(members) && (Object.hasOwn(members, 'kty') || Object.hasOwn(members, 'keys'));
}

/** The body of a PEM text is often passed on without its first and last line. */
function isBase64Key(text: string): boolean {
  const der = text.startsWith('M') ? decodeBase64(text.replaceAll('-', '+').replaceAll('_', '/')) : undefined;
  return der !== undefined && isKeyDer(der);
}

/** What looks like no secret. Prefixes do not hide a PEM text: its first line is looked for everywhere. */
const KINDS: readonly { readonly name: string; readonly matches: (text: string, octets: Uint8Array) => boolean }[] = [
  { name: 'a PEM key', matches: (text) => text.includes(BEGIN.trim()) },
  { name: 'the JSON text of a JWK', matches: (text) => text.includes('"kty"') || isJwkText(text) },
  { name: 'a DER key', matches: (_, octets) => isKeyDer(octets) },
  { name: 'a base64 DER key', matches: isBase64Key },
];

const LENIENT = new TextDecoder(); // whatever surrounds the telling part may be any octets
