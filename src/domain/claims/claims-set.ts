/** A JWT Claims Set (RFC 7519 section 4): one JSON object, registered and private claims side by side. Frozen where this library hands it out. */
export type ClaimsSet = Readonly<Record<string, unknown>>;

/** An own claim, or undefined: parsed JSON is never read through its prototype. */
export function claimOf(claims: ClaimsSet, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}
