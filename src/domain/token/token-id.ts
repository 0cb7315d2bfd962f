declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A token's identifier (RFC 7519 section 4.1.7). */
export type Jti = Branded<'Jti'>;
/** The identifier of a token family: one login and all that is refreshed from it. */
export type FamilyId = Branded<'FamilyId'>;
/** A user's identifier as stores and claims write it: a string, decimal where the application counts. */
export type UserId = Branded<'UserId'>;

export const parseJti = (value: unknown): Jti | undefined => (isIdentifier(value) ? (value as Jti) : undefined);

export const parseFamilyId = (value: unknown): FamilyId | undefined => (isIdentifier(value) ? (value as FamilyId) : undefined);

/** A non-empty string, or a safe integer as its decimal string; anything else identifies nobody. */
export function parseUserId(value: unknown): UserId | undefined {
  if (Number.isSafeInteger(value)) return String(value) as UserId;
  return isIdentifier(value) ? (value as UserId) : undefined;
}

/** Lone surrogates are refused: two of them would be one key once a store has encoded them. */
function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.isWellFormed();
}
