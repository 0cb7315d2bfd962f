import { createClaimsPolicy, type ClaimsPolicy, type ClaimsPolicyOptions } from '../domain/claims/claims-policy.ts';
import type { ClaimsSet } from '../domain/claims/claims-set.ts';
import type { NumericDate } from '../domain/claims/numeric-date.ts';
import { ConfigError, errorOf, refuse, type Refusal } from '../domain/errors.ts';
import type { JwsHeader } from '../domain/jose/jws-header.ts';
import type { CallOptions, SyncVerifier } from '../ports/crypto-provider.ts';
import type { Clock } from '../ports/clock.ts';
import { createClaimsReader, type VerifiedToken } from './jwt-payload.ts';
import { createJwsVerifier, type JwsVerifierDeps } from './jws-verifier.ts';
import { askRevoked, parseIsRevoked, type IsRevoked } from './is-revoked.ts';
import { chain, type MaybePromise } from './maybe-promise.ts';
import { ownOptions } from './option-names.ts';
import type { VerifiedTokenCache, VerifiedTokenCacheOption } from './verified-token-cache.ts';
import { VERIFICATION_OPTIONS, type VerificationOptions } from './verification-options.ts';
import { parseErrorStyle, traced } from './stack-traces.ts';

/** What a token is checked against. Nothing that is set is optional to a token; what is not set is not checked, types aside. */
export interface VerifierOptions extends VerificationOptions, ClaimsPolicyOptions {
  /** The header's `typ` must be this (RFC 8725 section 3.11), case-insensitively and with or without `application/`. */
  readonly typ?: string;
  /** The time in seconds. */
  readonly clock?: Clock;
  /** Asked of every token that is good otherwise, also of one that was verified before. One that fails lets nobody in (`store_unavailable`). */
  readonly isRevoked?: IsRevoked;
  /** Whether tokens are remembered for a while once they were verified (false). Their claims are then frozen, at every depth. */
  readonly verifiedTokenCache?: VerifiedTokenCacheOption;
}

/** Answers at once: provider and keys are synchronous. */
export interface SyncVerify {
  /** The claims; throws `TokenError`. */
  (token: string): ClaimsSet;
  /** The claims and header, or the code of the refusal; never throws. */
  try(token: string): VerifiedToken | Refusal;
}

/** Answers later: provider or keys need it. Never throws synchronously. */
export interface AsyncVerify {
  (token: string, options?: CallOptions): Promise<ClaimsSet>;
  try(token: string, options?: CallOptions): Promise<VerifiedToken | Refusal>;
}

/** At once or later: the types of provider and keys do not tell. Await it. */
export interface EitherVerify {
  (token: string, options?: CallOptions): ClaimsSet | Promise<ClaimsSet>;
  try(token: string, options?: CallOptions): VerifiedToken | Refusal | Promise<VerifiedToken | Refusal>;
}

/** The type of verifier that these options make. */
export type VerifyFor<Options, Importer> = Options extends { readonly key: infer Key }
  ? [Speed<Key>] extends ['at once']
    ? VerifyBy<Importer>
    : AsyncVerify
  : AsyncVerify;

type VerifyBy<Importer> = Importer extends { importVerifier(...args: never[]): infer Made }
  ? [Made] extends [SyncVerifier]
    ? SyncVerify
    : [Made] extends [Promise<unknown>]
      ? AsyncVerify
      : EitherVerify
  : AsyncVerify;

/** What can be asked for keys, or verifies by itself, answers later unless its type says otherwise; a key is there at once. */
type Speed<Key> = Key extends readonly (infer Item)[]
  ? Speed<Item>
  : Key extends SyncVerifier
    ? 'at once'
    : Key extends { candidates(...args: never[]): unknown } | { verify(...args: never[]): unknown }
      ? 'later'
      : 'at once';

/** What a small bundle leaves out. */
export interface VerifierParts {
  /** Reads algorithms, keys and bounds. */
  parse(options: VerificationOptions): JwsVerifierDeps & { readonly synchronous: boolean };
  createCache?(option: unknown, sources: JwsVerifierDeps['sources']): VerifiedTokenCache | undefined;
}

