import { ConfigError, refuse, TokenError, type Refusal, type TokenErrorCode } from '../domain/errors.ts';
import { ALGORITHMS, type Algorithm, type AlgorithmRow } from '../domain/jose/algorithms.ts';
import { decodeBase64url, isBase64url } from '../domain/jose/base64url.ts';
import { asciiBytes, splitCompact } from '../domain/jose/compact.ts';
import { keyHintOf, parseJwsHeader } from '../domain/jose/jws-header.ts';
import type { KeyMaterial } from '../domain/jose/key-material.ts';
import type { CallOptions, Verifier } from '../ports/crypto-provider.ts';
import type { KeyHint, KeySource } from '../ports/key-source.ts';
import { chain, recover, type MaybePromise } from './maybe-promise.ts';
import { createKnownHeaders } from './known-headers.ts';
import type { Content, ReadPayload, VerifierOf } from './verification-steps.ts';
import type { VerifierImporter } from './remembered-imports.ts';

/** Answers what `read` made of the payload of a token whose signature holds (RFC 7515 section 5.2), or a refusal; never throws. */
export type JwsVerifier = <T extends Content>(
  token: unknown,
  read: ReadPayload<T>,
  options?: CallOptions,
) => MaybePromise<T | Refusal>;

export interface JwsVerifierDeps {
  /** The algorithms accepted: an exact, non-empty list. */
  readonly algorithms: readonly Algorithm[];
  /** Asked one after the other until one has the key. */
  readonly sources: readonly KeySource[];
  /** Asked at each token: it remembers what it imported (`rememberImports`). */
  readonly importer: VerifierImporter;
  readonly maxTokenBytes: number;
}

/**
 * Checks size, shape, header, algorithm, key and signature, in this order, each before anything more expensive is touched. Synchronous as long as
 * sources and verifiers are.
 */
export function createJwsVerifier({ algorithms, sources, importer, maxTokenBytes }: JwsVerifierDeps): JwsVerifier {
  const accepted: ReadonlySet<string> = new Set(algorithms);
  const verifierOf: VerifierOf = (key, algorithm) =>
    isVerifier(key) ? key : importer.importVerifier({ algorithm, key, kid: key.kid });
  const known = createKnownHeaders(sources, verifierOf, algorithms);

  function verifyParsed<T extends Content>(token: string, read: ReadPayload<T>, options: CallOptions): MaybePromise<T | Refusal> {
    const compact = splitCompact(token, maxTokenBytes);
    if (!compact.ok) return compact;
    const parsed = parseJwsHeader(compact.protectedHeader);
    if (!parsed.ok) return parsed;
    const { header } = parsed;
    const row = accepted.has(header.alg) ? ALGORITHMS.get(header.alg) : undefined;
    if (row === undefined) return refuse('algorithm');
    const signature = decodeBase64url(compact.signature);
    // a signature may hold over foreign characters too: what is read as signed must be known to be ASCII
    if (signature === undefined || !isBase64url(compact.payload)) return refuse('malformed');
    const early = row.dear ? read(compact.payload, header, false) : undefined;
    if (early?.ok === false) return early;

    const data = asciiBytes(compact.signingInput);
    const check = (keys: readonly (KeyMaterial | Verifier)[]) => anyVerifies(keys, row, verifierOf, data, signature, options);
    const hint = { ...keyHintOf(header), payload: compact.payload };
    return chain(firstOf(sources, hint, check, options), (refusal) => {
      if (refusal !== undefined) return refusal;
      known.remember(compact.protectedHeader, header, row);
      return early ?? read(compact.payload, header, true);
    });
  }

  return function verifyJws(token, read, options = NO_OPTIONS) {
    if (typeof token !== 'string' || token.length > maxTokenBytes) return refuse('malformed');
    return known.verify(token, read) ?? verifyParsed(token, read, options);
  };
}

const NO_OPTIONS: CallOptions = Object.freeze({});

/** Undefined when one source's keys verify; otherwise the refusal that says most. */
function firstOf(
  sources: readonly KeySource[],
  hint: KeyHint,
  check: (keys: readonly (KeyMaterial | Verifier)[]) => MaybePromise<Refusal | undefined>,
  options: CallOptions,
  index = 0,
  soFar: Refusal = refuse('key_unknown'),
): MaybePromise<Refusal | undefined> {
  const source = sources[index];
  if (source === undefined) return soFar;
  const outcome = recover<Refusal | undefined, Refusal>(
    () => chain(source.candidates(hint, options), check),
    (error) => unavailable(error, source.fixed === true),
  );
  return chain(outcome, (refusal) => {
    if (refusal === undefined) return undefined;
    // a key chosen by its kid has the last word: a bad signature sends nobody looking elsewhere
    if (refusal.code === 'signature' && hint.kid !== undefined) return refusal;
    return firstOf(sources, hint, check, options, index + 1, graver(soFar, refusal));
  });
}

/** While one source is out of reach nobody can tell whether the token is good. */
function graver(a: Refusal, b: Refusal): Refusal {
  return (GRAVITY.get(a.code) ?? 2) >= (GRAVITY.get(b.code) ?? 2) ? a : b;
}

const GRAVITY: ReadonlyMap<TokenErrorCode, number> = new Map([
  ['key_unknown', 0],
  ['signature', 1],
]);

function anyVerifies(
  keys: readonly (KeyMaterial | Verifier)[],
  row: AlgorithmRow & { readonly name: Algorithm },
  verifierOf: VerifierOf,
  data: Uint8Array,
  signature: Uint8Array,
  options: CallOptions,
  index = 0,
): MaybePromise<Refusal | undefined> {
  const key = keys[index];
  if (key === undefined) return refuse(index === 0 ? 'key_unknown' : 'signature');
  const good = chain(verifierOf(key, row.name), (verifier) =>
    verifier.algorithm === row.name ? verifier.verify(data, signature, options) : false,
  );
  return chain(good, (verified) =>
    verified === true ? undefined : anyVerifies(keys, row, verifierOf, data, signature, options, index + 1),
  );
}

function unavailable(error: unknown, inHand: boolean): Refusal {
  if (error instanceof TokenError) return { ok: false, code: error.code, cause: error.cause };
  // a fetched key that this backend cannot use serves nobody; one that was configured is to be put right
  if (error instanceof ConfigError && !inHand) return refuse('key_unknown');
  return { ok: false, code: 'keys_unavailable', cause: error };
}

export function isVerifier(value: unknown): value is Verifier {
  return typeof value === 'object' && value !== null && 'verify' in value && typeof value.verify === 'function';
}
