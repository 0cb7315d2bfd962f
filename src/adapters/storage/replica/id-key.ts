import { readJtiKey } from '../../../domain/token/jti-key.ts';

/** 64 bits that stand for an id, whatever its form. One serves for all of a process: it is set anew for each id, so that a check allocates nothing. */
export class IdKey {
  id = '';
  /** Whether the id has the form in which this library mints ids: its 64 bits are then as random as the id. */
  minted = false;
  readonly bits = new Int32Array(2);

  set(id: string): this {
    this.id = id;
    this.minted = readJtiKey(id, this.bits);
    if (!this.minted) hash(id, this.bits);
    return this;
  }
}

/** Two sums of 32 bits, mixed at the end as MurmurHash3 does. Whoever finds two ids that are taken for one has the store asked once more. */
function hash(id: string, bits: Int32Array): void {
  let [one, other] = [0x9e3779b9, id.length];
  for (let at = 0; at < id.length; at++) {
    const code = String.prototype.charCodeAt.call(id, at);
    one = Math.imul(one ^ code, 0x85ebca6b);
    other = Math.imul(other ^ code, 0x1b873593);
  }
  bits[0] = mixed(one ^ (other >>> 15));
  bits[1] = mixed(other ^ (one >>> 15));
}

function mixed(sum: number): number {
  const half = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b);
  const whole = Math.imul(half ^ (half >>> 13), 0xc2b2ae35);
  return whole ^ (whole >>> 16);
}