/** Builds a JWT verifier (RFC 7519 section 7.2). Throws `ConfigError` for options that cannot be meant. */
export function createVerifierWith(
  given: VerifierOptions,
  { parse, createCache }: VerifierParts,
  clock: Clock,
): SyncVerify | AsyncVerify {
  const options = ownOptions(given, createCache === undefined ? VERIFIER_OPTIONS : [...VERIFIER_OPTIONS, 'verifiedTokenCache']);
  if (typeof clock !== 'function')
    throw new ConfigError('invalid_option', 'clock', 'clock must be a function that answers seconds since the epoch');
  const { synchronous, ...deps } = parse(options);
  const policy = createClaimsPolicy(options);
  const readClaims = createClaimsReader(policy, deps.importer);
  const isRevoked = parseIsRevoked(options.isRevoked);
  const cache = createCache?.(options.verifiedTokenCache, deps.sources);
  const typ = parseTyp(options.typ);
  const full = parseErrorStyle(options.errors) === 'full';
  const verifyJws = createJwsVerifier(deps);

  function read(segment: string, header: JwsHeader, signed: boolean): VerifiedToken | Refusal {
    if (typ !== undefined && (!Object.hasOwn(header, 'typ') || mediaType(header.typ ?? '') !== typ)) return refuse('wrong_type');
    return readClaims(segment, header, signed, timeOf(clock));
  }

  const verifyFresh: Check = (token, call) => verifyJws(token, read, call);
  const settle: Settle = (outcome) =>
    outcome.ok && isRevoked !== undefined ? (askRevoked(isRevoked, outcome.claims) ?? outcome) : outcome;
  const check: Check =
    cache === undefined
      ? (token, call) => chain(verifyFresh(token, call), settle)
      : withCache(cache, { verify: verifyFresh, settle, policy, clock });

  if (synchronous) {
    const attempt = (token: string) => check(token) as VerifiedToken | Refusal;
    const verify = (token: string): ClaimsSet => {
      const outcome = attempt(token);
      if (outcome.ok) return outcome.claims;
      throw full ? traced(errorOf(outcome), verify) : errorOf(outcome);
    };
    return Object.assign(verify, { try: attempt });
  }
  const attempt = async (token: string, call?: CallOptions) => check(token, call);
  const verify = async (token: string, call?: CallOptions): Promise<ClaimsSet> => {
    const outcome = await attempt(token, call);
    if (outcome.ok) return outcome.claims;
    throw full ? traced(errorOf(outcome), verify) : errorOf(outcome);
  };
  return Object.assign(verify, { try: attempt });
}

type Check = (token: string, call?: CallOptions) => MaybePromise<VerifiedToken | Refusal>;
/** What is asked of every token, however it was found good. */
type Settle = (outcome: VerifiedToken | Refusal) => VerifiedToken | Refusal;

interface Checks {
  readonly verify: Check;
  readonly settle: Settle;
  readonly policy: ClaimsPolicy;
  readonly clock: Clock;
}

function withCache(cache: VerifiedTokenCache, { verify, settle, policy, clock }: Checks): Check {
  return function verifyOrFind(token, call) {
    const now = timeOf(clock);
    const held = cache.find(token, now);
    if (held !== undefined) return settle(policy.recheck(held.claims, now) ?? held);
    const { generation } = cache;
    return chain(verify(token, call), (outcome) => settle(outcome.ok ? cache.keep(token, outcome, now, generation) : outcome));
  };
}

/** A clock that fails tells no time, and lets nothing in. */
function timeOf(clock: Clock): NumericDate {
  try {
    return clock();
  } catch {
    return Number.NaN;
  }
}

function parseTyp(typ: unknown): string | undefined {
  if (typ === undefined) return undefined;
  if (typeof typ !== 'string' || typ === '') {
    throw new ConfigError('invalid_option', 'typ', "typ must be a media type such as 'at+jwt'; leave it out to not check it");
  }
  return mediaType(typ);
}

/** RFC 7515 section 4.1.9: `application/` may be left out; media types are compared without regard to case. */
function mediaType(typ: string): string {
  const lower = typ.toLowerCase();
  return lower.includes('/') ? lower : `application/${lower}`;
}

/** Type parameters that extend an interface let misspelt members pass, so a misspelt check is refused here instead of left out. */
const VERIFIER_OPTIONS = [
  ...VERIFICATION_OPTIONS,
  'issuer',
  'audience',
  'subject',
  'leeway',
  'maxAge',
  'requiredClaims',
  'typ',
  'clock',
  'isRevoked',
] as const satisfies readonly (keyof VerifierOptions | 'crypto')[];
