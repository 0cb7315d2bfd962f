import { constants, createHmac, sign } from 'node:crypto';

/**
 * Ways to be wrong (one is right): of which algorithms, and what they make of a right signature. Undefined says that this one cannot be made wrong in
 * this way.
 *
 * @type {readonly { readonly name: string, readonly algorithms: RegExp, readonly right?: boolean, readonly make: (...about: any[]) => any }[]}
 */
export const CHANGES = [
  { name: 'a bit flipped', algorithms: /./, make: flipped },
  { name: 'without its last octet', algorithms: /./, make: (raw) => raw.subarray(0, -1) },
  { name: 'without its first octet', algorithms: /./, make: (raw) => raw.subarray(1) },
  { name: 'a zero before it', algorithms: /./, make: (raw) => Buffer.concat([Buffer.of(0), raw]) },
  { name: 'a zero after it', algorithms: /./, make: (raw) => Buffer.concat([raw, Buffer.of(0)]) },
  { name: 'twice', algorithms: /./, make: (raw) => Buffer.concat([raw, raw]) },
  { name: 'nothing', algorithms: /./, make: () => Buffer.alloc(0) },
  { name: 'zeros', algorithms: /./, make: (raw) => Buffer.alloc(raw.length) },
  { name: 'ones', algorithms: /./, make: (raw) => Buffer.alloc(raw.length, 0xff) },
  { name: 'octets by chance', algorithms: /./, make: (raw, { random }) => random.octets(raw.length) },
  { name: 'its octets in reverse', algorithms: /./, make: (raw) => Buffer.from(raw.toReversed()) },

  { name: 'a MAC cut to 16 octets', algorithms: /^HS/, make: (raw) => raw.subarray(0, 16) },
  { name: 'a MAC of another hash, cut', algorithms: /^HS/, make: macOfAnotherHash },
  { name: 'a MAC under no key', algorithms: /^HS/, make: (_, { algorithm, data }) => mac(hashOf(algorithm), '', data) },

  { name: 'plus the modulus', algorithms: /^[RP]S/, make: plusModulus },
  { name: 'of another hash', algorithms: /^[RP]S/, make: (_, about) => rsaSigned(about, { hash: otherHash(about.algorithm) }) },
  {
    name: 'with the padding of the other scheme',
    algorithms: /^[RP]S/,
    make: (_, about) => rsaSigned(about, { otherScheme: true }),
  },
  { name: 'no salt', algorithms: /^PS/, make: (_, about) => rsaSigned(about, { salt: 0 }) },
  { name: 'a salt of 20 octets', algorithms: /^PS/, make: (_, about) => rsaSigned(about, { salt: 20 }) },
  { name: 'a salt one octet shorter', algorithms: /^PS/, make: (_, about) => rsaSigned(about, { salt: saltOf(about) - 1 }) },
  { name: 'a salt one octet longer', algorithms: /^PS/, make: (_, about) => rsaSigned(about, { salt: saltOf(about) + 1 }) },
  {
    name: 'as much salt as fits',
    algorithms: /^PS/,
    make: (_, about) => rsaSigned(about, { salt: constants.RSA_PSS_SALTLEN_MAX_SIGN }),
  },

  { name: 'the other s', algorithms: /^ES/, right: true, make: ecdsaNumbers((r, s, n) => [r, n - s]) }, // RFC 7518 asks for neither
  { name: 'r of zero', algorithms: /^ES/, make: ecdsaNumbers((_, s) => [0n, s]) },
  { name: 's of zero', algorithms: /^ES/, make: ecdsaNumbers((r) => [r, 0n]) },
  { name: 'r of n', algorithms: /^ES/, make: ecdsaNumbers((_, s, n) => [n, s]) },
  { name: 's of n', algorithms: /^ES/, make: ecdsaNumbers((r, _, n) => [r, n]) },
  { name: 's plus n', algorithms: /^ES512$/, make: ecdsaNumbers((r, s, n) => [r, s + n]) },
  { name: 'r plus n', algorithms: /^ES512$/, make: ecdsaNumbers((r, s, n) => [r + n, s]) },
  { name: 'n - r', algorithms: /^ES/, make: ecdsaNumbers((r, s, n) => [n - r, s]) },
  {
    name: 'all ones in s',
    algorithms: /^ES/,
    make: (raw) => Buffer.concat([raw.subarray(0, raw.length / 2), Buffer.alloc(raw.length / 2, 0xff)]),
  },
  {
    name: 's before r',
    algorithms: /^ES/,
    make: (raw) => Buffer.concat([raw.subarray(raw.length / 2), raw.subarray(0, raw.length / 2)]),
  },
  { name: 'DER', algorithms: /^ES/, make: (raw) => der(0x30, ...halves(raw).map(derInteger)) },

  { name: 'S + L', algorithms: /^Ed/, make: edwardsScalar((s, order) => s + order) },
  { name: 'L - S', algorithms: /^Ed/, make: edwardsScalar((s, order) => order - s) },
  { name: 'S of zero', algorithms: /^Ed/, make: edwardsScalar(() => 0n) },
  { name: 'S of L', algorithms: /^Ed/, make: edwardsScalar((_, order) => order) },
  { name: 'R with its sign flipped', algorithms: /^Ed/, make: flippedSign },
  { name: 'S before R', algorithms: /^Ed/, make: (raw) => Buffer.concat([...halves(raw)].toReversed()) },
];

