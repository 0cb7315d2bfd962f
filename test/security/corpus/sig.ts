import { createHash, randomBytes, type KeyObject } from 'node:crypto';
import { group, type Recipe } from './case.ts';
import { altered, ed, es, hs, ps, raw, rs, signed, token, type Sign } from './forge.ts';
import {
  ed25519,
  ed448,
  k256,
  otherP256,
  otherRsa,
  p256,
  p384,
  p521,
  publicJwk,
  rsa,
  rsa1024,
  rsa2047,
  rsaCubic,
  SECRET,
} from './keys.ts';

/** Row 7: keys too weak to mean anything. */
const weak: readonly Recipe[] = [
  ...(
    [
      ['HS256', 31],
      ['HS256', 16],
      ['HS256', 1],
      ['HS384', 47],
      ['HS512', 63],
      ['HS512', 32],
    ] as const
  ).map(([algorithm, length]): Recipe => {
    const key = randomBytes(length);
    return {
      id: `${algorithm} with ${length} octets`,
      row: 7,
      token: token({ header: { alg: algorithm }, sign: hs(`sha${algorithm.slice(2)}`, key) }),
      options: { algorithms: [algorithm], key },
      expect: { configError: 'weak_key' },
    };
  }),
  ...['RS256', 'PS256', 'RS512'].map((algorithm): Recipe => ({
    id: `${algorithm} with 1024 bits`,
    row: 7,
    token: token({ header: { alg: algorithm }, sign: rs('sha256', rsa1024.privateKey) }),
    options: { algorithms: [algorithm], key: rsa1024.publicKey },
    expect: { configError: 'weak_key' },
  })),
  {
    id: 'RS256 with 2047 bits',
    row: 7,
    options: { algorithms: ['RS256'], key: rsa2047.publicKey },
    expect: { configError: 'weak_key' },
  },
  {
    id: 'HS256 with 31 octets beside a good key',
    row: 7,
    options: { key: [SECRET, randomBytes(31)] },
    expect: { configError: 'weak_key' },
  },
  ...['AQ', 'AA', 'Ag', 'AQAA'].map((e): Recipe => ({
    id: `RS256 with the exponent ${Buffer.from(e, 'base64url').toString('hex')}`,
    row: 7,
    options: { algorithms: ['RS256'], key: { ...publicJwk(rsa), e } },
    expect: { configError: 'invalid_key' },
  })),
  {
    id: 'RS256 with an even modulus',
    row: 7,
    options: { algorithms: ['RS256'], key: { ...publicJwk(rsa), n: Buffer.alloc(256, 0xfe).toString('base64url') } },
    expect: { configError: 'invalid_key' },
  },
];

interface EcCase {
  readonly algorithm: string;
  readonly pair: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  readonly hash: string;
  readonly order: bigint;
  readonly octets: number;
}

/** SEC 2: the order of each group. */
const EC: readonly EcCase[] = [
  {
    algorithm: 'ES256',
    pair: p256,
    hash: 'sha256',
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    octets: 32,
  },
  {
    algorithm: 'ES384',
    pair: p384,
    hash: 'sha384',
    order: BigInt(`0x${'f'.repeat(48)}c7634d81f4372ddf581a0db248b0a77aecec196accc52973`),
    octets: 48,
  },
  {
    algorithm: 'ES512',
    pair: p521,
    hash: 'sha512',
    order: BigInt(`0x01${'f'.repeat(64)}fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409`),
    octets: 66,
  },
  {
    algorithm: 'ES256K',
    pair: k256,
    hash: 'sha256',
    order: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
    octets: 32,
  },
];

export const bigOf = (octets: Uint8Array): bigint => BigInt(`0x${Buffer.from(octets).toString('hex') || '0'}`);

export function octetsOf(value: bigint, length: number): Buffer {
  const hex = value.toString(16).padStart(length * 2, '0');
  return Buffer.from(hex, 'hex');
}

/** The other valid signature of ECDSA: (r, n - s). */
export const highTwin = (signature: Buffer, order: bigint): Buffer => {
  const middle = signature.length / 2;
  const s = bigOf(signature.subarray(middle));
  return Buffer.concat([signature.subarray(0, middle), octetsOf(order - s, middle)]);
};

export const ORDER_P256 = EC[0]?.order ?? 0n;

/** Row 10: signatures that hold for every message where a range check is missing (CVE-2022-21449). */
const psychic: readonly Recipe[] = EC.flatMap(({ algorithm, pair, order, octets }) => {
  const values: readonly (readonly [string, Buffer])[] = [
    ['0', octetsOf(0n, octets)],
    ['1', octetsOf(1n, octets)],
    ['n', octetsOf(order, octets)],
    ['n-1', octetsOf(order - 1n, octets)],
    ['ff', Buffer.alloc(octets, 0xff)],
  ];
  return values.flatMap(([r, rOctets]) =>
    values.map(([s, sOctets]): Recipe => ({
      id: `${algorithm}, r = ${r}, s = ${s}`,
      row: 10,
      token: token({ header: { alg: algorithm }, sign: raw(Buffer.concat([rOctets, sOctets])) }),
      options: { algorithms: [algorithm], key: pair.publicKey },
      expect: { code: 'signature' },
    })),
  );
});

