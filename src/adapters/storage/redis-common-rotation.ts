import type { RotateRequest } from '../../ports/rotation-store.ts';

/**
 * A rotation in the form that its script decides first, in a fixed layout; undefined for one that is out of the ordinary. It is a short way to what
 * the whole script would answer, never to another answer.
 */
export function commonRotation(request: RotateRequest, encoded: EncodedRotation): string | undefined {
  const { token, successor, spends, access, now, metadata } = request;
  const { jti, family, next } = encoded;
  if (!spends || successor === undefined || metadata !== undefined || request.attempt !== successor.jti) return undefined;
  if (jti.length !== 32 || family?.length !== 32 || next?.length !== 32) return undefined;
  const { iat, retainUntil: till } = token;
  const { iat: nextIat, exp: nextExp, retainUntil: nextTill } = successor;
  const keep = access === undefined ? nextTill : Math.max(nextTill, access.retainUntil);
  if (!(isTime(iat) && isTime(till) && isTime(nextIat) && isTime(nextExp) && isTime(nextTill) && isTime(keep) && isTime(now))) {
    return undefined;
  }
  if (till <= now) return undefined;
  return `t${jti}f${family}t${next}L,${family},${iat},${till},L,${family},${nextIat},${nextTill},${nextExp}${keep},${nextTill},${now},${nextExp}`;
}

export interface EncodedRotation {
  readonly jti: string;
  readonly family: string | undefined;
  readonly next: string | undefined;
}

/** Ten digits. */
function isTime(time: number | undefined): time is number {
  return time !== undefined && time >= 1e9 && time < 1e10 && Number.isInteger(time);
}
