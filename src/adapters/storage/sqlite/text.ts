/**
 * An identifier as SQLite keeps it, one text to one identifier. Node 22 reads text up to its first NUL only, and drivers write a lone surrogate
 * as another character, so both are escaped, and the escape with them.
 */
export function textOf(id: string): string {
  return id.replace(/[\0%\p{Surrogate}]/gu, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export function textOrNull(id: string | undefined): string | null {
  return id === undefined ? null : textOf(id);
}

/** The identifier that was written so. */
export function idOf(text: string): string {
  return text.replace(/%([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
