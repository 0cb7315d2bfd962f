import type { ReuseKind } from '../../../domain/family/token-family.ts';
import type { FamilyId, Jti } from '../../../domain/token/token-id.ts';
import type { NewToken, RotateOutcome, RotateRequest } from '../../../ports/rotation-store.ts';

/** What the script of a rotation answered: an outcome, or that it waits for something to be done first. */
export type RotationReply =
  | RotateOutcome
  | { readonly outcome: 'introduce'; readonly family: FamilyId; readonly until: number }
  /** Unknown, and its family is not on record either: it may have been ended under its own name. */
  | { readonly outcome: 'unmet' };

export function rotationOf(reply: string, request: RotateRequest): RotationReply {
  if (reply === 'R') return { outcome: 'rotated', family: request.token.family ?? request.family, successor: request.successor };
  const [outcome = '', first = '', ...rest] = reply.split(',');
  switch (outcome) {
    case 'done':
      return { outcome: 'rotated', family: familyOf(first), successor: request.successor };
    case 'rotated':
    case 'replayed':
      return { outcome, family: familyOf(first), successor: successorOf(rest) };
    case 'reused':
      return { outcome, kind: rest[0] as ReuseKind, family: familyOf(first), familyEnded: rest[1] === '1' };
    case 'revoked':
      return first === '' ? { outcome } : { outcome, endedFamily: familyOf(first) };
    case 'family_revoked':
      return { outcome };
    case 'unknown':
      return { outcome: first === '0' ? 'unmet' : outcome };
    case 'introduce':
      return { outcome, family: familyOf(first), until: Number(rest[0]) };
    default:
      throw new Error('a script answered what it does not have');
  }
}

function successorOf([jti, iat, exp, retainUntil]: readonly string[]): NewToken | undefined {
  if (jti === undefined) return undefined;
  return { jti: decodeURIComponent(jti) as Jti, iat: Number(iat), exp: Number(exp), retainUntil: Number(retainUntil) };
}

function familyOf(text: string): FamilyId {
  return decodeURIComponent(text) as FamilyId;
}