/** ASN.1 INTEGER, then SEQUENCE: what ECDSA signatures are outside of JOSE. */
function derSignature(signature: Buffer): Buffer {
  const middle = signature.length / 2;
  const integers = [signature.subarray(0, middle), signature.subarray(middle)].map((part) => {
    const trimmed = part.subarray(
      Math.max(
        0,
        part.findIndex((octet) => octet !== 0),
      ),
    );
    const padded = (trimmed[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), trimmed]) : trimmed;
    return Buffer.concat([Buffer.of(2, padded.length), padded]);
  });
  const content = Buffer.concat(integers);
  return Buffer.concat([
    content.length < 0x80 ? Buffer.of(0x30, content.length) : Buffer.of(0x30, 0x81, content.length),
    content,
  ]);
}

const extended = (signature: Buffer) => {
  const middle = signature.length / 2;
  return Buffer.concat([Buffer.of(0), signature.subarray(0, middle), Buffer.of(0), signature.subarray(middle)]);
};

type Change = readonly [string, (signature: Buffer) => Uint8Array];

const LENGTHS: readonly Change[] = [
  ['empty', () => Buffer.alloc(0)],
  ['one octet', (signature) => signature.subarray(0, 1)],
  ['an octet more', (signature) => Buffer.concat([signature, Buffer.of(0)])],
  ['an octet before', (signature) => Buffer.concat([Buffer.of(0), signature])],
  ['an octet less', (signature) => signature.subarray(0, -1)],
  ['half', (signature) => signature.subarray(0, signature.length / 2)],
  ['twice', (signature) => Buffer.concat([signature, signature])],
  ['zeros', (signature) => Buffer.alloc(signature.length)],
  ['hex', (signature) => Buffer.from(signature.toString('hex'))],
  ['base64url again', (signature) => Buffer.from(signature.toString('base64url'))],
];

const overECDSA = ({ order }: EcCase): readonly Change[] => [
  ['DER', derSignature],
  ['DER and an octet', (signature) => Buffer.concat([derSignature(signature), Buffer.of(0)])],
  ['r and s zero-extended', extended],
  [
    'r and s swapped',
    (signature) => Buffer.concat([signature.subarray(signature.length / 2), signature.subarray(0, signature.length / 2)]),
  ],
  [
    'n - r',
    (signature) => {
      const middle = signature.length / 2;
      return Buffer.concat([octetsOf(order - bigOf(signature.subarray(0, middle)), middle), signature.subarray(middle)]);
    },
  ],
];

const modulus = bigOf(Buffer.from(String(publicJwk(rsa)['n']), 'base64url'));

/** In as few octets as it takes: s + n may fit into those of n. */
const plusModulus = (signature: Buffer) => {
  const sum = bigOf(signature) + modulus;
  return octetsOf(sum, sum < 1n << 2048n ? 256 : 257);
};

/** Row 11: the same numbers in another form. */
const encodings: readonly Recipe[] = [
  ...EC.flatMap((curve) =>
    forms(curve.algorithm, curve.pair, es(curve.hash, curve.pair.privateKey), [...LENGTHS, ...overECDSA(curve)]),
  ),
  ...forms('HS256', SECRET, hs('sha256'), [
    ...LENGTHS,
    ['16 octets', (signature) => signature.subarray(0, 16)],
    ['SHA-512', () => hs('sha512')('')],
    ['plain SHA-256', () => createHash('sha256').update(SECRET).digest()],
  ]),
  ...forms('HS512', SECRET, hs('sha512'), LENGTHS),
  ...forms('RS256', rsa, rs('sha256', rsa.privateKey), [
    ...LENGTHS,
    ['s + n', plusModulus],
    ['n', () => octetsOf(modulus, 256)],
    ['1', () => octetsOf(1n, 256)],
    ['n - 1', () => octetsOf(modulus - 1n, 256)],
    ['ff', () => Buffer.alloc(256, 0xff)],
  ]),
  ...forms('PS256', rsa, ps('sha256', rsa.privateKey, 32), [
    ...LENGTHS,
    ['s + n', plusModulus],
    ['n - s', (signature) => octetsOf(modulus - bigOf(signature), 256)],
    ['1', () => octetsOf(1n, 256)],
    ['ff', () => Buffer.alloc(256, 0xff)],
  ]),
  ...forms('EdDSA', ed25519, ed(ed25519.privateKey), [
    ...LENGTHS,
    ['S + L', (signature) => plusOrder(signature, 2n ** 252n + 27742317777372353535851937790883648493n)],
    ['ff', () => Buffer.alloc(64, 0xff)],
    ['R of small order', (signature) => Buffer.concat([Buffer.of(1), Buffer.alloc(31), signature.subarray(32)])],
    ['R and S zero but one', () => Buffer.concat([Buffer.of(1), Buffer.alloc(63)])],
  ]),
  ...forms('Ed448', ed448, ed(ed448.privateKey), [
    ...LENGTHS,
    [
      'S + L',
      (signature) => plusOrder(signature, 2n ** 446n - 13818066809895115352007386748515426880336692474882178609894547503885n),
    ],
    ['ff', () => Buffer.alloc(114, 0xff)],
  ]),
];

