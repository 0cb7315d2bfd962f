/** One value of DER (X.690): its tag and its content octets. */
export interface DerValue {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** Tags that keys are written with (X.690 section 8.1.2). */
export const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
  /** [0] and [1], primitive and constructed. */
  context0: 0x80,
  explicit0: 0xa0,
  explicit1: 0xa1,
} as const;

/** Reads octets as exactly one DER value; undefined where they are not, or where anything follows it. */
export function parseDer(bytes: Uint8Array): DerValue | undefined {
  const values = parseDerList(bytes);
  return values?.length === 1 ? values[0] : undefined;
}

/** The values of a SEQUENCE; undefined for any other value. */
export function sequenceOf(value: DerValue | undefined): readonly DerValue[] | undefined {
  return value?.tag === TAG.sequence ? parseDerList(value.content) : undefined;
}

/** The content of a value that has this tag. */
export function contentOf(value: DerValue | undefined, tag: number): Uint8Array | undefined {
  return value?.tag === tag ? value.content : undefined;
}

/** The octets of an INTEGER that is not negative, without the zero octet that keeps its sign. */
export function unsignedOf(value: DerValue | undefined): Uint8Array | undefined {
  const octets = contentOf(value, TAG.integer);
  const [first, second] = octets ?? [];
  if (octets === undefined || first === undefined || first >= 0x80) return undefined;
  if (first !== 0 || second === undefined) return octets;
  return second >= 0x80 ? octets.subarray(1) : undefined; // X.690 section 8.3.2: no more octets than needed
}

/** The octets of a BIT STRING that is made of whole octets. */
export function bitsOf(value: DerValue | undefined): Uint8Array | undefined {
  const content = contentOf(value, TAG.bitString);
  return content?.[0] === 0 ? content.subarray(1) : undefined;
}

/** An OBJECT IDENTIFIER as the hexadecimal of its content, which is how tables name it. */
export function oidOf(value: DerValue | undefined): string | undefined {
  const content = contentOf(value, TAG.oid);
  return content && Array.from(content, (octet) => octet.toString(16).padStart(2, '0')).join('');
}

/** One level deep only: what a value holds is read when it is asked for, so that nesting costs no stack. */
function parseDerList(bytes: Uint8Array): readonly DerValue[] | undefined {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at] ?? 0;
    const length = lengthAt(bytes, at + 1);
    if ((tag & 0x1f) === 0x1f || length === undefined) return undefined; // no key has a tag of several octets
    const end = length.next + length.octets;
    if (end > bytes.length) return undefined;
    values.push({ tag, content: bytes.subarray(length.next, end) });
    at = end;
  }
  return values;
}

/** X.690 section 10.1: a definite length in the fewest octets. */
function lengthAt(bytes: Uint8Array, at: number): { readonly octets: number; readonly next: number } | undefined {
  const first = bytes[at];
  if (first === undefined || first === 0x80 || first > 0x83) return undefined; // more than 16 MiB is no key
  if (first < 0x80) return { octets: first, next: at + 1 };
  const next = at + 1 + (first & 0x7f);
  const octets = bytes.subarray(at + 1, next).reduce((length, octet) => length * 256 + octet, 0);
  const fewest = octets < 0x80 ? 0 : octets < 0x100 ? 1 : octets < 0x1_0000 ? 2 : 3;
  return fewest === (first & 0x7f) && next <= bytes.length ? { octets, next } : undefined;
}
