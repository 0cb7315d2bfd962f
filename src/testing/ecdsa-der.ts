/** The DER form of a raw ECDSA signature (RFC 3279 section 2.2.3), which is what RFC 7518 section 3.4 does not allow. */
export function derOfRaw(raw: Uint8Array): Uint8Array {
  const middle = raw.length / 2;
  const integers = [...integer(raw.subarray(0, middle)), ...integer(raw.subarray(middle))];
  const length = integers.length < 0x80 ? [integers.length] : [0x81, integers.length];
  return Uint8Array.of(0x30, ...length, ...integers);
}

/** Without leading zeros, but with one where the first bit would be taken for a sign. */
function integer(octets: Uint8Array): readonly number[] {
  const first = octets.findIndex((octet) => octet !== 0);
  const digits = first === -1 ? [0] : [...octets.subarray(first)];
  const positive = (digits[0] ?? 0) < 0x80 ? digits : [0, ...digits];
  return [0x02, positive.length, ...positive];
}
