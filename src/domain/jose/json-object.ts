import { hasDuplicateNames } from './duplicate-names.ts';

/** A JSON object of somebody else's making: read its members with `Object.hasOwn`. */
export type JsonObject = Record<string, unknown>;

/**
 * Reads octets as exactly one JSON object, and answers undefined for anything else: what is not UTF-8, a byte order mark (RFC 8259
 * section 8.1), another value at the top level, text after it, a name that occurs twice (RFC 7515 section 4, RFC 7519 section 4).
 */
export function parseJsonObject(bytes: Uint8Array): JsonObject | undefined {
  const text = decodeUtf8(bytes);
  return text === undefined ? undefined : parseJsonObjectText(text);
}

/** The same for octets that were decoded, strictly, before. */
export function parseJsonObjectText(text: string): JsonObject | undefined {
  const value = parseJson(text);
  return isJsonObject(value) && !hasDuplicateNames(text, value) ? value : undefined;
}

/** Octets as text, undefined where they are not UTF-8. A byte order mark stays in the text, where JSON does not allow it. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined; // a fatal decoder throws for this one reason
  }
}

/** A value that `JSON.parse` made of `{...}`. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `JSON.parse`, answering undefined (which no JSON text means) for what is not JSON. It keeps `__proto__` as plain data. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a SyntaxError quotes its input: it must not travel
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
