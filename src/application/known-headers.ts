import { refuse, type Refusal } from '../domain/errors.ts';
import { ALGORITHMS, type Algorithm, type AlgorithmRow } from '../domain/jose/algorithms.ts';
import { encodeBase64url, isBase64url } from '../domain/jose/base64url.ts';
import { keyHintOf, type JwsHeader } from '../domain/jose/jws-header.ts';
import type { Verifier } from '../ports/crypto-provider.ts';
import type { KeySource } from '../ports/key-source.ts';
import type { Content, ReadPayload, VerifierOf } from './verification-steps.ts';

/**
 * The hot path. An issuer writes the same header into each token, so a header that was good before, character by character, needs no parsing and
 * no choice of keys: the token goes straight to the verifiers that serve it. What is accepted, and what is said of the rest, is the same as on
 * the long way; `bench/pieces.mjs` shows what it saves.
 */
export interface KnownHeaders {
  /** Undefined for a token whose header is not known, or that the verifiers' fast way does not fit. */
  verify<T extends Content>(token: string, read: ReadPayload<T>): T | Refusal | undefined;
  /** Called with the header of a token that was found good. */
  remember(segment: string, header: JwsHeader, row: Row): void;
}

type Row = AlgorithmRow & { readonly name: Algorithm };

interface KnownHeader {
  /** The encoded header and its dot. */
  readonly prefix: string;
  readonly header: JwsHeader;
  readonly dear: boolean;
  /** How many tokens that carried it were good. */
  good: number;
  readonly checks: readonly NonNullable<Verifier['verifyCompact']>[];
}

/**
 * Remembers only where keys are in hand for good and every one of them has a fast way; elsewhere nothing is ever known. The header that most
 * issuers write is known from the start, so that a flood of forged tokens is as cheap to refuse before the first good one as after it.
 */
export function createKnownHeaders(
  sources: readonly KeySource[],
  verifierOf: VerifierOf,
  algorithms: readonly Algorithm[],
): KnownHeaders {
  const known: KnownHeader[] = [];
  const [source] = sources;
  let oldest = 0;

  function remember(segment: string, header: JwsHeader, row: Row): void {
    if (source?.fixed !== true || sources.length > 1 || !Object.values(header).every(isPrimitive)) return;
    const checks = checksOf(source, header, row, verifierOf);
    if (checks === undefined || checks.length === 0) return;
    known[oldest] = { prefix: `${segment}.`, header: Object.freeze(header), dear: row.dear, good: 0, checks };
    oldest = (oldest + 1) % MOST_HEADERS;
  }

  if (source?.synchronous === true) {
    for (const alg of algorithms.slice(0, MOST_HEADERS)) {
      const row = ALGORITHMS.get(alg);
      const header = { alg, typ: 'JWT' };
      if (row !== undefined) remember(encodeBase64url(new TextEncoder().encode(JSON.stringify(header))), header, row);
    }
  }

  return {
    remember,
    verify(token, read) {
      for (let index = 0; index < known.length; index++) {
        const header = known[index];
        // a slice is compared as memory is, `startsWith` a character at a time
        if (header !== undefined && token.slice(0, header.prefix.length) === header.prefix)
          return verifyKnown(header, token, read);
      }
      return undefined;
    },
  };
}

function verifyKnown<T extends Content>(known: KnownHeader, token: string, read: ReadPayload<T>): T | Refusal | undefined {
  const { prefix, header, dear, checks } = known;
  const lastDot = token.indexOf('.', prefix.length);
  if (lastDot === -1 || token.includes('.', lastDot + 1)) return MALFORMED;
  const early = dear ? read(token.slice(prefix.length, lastDot), header, false) : undefined;
  if (early?.ok === false) return unlessMalformed(early, token, prefix.length, lastDot);
  for (const check of checks) {
    const verified = check(token, lastDot);
    if (verified === undefined) return undefined;
    if (!verified) continue;
    known.good += 1;
    return early === undefined || known.good % LESSON_EVERY < LESSONS
      ? read(token.slice(prefix.length, lastDot), header, true)
      : early;
  }
  return unlessMalformed(SIGNATURE, token, prefix.length, lastDot);
}

/** A segment that is not base64url is told before anything else, as on the long way. */
function unlessMalformed(refusal: Refusal, token: string, payload: number, lastDot: number): Refusal {
  return isBase64url(token.slice(payload, lastDot)) && isBase64url(token.slice(lastDot + 1)) ? refusal : MALFORMED;
}

function checksOf(source: KeySource, header: JwsHeader, row: Row, verifierOf: VerifierOf): KnownHeader['checks'] | undefined {
  const keys = source.candidates(keyHintOf(header));
  if (keys instanceof Promise) {
    keys.catch(() => undefined); // told to whoever verifies by it
    return undefined;
  }
  const checks: NonNullable<Verifier['verifyCompact']>[] = [];
  for (const key of keys) {
    const verifier = verifierOf(key, row.name);
    if (verifier instanceof Promise || verifier.synchronous !== true || verifier.verifyCompact === undefined) return undefined;
    if (verifier.algorithm === row.name) checks.push(verifier.verifyCompact.bind(verifier));
  }
  return checks;
}

function isPrimitive(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

const MALFORMED = refuse('malformed');
const SIGNATURE = refuse('signature');

/** Issuers have one header, or a few while keys change. */
const MOST_HEADERS = 4;

/** What was read before its signature was checked taught the reader nothing, so a few of many are read again. */
const LESSONS = 4;
const LESSON_EVERY = 256;