/** What has one right signature only: any other of the same message is a fault. */
export const SIGNS_THE_SAME_AGAIN = /^(HS|RS|Ed)/;

function flipped(raw, { random }) {
  const other = Buffer.from(raw);
  other[random.below(raw.length)] ^= 1 << random.below(8);
  return other;
}

function macOfAnotherHash(raw, { algorithm, privateKey, data }) {
  return mac(otherHash(algorithm), Buffer.from(privateKey.k, 'base64url'), data).subarray(0, raw.length);
}

const mac = (hash, key, data) => createHmac(hash, key).update(data).digest();
const hashOf = (algorithm) => `sha${algorithm.slice(2, 5)}`;
const otherHash = (algorithm) => (algorithm.endsWith('256') ? 'sha512' : 'sha256');
const saltOf = ({ algorithm }) => Number(algorithm.slice(2)) / 8;

function rsaSigned({ algorithm, keyObject, data }, { hash = hashOf(algorithm), salt, otherScheme = false }) {
  const pss = algorithm.startsWith('PS') !== otherScheme;
  const saltLength = salt ?? saltOf({ algorithm });
  return sign(hash, data, pss ? { key: keyObject, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength } : keyObject);
}

/** Where it still has the length of the modulus. */
function plusModulus(raw, { privateKey }) {
  return fixed(number(raw) + number(Buffer.from(privateKey.n, 'base64url')), raw.length);
}

function ecdsaNumbers(change) {
  return (raw, { algorithm }) => {
    const [r, s] = halves(raw).map(number);
    const [first, second] = change(r, s, BigInt(ORDERS[algorithm])).map((value) => fixed(value, raw.length / 2));
    return first && second && Buffer.concat([first, second]);
  };
}

function edwardsScalar(change) {
  return (raw) => {
    const [point, scalar] = halves(raw);
    const order = raw.length === 64 ? ED25519_ORDER : ED448_ORDER;
    const changed = fixed(change(number(scalar.toReversed()), order), scalar.length);
    return changed && Buffer.concat([point, changed.toReversed()]);
  };
}

/** The sign of x is the first bit of R's last octet (RFC 8032 sections 5.1.2 and 5.2.2). */
function flippedSign(raw) {
  const other = Buffer.from(raw);
  other[raw.length / 2 - 1] ^= 0x80;
  return other;
}

const halves = (raw) => [raw.subarray(0, raw.length / 2), raw.subarray(raw.length / 2)];
const number = (octets) => BigInt(`0x${Buffer.from(octets).toString('hex')}`);

function fixed(value, length) {
  const text = value.toString(16).padStart(length * 2, '0');
  return text.length > length * 2 ? undefined : Buffer.from(text, 'hex');
}

function derInteger(octets) {
  const first = octets.findIndex((octet) => octet !== 0);
  const digits = octets.subarray(first);
  return der(0x02, digits[0] < 0x80 ? digits : Buffer.concat([Buffer.of(0), digits]));
}

function der(tag, ...contents) {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.of(tag, ...(content.length < 0x80 ? [content.length] : [0x81, content.length])), content]);
}

/** SEC 2 section 2. */
const ORDERS = {
  ES256: '0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
  ES384: '0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
  ES512: `0x01${'f'.repeat(64)}fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409`,
  ES256K: '0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141',
};

/** RFC 8032 sections 5.1 and 5.2. */
const ED25519_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const ED448_ORDER = 2n ** 446n - 13818066809895115352007386748515426880336692474882178609894547503885n;
