import type { RotateRequest } from '../../../ports/rotation-store.ts';

/** The tokens of a rotation as its script takes them: in a fixed layout where it can be, which is the short way to the same answer. */
export function packTokens(request: RotateRequest, encoded: EncodedTokens, fixed: boolean): string {
  const { token, successor, now } = request;
  const { jti, family = '', next = '' } = encoded;
  if (fixed && isCommon(request, encoded)) {
    const { iat, exp, retainUntil } = request.successor;
    const live = `t${next},${iat},${exp},${retainUntil},${now},`;
    return `=f${family}t${jti}${family},${next},=,${live}${retainUntil}${now}${token.iat}${token.retainUntil}`;
  }
  const times = successor === undefined ? ',,' : `${successor.iat},${successor.retainUntil},${successor.exp}`;
  return `${now},${jti},${family},${token.iat ?? ''},${token.retainUntil},${next},${times},`;
}

export interface EncodedTokens {
  readonly jti: string;
  readonly family: string | undefined;
  readonly next: string | undefined;
}

/**
 * After a `=`, for `struct.unpack`: the fields of family and token, how the record of a spent token ends but for the time, what that of the family
 * begins with from now on, how long the successor is kept, and who asks. Two times that only the whole script needs come after these.
 */
export const COMMON_LAYOUT = 'xc33c33c68c78c10c10';
export const COMMON_LENGTH = 253;

/** Spent for a successor of its own, with identifiers as services make them and times of this age. */
function isCommon(request: RotateRequest, { jti, family, next }: EncodedTokens): request is CommonRotation {
  const { token, successor, spends, access, now, metadata } = request;
  if (!spends || successor === undefined || metadata !== undefined || request.attempt !== successor.jti) return false;
  if (jti.length !== 32 || family?.length !== 32 || next?.length !== 32) return false;
  if (!isTime(token.iat) || !isTime(token.retainUntil) || !isTime(now)) return false;
  if (access !== undefined && access.retainUntil > successor.retainUntil) return false;
  return isTime(successor.iat) && isTime(successor.exp) && isTime(successor.retainUntil);
}

type CommonRotation = RotateRequest & { readonly successor: NonNullable<RotateRequest['successor']> };

/** Ten digits. */
function isTime(time: number | undefined): boolean {
  return time !== undefined && time >= 1e9 && time < 1e10 && Number.isInteger(time);
}
