import type { NumericDate } from '../claims/numeric-date.ts';

/**
 * The decision table of a token family: what follows from what a store knows. Every store answers by it, in code or as a script, so
 * that the rule is written once.
 *
 * A family is one login and all that is refreshed from it. Its tokens are a chain: each is spent for exactly one successor.
 */
export interface TokenFacts {
  readonly token: 'unrecorded' | 'live' | 'spent' | 'blacklisted';
  /** `ended`: its current token was logged out. */
  readonly family: 'unrecorded' | 'live' | 'ended' | 'revoked';
  /** Issued under an epoch older than the user's latest revocation. */
  readonly userRevoked: boolean;
  /** For a spent token: when, by whom, and what has become of its successor. */
  readonly spent?: SpentFacts | undefined;
}

export interface SpentFacts {
  readonly at: NumericDate;
  /** The same attempt asks again: a client library may send a command twice. */
  readonly sameAttempt: boolean;
  readonly successor: 'live' | 'spent' | 'blacklisted';
}

export type TokenStatus = 'active' | 'revoked' | 'family_revoked' | 'unknown';

export interface StatusRules {
  /** What must be on record for the token to count as known; nothing when left out. */
  readonly mustBeRecorded?: 'token' | 'family' | undefined;
  /** Whether a logged-out session ends its access tokens too. */
  readonly endedCounts?: boolean | undefined;
}

/** Simple JWT's order: the token's own revocation comes before its family's. */
export function decideStatus(facts: TokenFacts, { mustBeRecorded, endedCounts = false }: StatusRules): TokenStatus {
  if (facts.token === 'blacklisted' || facts.token === 'spent' || facts.userRevoked) return 'revoked';
  if (facts.family === 'revoked') return 'family_revoked';
  if (endedCounts && facts.family === 'ended') return 'revoked';
  if (mustBeRecorded !== undefined && facts[mustBeRecorded] === 'unrecorded') return 'unknown';
  return 'active';
}

export interface RotationRules extends StatusRules {
  readonly now: NumericDate;
  readonly graceSeconds: number;
}

/** `rotate`: spend it; `replay`: give its successor again; `late_retry` and `ancestor`: reuse, of these kinds. */
export type RotationDecision = 'rotate' | 'replay' | ReuseKind | Exclude<TokenStatus, 'active'>;

/** A predecessor that came back after the grace window, before its child was ever used; or any older one. */
export type ReuseKind = 'late_retry' | 'ancestor';

export function decideRotation(facts: TokenFacts, rules: RotationRules): RotationDecision {
  const { spent } = facts;
  if (facts.token !== 'spent' || spent === undefined) {
    const status = decideStatus(facts, rules);
    return status === 'active' ? 'rotate' : status;
  }
  // revocation wins over a retry, and a family that is dead already is not reported stolen again
  if (facts.userRevoked || facts.family === 'revoked' || spent.successor === 'blacklisted') return 'revoked';
  if (spent.sameAttempt || graceIsOpen(spent, rules)) return 'replay';
  return spent.successor === 'live' ? 'late_retry' : 'ancestor';
}

/** `blacklist_successor`: inside the grace window the predecessor stands for its child, so logging it out logs out the child. */
export type BlacklistDecision = 'blacklist' | 'blacklist_successor' | 'revoked' | 'family_revoked';

export function decideBlacklist(facts: TokenFacts, rules: RotationRules): BlacklistDecision {
  if (facts.token === 'spent' && facts.spent !== undefined && !facts.userRevoked && facts.family !== 'revoked') {
    return graceIsOpen(facts.spent, rules) ? 'blacklist_successor' : 'revoked';
  }
  const status = decideStatus(facts, {});
  return status === 'active' || status === 'unknown' ? 'blacklist' : status;
}

/** Open to the immediate predecessor until its child is used; closed both ways, so that a clock set back does not hold it open. */
function graceIsOpen({ at, successor }: SpentFacts, { now, graceSeconds }: RotationRules): boolean {
  return successor === 'live' && Math.abs(now - at) < graceSeconds;
}
