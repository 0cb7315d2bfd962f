import { errorOf, refuse, type Refusal } from '../domain/errors.ts';
import { decodeBase64url } from '../domain/jose/base64url.ts';
import type { JwsHeader } from '../domain/jose/jws-header.ts';
import type { AsyncVerify, SyncVerify, VerifyFor } from './create-verifier.ts';
import { createJwsVerifier } from './jws-verifier.ts';
import { chain, type MaybePromise } from './maybe-promise.ts';
import { ownOptions } from './option-names.ts';
import { parseVerification } from './verification-keys.ts';
import { VERIFICATION_OPTIONS, type VerificationOptions } from './verification-options.ts';
import type { VerifierImporter } from './remembered-imports.ts';
import { parseErrorStyle, traced } from './stack-traces.ts';

/** A JWS whose signature holds; its payload is any bytes. */
export interface VerifiedCompact {
  readonly header: JwsHeader;
  readonly payload: Uint8Array;
}

/** At once where a verifier of these options would be synchronous. */
export type VerifyCompactFor<Options, Importer> =
  VerifyFor<Options, Importer> extends SyncVerify
    ? VerifiedCompact
    : VerifyFor<Options, Importer> extends AsyncVerify
      ? Promise<VerifiedCompact>
      : VerifiedCompact | Promise<VerifiedCompact>;

/** Checks any JWS in compact serialization (RFC 7515 section 5.2), not only a JWT. Throws (or rejects with) `TokenError`. */
export function verifyCompactWith(
  token: string,
  options: VerificationOptions,
  importer: VerifierImporter,
): MaybePromise<VerifiedCompact> {
  const own = ownOptions(options, VERIFICATION_OPTIONS); // it reads no claims: an issuer given here would silently not be checked
  const { synchronous, ...deps } = parseVerification(own, importer);
  const full = parseErrorStyle(own.errors) === 'full';
  const verify = createJwsVerifier(deps);
  const answer = () =>
    chain(verify(token, readBytes), (jws) => {
      if (!jws.ok) throw full ? traced(errorOf(jws), answer) : errorOf(jws);
      return { header: jws.header, payload: jws.payload };
    });
  return synchronous ? answer() : Promise.resolve().then(answer); // where a Promise is promised, no refusal is thrown
}

function readBytes(segment: string, header: JwsHeader): (VerifiedCompact & { readonly ok: true }) | Refusal {
  const payload = decodeBase64url(segment);
  return payload === undefined ? refuse('malformed') : { ok: true, header, payload };
}
