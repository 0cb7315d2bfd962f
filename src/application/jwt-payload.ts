import type { ClaimsPolicy } from '../domain/claims/claims-policy.ts';
import type { ClaimsSet } from '../domain/claims/claims-set.ts';
import type { NumericDate } from '../domain/claims/numeric-date.ts';
import { refuse, type Refusal } from '../domain/errors.ts';
import { decodeBase64url } from '../domain/jose/base64url.ts';
import { decodeUtf8, parseJsonObjectText, type JsonObject } from '../domain/jose/json-object.ts';
import type { JwsHeader } from '../domain/jose/jws-header.ts';
import { createLearnedShapes } from '../domain/jose/learned-shapes.ts';
import type { VerifierImporter } from './remembered-imports.ts';

/** A good token. */
export interface VerifiedToken {
  readonly ok: true;
  readonly claims: ClaimsSet;
  readonly header: JwsHeader;
}

/**
 * Reads the payload segment of a JWT and checks its claims; `tolerant` says of which claims a past `exp` is not yet the end. A segment that is
 * `signed` is known to be ASCII.
 */
export type ReadClaims = (
  segment: string,
  header: JwsHeader,
  signed: boolean,
  now: NumericDate,
  tolerant?: (claims: ClaimsSet) => boolean,
) => VerifiedToken | Refusal;

export function createClaimsReader(policy: ClaimsPolicy, { decodeText = decodePortably }: VerifierImporter): ReadClaims {
  const shapes = createLearnedShapes();

  function parse(text: string, signed: boolean): JsonObject | undefined {
    const claims = parseJsonObjectText(text);
    if (signed && claims !== undefined) shapes.learn(text, claims);
    return claims;
  }

  return function readClaims(segment, header, signed, now, tolerant) {
    const text = decodeText(segment, signed);
    const claims = text === undefined ? undefined : (shapes.read(text) ?? parse(text, signed));
    if (claims === undefined) return refuse('malformed');
    return policy.check(claims, now, tolerant?.(claims) === true ? 'tolerated' : 'enforced') ?? { ok: true, claims, header };
  };
}

function decodePortably(segment: string): string | undefined {
  const bytes = decodeBase64url(segment);
  return bytes && decodeUtf8(bytes);
}
