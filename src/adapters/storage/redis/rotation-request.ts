import type { RotateRequest } from '../../../ports/rotation-store.ts';
import { spanOf } from './span.ts';

/** The tokens of a rotation as its script takes them: in a fixed layout where it can be, which is the short way to the same answer. */
export function packTokens(request: RotateRequest, encoded: EncodedTokens, fixed: boolean): string {
  const { token, successor, now } = request;
  const { jti, family = '', next = '' } = encoded;
  if (fixed && isCommon(request, encoded)) {
    const { iat, exp, retainUntil } = request.successor;
    const live = `t${next},${iat},${exp},${retainUntil},${now},`;
    const span = spanOf(now, family);
    const term = `${String(retainUntil - now).padStart(10, '0')},${span.number}`;
    return `=f${family}t${jti}${family},${next},=,${live}${term}${span.ends}${token.iat}${token.retainUntil}`;
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
 * begins with from now on, what must follow there: how long a token is kept, and the span of time in which the short way is open; and when that
 * ends. When the token was issued, which only the whole script needs, and till when it is kept come after these.
 */
export const COMMON_LAYOUT = 'xc33c33c68c78c17c10';
export const COMMON_LENGTH = 260;

/** Spent for a successor of its own, with identifiers as services make them and times of this age. */
function isCommon(request: RotateRequest, { jti, family, next }: EncodedTokens): request is CommonRotation {
  const { token, successor, spends, access, now, metadata } = request;
  if (!spends || successor === undefined || metadata !== undefined || request.attempt !== successor.jti) return false;
  if (jti.length !== 32 || family?.length !== 32 || next?.length !== 32) return false;
  if (!isTime(token.iat) || !isTime(token.retainUntil) || !isTime(now) || token.retainUntil <= now) return false;
  if (access !== undefined && access.retainUntil > successor.retainUntil) return false;
  return isTime(successor.iat) && isTime(successor.exp) && isTime(successor.retainUntil);
}

type CommonRotation = RotateRequest & { readonly successor: NonNullable<RotateRequest['successor']> };

/** Ten digits. */
function isTime(time: number | undefined): boolean {
  return time !== undefined && time >= 1e9 && time < 1e10 && Number.isInteger(time);
}
