import type { RotationDecision } from '../domain/family/token-family.ts';
import type { FamilyId } from '../domain/token/token-id.ts';
import type { RotateOutcome, RotateRequest } from '../ports/rotation-store.ts';

/** What a rotation that is refused comes to, and the family that ends with it. */
export interface RefusedRotation {
  /** The family to end before the call is answered. */
  readonly ends: FamilyId | undefined;
  /** What to answer, given whether it was this call that ended the family. */
  outcome(endedNow: boolean): RotateOutcome;
}

/**
 * What a store does with a decision against a rotation. `known` is the family on record or named by the token; where there is none, reuse is told of
 * the one that the request proposed.
 */
export function refusedRotation(
  decision: Exclude<RotationDecision, 'rotate' | 'replay'>,
  known: FamilyId | undefined,
  { endFamilyOnReuse, family: proposed }: RotateRequest,
): RefusedRotation {
  switch (decision) {
    case 'late_retry':
    case 'ancestor': {
      const family = known ?? proposed;
      return {
        ends: endFamilyOnReuse ? family : undefined,
        outcome: () => ({ outcome: 'reused', kind: decision, family, familyEnded: endFamilyOnReuse }),
      };
    }
    case 'revoked':
      return {
        ends: endFamilyOnReuse ? known : undefined,
        outcome: (endedNow) =>
          endedNow && known !== undefined ? { outcome: decision, endedFamily: known } : { outcome: decision },
      };
    case 'family_revoked':
    case 'unknown':
      return { ends: undefined, outcome: () => ({ outcome: decision }) };
  }
}