/** RFC 8032: R and S are little-endian halves; S must be below the order. */
function plusOrder(signature: Buffer, order: bigint): Buffer {
  const middle = signature.length / 2;
  const s = bigOf(Buffer.from(signature.subarray(middle)).toReversed());
  return Buffer.concat([signature.subarray(0, middle), octetsOf(s + order, middle).toReversed()]);
}

function forms(
  algorithm: string,
  key: string | { readonly publicKey: KeyObject },
  sign: Sign,
  changes: readonly Change[],
): readonly Recipe[] {
  return changes.map(([name, change]) => ({
    id: `${algorithm}, ${name}`,
    row: 11,
    token: token({ header: { alg: algorithm }, sign: altered(sign, change) }),
    options: { algorithms: [algorithm], key: typeof key === 'string' ? key : key.publicKey },
    expect: { code: 'signature' },
  }));
}

/** P-521 leaves seven bits free: s + n still fits. */
const aboveOrder: readonly Recipe[] = ['r', 's'].map((half) => ({
  id: `ES512, ${half} + n`,
  row: 11,
  token: token({
    header: { alg: 'ES512' },
    sign: altered(es('sha512', p521.privateKey), (signature) => {
      const [r, s] = [signature.subarray(0, 66), signature.subarray(66)];
      const order = EC[2]?.order ?? 0n;
      const moved = octetsOf(bigOf(half === 'r' ? r : s) + order, 66);
      return Buffer.concat(half === 'r' ? [moved, s] : [r, moved]);
    }),
  }),
  options: { algorithms: ['ES512'], key: p521.publicKey },
  expect: { code: 'signature' },
}));

/** CVE-2006-4339: with e = 3 a cube root passes where what follows the digest is not looked at. */
const cubeRoot: readonly Recipe[] = [0, 8].map((filler) => ({
  id: `RS256, cube root behind ${filler} octets of padding`,
  row: 11,
  token: token({
    header: { alg: 'RS256' },
    sign(input) {
      const digest = createHash('sha256').update(input).digest();
      const info = Buffer.from('3031300d060960864801650304020105000420', 'hex');
      const start = Buffer.concat([Buffer.of(0, 1), Buffer.alloc(filler, 0xff), Buffer.of(0), info, digest]);
      return octetsOf(cubeRootAbove(bigOf(Buffer.concat([start, Buffer.alloc(256 - start.length)]))), 256);
    },
  }),
  options: { algorithms: ['RS256'], key: rsaCubic.publicKey },
  expect: { code: 'signature' },
}));

function cubeRootAbove(value: bigint): bigint {
  let [low, high] = [0n, 1n << 700n];
  while (low < high) {
    const middle = (low + high) >> 1n;
    if (middle ** 3n < value) low = middle + 1n;
    else high = middle;
  }
  return low;
}

/** The right form, of somebody else or of something else. */
const foreign: readonly Recipe[] = [
  ...(
    [
      ['HS256', SECRET, hs('sha256', `${SECRET}\0`)],
      ['RS256', rsa.publicKey, rs('sha256', otherRsa.privateKey)],
      ['PS256', rsa.publicKey, ps('sha256', otherRsa.privateKey, 32)],
      ['ES256', p256.publicKey, es('sha256', otherP256.privateKey)],
    ] as const
  ).map(([alg, key, sign]): Recipe => ({
    id: `${alg} of another key`,
    row: 11,
    token: token({ header: { alg }, sign }),
    options: { algorithms: [alg], key },
    expect: { code: 'signature' },
  })),
  {
    id: 'HS256 over the claims alone',
    row: 11,
    token: token({ sign: (input) => hs('sha256')(input.slice(input.indexOf('.') + 1)) }),
    expect: { code: 'signature' },
  },
  {
    id: 'HS256 over the header alone',
    row: 11,
    token: token({ sign: (input) => hs('sha256')(input.slice(0, input.indexOf('.'))) }),
    expect: { code: 'signature' },
  },
  { id: 'HS256 of another token', row: 11, token: swapped(), expect: { code: 'signature' } },
];

function swapped(): string {
  const [header, , signature] = token().split('.');
  const [, payload] = signed(token({ payload: { sub: 'somebody else' } })).split('.');
  return [header, payload, signature].join('.');
}

export const sig = group('sig', [...weak, ...psychic, ...encodings, ...aboveOrder, ...cubeRoot, ...foreign]);
