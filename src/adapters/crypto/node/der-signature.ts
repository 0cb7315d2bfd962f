/**
 * A raw ECDSA signature (r and s side by side, RFC 7518 section 3.4) as the DER that OpenSSL wants, written to `room`. Node would do the same for
 * `dsaEncoding: 'ieee-p1363'`, but that takes an options object in the key's place, which costs 13 us a call on Node 24.
 */
export function derSignature(raw: Uint8Array, room: Uint8Array): Uint8Array {
  const half = raw.length / 2;
  const end = writeInteger(raw, half, raw.length, room, writeInteger(raw, 0, half, room, HEADER));
  const length = end - HEADER;
  room[HEADER - 1] = length;
  if (length < 0x80) {
    room[HEADER - 2] = SEQUENCE;
    return room.subarray(HEADER - 2, end);
  }
  room[HEADER - 2] = 0x81; // X.690 section 8.1.3.5: the length takes an octet of its own
  room[HEADER - 3] = SEQUENCE;
  return room.subarray(HEADER - 3, end);
}

/** The other way round, for what OpenSSL signs: r and s of `half` octets each. */
export function rawSignature(der: Uint8Array, half: number): Uint8Array {
  const raw = new Uint8Array(half * 2);
  const first = (der[1] ?? 0) < 0x80 ? 2 : 3;
  const second = readInteger(der, first, raw, half);
  readInteger(der, second, raw, half * 2);
  return raw;
}

/** Octets that the DER of any raw signature of this length fits in. */
export function derRoom(rawLength: number): Uint8Array {
  return new Uint8Array(HEADER + rawLength + 6); // a tag, a length and perhaps a zero before each number
}

/** X.690 section 8.3: the fewest octets, with a zero before a first one that would make the number negative. Answers where it ends. */
function writeInteger(raw: Uint8Array, from: number, to: number, out: Uint8Array, start: number): number {
  let first = from;
  while (first < to - 1 && raw[first] === 0) first += 1;
  const negative = (raw[first] ?? 0) >> 7;
  out[start] = INTEGER;
  out[start + 1] = to - first + negative;
  out[start + 2] = 0;
  out.set(raw.subarray(first, to), start + 2 + negative);
  return start + 2 + negative + to - first;
}

/** Copies a number, without the zero before it, so that it ends at `end`. Answers where the next one begins. */
function readInteger(der: Uint8Array, start: number, raw: Uint8Array, end: number): number {
  const from = start + 2;
  const next = from + (der[start + 1] ?? 0);
  const first = der[from] === 0 ? from + 1 : from;
  for (let at = first; at < next; at++) raw[end - next + at] = der[at] ?? 0;
  return next;
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const HEADER = 3;
