import type { RotateRequest } from '../../../ports/rotation-store.ts';

/** The tokens of a rotation as its script takes them: in a fixed layout where it can be, which is the short way to the same answer. */
export function packTokens(request: RotateRequest, encoded: EncodedTokens, fixed: boolean): string {
  const { token, successor, now } = request;
  const { jti, family = '', next = '' } = encoded;
  if (fixed && isCommon(request, encoded)) {
    const { iat, exp, retainUntil } = request.successor;
    const keep = Math.max(retainUntil, request.access?.retainUntil ?? 0);
    const record = `L,${family},${token.iat},${token.retainUntil},`;
    return `=${jti}${next}${record}${iat},${retainUntil},${exp}${keep},${retainUntil},${now},${exp}`;
  }
  const times = successor === undefined ? ',,' : `${successor.iat},${successor.retainUntil},${successor.exp}`;
  return `${now},${jti},${family},${token.iat ?? ''},${token.retainUntil},${next},${times}`;
}

export interface EncodedTokens {
  readonly jti: string;
  readonly family: string | undefined;
  readonly next: string | undefined;
}

/** Spent for a successor of its own, with identifiers as services make them and times of this age. */
function isCommon(request: RotateRequest, { jti, family, next }: EncodedTokens): request is CommonRotation {
  const { token, successor, spends, access, now, metadata } = request;
  if (!spends || successor === undefined || metadata !== undefined || request.attempt !== successor.jti) return false;
  if (jti.length !== 32 || family?.length !== 32 || next?.length !== 32) return false;
  if (!isTime(token.iat) || !isTime(token.retainUntil) || !isTime(now) || token.retainUntil <= now) return false;
  if (access !== undefined && !isTime(access.retainUntil)) return false;
  return isTime(successor.iat) && isTime(successor.exp) && isTime(successor.retainUntil);
}

type CommonRotation = RotateRequest & { readonly successor: NonNullable<RotateRequest['successor']> };

/** Ten digits. */
function isTime(time: number | undefined): boolean {
  return time !== undefined && time >= 1e9 && time < 1e10 && Number.isInteger(time);
}
