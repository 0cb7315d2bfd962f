import { createSecretKey, type KeyObject } from 'node:crypto';
import { CERTIFICATE } from '../../domain/jose/pem-fixtures.ts';
import { group, label, type Recipe } from './case.ts';
import { ed, es, hs, ps, rs, token, type Sign } from './forge.ts';
import {
  ed25519,
  ed448,
  k256,
  p256,
  p384,
  p521,
  pkcs1,
  pkcs8,
  publicJwk,
  rsa,
  SECRET,
  spki,
  spkiDer,
  type Pair,
} from './keys.ts';

const member = (pair: Pair, name: string) => Buffer.from(String(publicJwk(pair)[name]), 'base64url');
const point = (pair: Pair) => Buffer.concat([Buffer.of(4), member(pair, 'x'), member(pair, 'y')]);
const body = (pem: string) =>
  pem
    .split('\n')
    .filter((line) => !line.startsWith('-----'))
    .join('');

/** A public key in a form an attacker may try as an HMAC secret; `plain`: octets that nothing tells from a secret. */
interface Material {
  readonly name: string;
  readonly algorithm: string;
  readonly pair: Pair;
  readonly octets: string | Uint8Array;
  readonly plain?: true;
}

const of = (algorithm: string, pair: Pair, forms: Readonly<Record<string, string | Uint8Array>>, plain?: true): Material[] =>
  Object.entries(forms).map(([name, octets]) => ({
    name: `${algorithm} ${name}`,
    algorithm,
    pair,
    octets,
    ...(plain && { plain }),
  }));

const MATERIALS: readonly Material[] = [
  ...of('RS256', rsa, {
    'SPKI PEM': spki(rsa),
    'SPKI PEM, trimmed': spki(rsa).trim(),
    'SPKI PEM with CRLF': spki(rsa).replaceAll('\n', '\r\n'),
    'SPKI PEM as UTF-16': Buffer.from(spki(rsa), 'utf16le'),
    'PKCS#1 PEM': pkcs1(rsa),
    'PKCS#8 PEM': pkcs8(rsa),
    'SPKI DER': spkiDer(rsa),
    'PKCS#1 DER': rsa.publicKey.export({ format: 'der', type: 'pkcs1' }),
    'PEM body': body(spki(rsa)),
    JWK: JSON.stringify(publicJwk(rsa)),
  }),
  ...of('RS256', rsa, { n: member(rsa, 'n'), 'n as text': String(publicJwk(rsa)['n']), e: member(rsa, 'e') }, true),
  ...of('PS256', rsa, { 'SPKI PEM': spki(rsa) }),
  ...of('ES256', p256, {
    'SPKI PEM': spki(p256),
    'SPKI DER': spkiDer(p256),
    'PEM body': body(spki(p256)),
    JWK: JSON.stringify(publicJwk(p256)),
    certificate: CERTIFICATE,
    'certificate body': body(CERTIFICATE),
  }),
  ...of('ES256', p256, { point: point(p256), x: member(p256, 'x') }, true),
  ...of('ES384', p384, { 'SPKI PEM': spki(p384) }),
  ...of('ES512', p521, { 'SPKI PEM': spki(p521), 'SPKI DER': spkiDer(p521) }),
  ...of('ES256K', k256, { 'SPKI PEM': spki(k256) }),
  ...of('EdDSA', ed25519, { 'SPKI PEM': spki(ed25519), 'SPKI DER': spkiDer(ed25519), JWK: JSON.stringify(publicJwk(ed25519)) }),
  ...of('EdDSA', ed25519, { x: member(ed25519, 'x'), 'x as text': String(publicJwk(ed25519)['x']) }, true),
  ...of('Ed448', ed448, { 'SPKI PEM': spki(ed448) }),
];

const macUnder = (octets: string | Uint8Array, alg = 'HS256') =>
  token({ header: { alg }, sign: hs(`sha${alg.slice(2)}`, octets) });

/** Row 4: a MAC under what everybody knows. */
const publicKeyAsSecret: readonly Recipe[] = MATERIALS.flatMap(({ name, algorithm, pair, octets, plain }): Recipe[] => [
  {
    id: `${name}, ${algorithm} listed`,
    row: 4,
    token: macUnder(octets),
    options: { algorithms: [algorithm], key: pair.publicKey },
    expect: { code: 'algorithm' },
  },
  {
    id: `${name}, ${algorithm} and HS256 listed, KeyObject`,
    row: 4,
    token: macUnder(octets),
    options: { algorithms: [algorithm, 'HS256'], key: pair.publicKey },
    expect: { code: 'key_unknown' },
  },
  {
    id: `${name}, ${algorithm} and HS256 listed, JWK without alg`, // CVE-2026-22817
    row: 4,
    token: macUnder(octets),
    options: { algorithms: ['HS256', algorithm], key: publicJwk(pair) },
    expect: { code: 'key_unknown' },
  },
  ...(plain
    ? []
    : [
        {
          id: `${name} configured as a secret`,
          row: 4,
          token: macUnder(octets),
          options: { key: octets },
          expect: { configError: 'invalid_key' },
        } satisfies Recipe,
        {
          id: `${name} configured as a secret KeyObject`,
          row: 4,
          token: macUnder(octets),
          options: { key: createSecretKey(Buffer.from(octets)) },
          expect: { configError: 'invalid_key' },
        } satisfies Recipe,
      ]),
]);

const otherHashes: readonly Recipe[] = ['HS384', 'HS512'].map((alg) => ({
  id: `RS256 SPKI PEM under ${alg}`,
  row: 4,
  token: macUnder(spki(rsa), alg),
  options: { algorithms: ['RS256', alg], key: rsa.publicKey },
  expect: { code: 'key_unknown' },
}));

const PREFIXES: readonly string[] = [
  ' ',
  '\n',
  '\t',
  '\r\n',
  '\0',
  '\uFEFF',
  'x',
  '# key\n',
  '\u00a0',
  '\v',
  '-',
  'Bag Attributes\n',
];

/** Row 5: what stands before a PEM text does not make it a secret. */
const prefixed: readonly Recipe[] = PREFIXES.flatMap((prefix): Recipe[] => {
  const key = `${prefix}${spki(rsa)}`;
  const forged = macUnder(key);
  return [
    { id: `PEM after ${label(prefix)}`, row: 5, token: forged, options: { key }, expect: { configError: 'invalid_key' } },
    {
      id: `PEM after ${label(prefix)}, no list`,
      row: 5,
      token: forged,
      options: { key, algorithms: undefined },
      expect: { configError: 'missing_option' },
    },
    {
      id: `PEM after ${label(prefix)}, mixed list`,
      row: 5,
      token: forged,
      options: { key: Buffer.from(key), algorithms: ['RS256', 'HS256'] },
      expect: { configError: 'ambiguous_key' },
    },
  ];
});

const jwkTexts: readonly Recipe[] = [
  JSON.stringify(publicJwk(rsa)),
  JSON.stringify(publicJwk(p256), null, 2),
  ` ${JSON.stringify(publicJwk(ed25519))}`,
  JSON.stringify({ kty: 'oct', k: Buffer.from(SECRET).toString('base64url') }),
  JSON.stringify({ keys: [publicJwk(rsa)] }),
].map((key, index) => ({
  id: `JWK text ${index + 1}`,
  row: 5,
  token: macUnder(key),
  options: { key },
  expect: { configError: 'invalid_key' },
}));

/** Row 6: nothing, as a key. */
const empty: readonly Recipe[] = [
  ...['', new Uint8Array(), createSecretKey(Buffer.alloc(0)), { kty: 'oct', k: '' }, { kty: 'oct' }, 0, true, {}].map(
    (key, index): Recipe => ({
      id: `empty key ${index + 1}`,
      row: 6,
      token: macUnder(''),
      options: { key },
      expect: { configError: 'invalid_key' },
    }),
  ),
  ...[undefined, null, [], [undefined], [SECRET, null]].map((key, index): Recipe => ({
    id: `missing key ${index + 1}`,
    row: 6,
    token: macUnder(''),
    options: { key },
    expect: { configError: 'missing_option' },
  })),
  ...[publicJwk(rsa), { kty: 'RSA', ...publicJwk(rsa), alg: 'HS256' }].map((key, index): Recipe => ({
    id: `RSA JWK for HS256 ${index + 1}`, // CVE-2026-44699
    row: 6,
    token: macUnder(''),
    options: { key },
    expect: { configError: 'key_mismatch' },
  })),
];

const FITS: Readonly<Record<string, readonly (Pair | KeyObject)[]>> = {
  HS256: [createSecretKey(Buffer.from(SECRET))],
  RS256: [rsa],
  PS256: [rsa],
  ES256: [p256],
  ES384: [p384],
  ES512: [p521],
  ES256K: [k256],
  EdDSA: [ed25519, ed448],
  Ed25519: [ed25519],
  Ed448: [ed448],
};

const NAMES = new Map<Pair | KeyObject, string>([
  ...Object.entries({ rsa, p256, p384, p521, k256, ed25519, ed448 }).map(([name, pair]) => [pair, name] as const),
  ...(FITS['HS256'] ?? []).map((key) => [key, 'oct'] as const),
]);

/** Row 8: every key with every algorithm that is not its own. */
const mismatched: readonly Recipe[] = Object.entries(FITS).flatMap(([algorithm, fitting]) =>
  [...NAMES].flatMap(([key, name]): Recipe[] =>
    fitting.includes(key)
      ? []
      : [
          {
            id: `${algorithm} with ${name}`,
            row: 8,
            options: { algorithms: [algorithm], key: 'publicKey' in key ? key.publicKey : key },
            expect: { configError: 'key_mismatch' },
          },
        ],
  ),
);

const signedWith = (alg: string, sign: Sign) => token({ header: { alg }, sign });

/** Rows 8 and 9: the header names the right algorithm, the signature is of another. */
const otherPrimitive: readonly Recipe[] = (
  [
    ['ES256', p256, es('sha256', k256.privateKey), 'ES256K', 8],
    ['ES256', p256, es('sha256', p384.privateKey), 'P-384', 8],
    ['ES256K', k256, es('sha256', p256.privateKey), 'P-256', 8],
    ['ES384', p384, es('sha384', p256.privateKey), 'P-256', 8],
    ['EdDSA', ed25519, ed(ed448.privateKey), 'Ed448', 8],
    ['Ed448', ed448, ed(ed25519.privateKey), 'Ed25519', 8],
    ['ES256', p256, es('sha384', p256.privateKey), 'SHA-384', 9],
    ['ES384', p384, es('sha256', p384.privateKey), 'SHA-256', 9],
    ['ES512', p521, es('sha256', p521.privateKey), 'SHA-256', 9],
    ['RS256', rsa, rs('sha512', rsa.privateKey), 'SHA-512', 9],
    ['RS256', rsa, rs('sha1', rsa.privateKey), 'SHA-1', 9],
    ['RS384', rsa, rs('sha256', rsa.privateKey), 'SHA-256', 9],
    ['RS512', rsa, rs('sha384', rsa.privateKey), 'SHA-384', 9],
    ...['256', '384', '512'].flatMap((bits) => [
      [`PS${bits}`, rsa, rs(`sha${bits}`, rsa.privateKey), 'PKCS#1', 9] as const,
      [`RS${bits}`, rsa, ps(`sha${bits}`, rsa.privateKey, Number(bits) / 8), 'PSS', 9] as const,
    ]),
    ['PS256', rsa, ps('sha384', rsa.privateKey, 48), 'PSS with SHA-384', 9],
    ...[0, 20, 31, 33, 222].map(
      (salt) => ['PS256', rsa, ps('sha256', rsa.privateKey, salt), `${salt} octets of salt`, 9] as const,
    ),
    ...[0, 20, 32, 47, 49].map(
      (salt) => ['PS384', rsa, ps('sha384', rsa.privateKey, salt), `${salt} octets of salt`, 9] as const,
    ),
    ...[0, 20, 32, 63, 65].map(
      (salt) => ['PS512', rsa, ps('sha512', rsa.privateKey, salt), `${salt} octets of salt`, 9] as const,
    ),
  ] as readonly (readonly [string, Pair, Sign, string, number])[]
).map(([algorithm, pair, sign, what, row]) => ({
  id: `${algorithm} over ${what}`,
  row,
  token: signedWith(algorithm, sign),
  options: { algorithms: [algorithm], key: pair.publicKey },
  expect: { code: 'signature' },
}));

const pinned: readonly Recipe[] = [
  {
    id: 'PS256 listed beside RS256, over a PKCS#1 signature',
    row: 9,
    token: signedWith('PS256', rs('sha256', rsa.privateKey)),
    options: { algorithms: ['RS256', 'PS256'], key: rsa.publicKey },
    expect: { code: 'signature' },
  },
  {
    id: 'a JWK that says RS256 under PS256',
    row: 9,
    token: signedWith('PS256', ps('sha256', rsa.privateKey, 32)),
    options: { algorithms: ['RS256', 'PS256'], key: { ...publicJwk(rsa), alg: 'RS256' } },
    expect: { code: 'key_unknown' },
  },
];

export const confusion = group('confusion', [
  ...publicKeyAsSecret,
  ...otherHashes,
  ...prefixed,
  ...jwkTexts,
  ...empty,
  ...mismatched,
  ...otherPrimitive,
  ...pinned,
]);

/** Row 21: what a key source answers is looked at before it is used. */
export const resolver = group('resolver', [
  ...['', [], {}, 0, true, { toString: () => SECRET }].map((answer): Recipe => ({
    id: `source answers ${label(answer)}`,
    row: 21,
    token: macUnder(''),
    options: { key: { candidates: () => answer } },
    expect: { code: 'key_unknown' },
  })),
  ...[undefined, null].map((answer): Recipe => ({
    id: `source answers ${label(answer)}`,
    row: 21,
    token: macUnder(''),
    options: { key: { candidates: () => answer } },
    expect: { code: 'keys_unavailable' },
  })),
  {
    id: 'source offers null',
    row: 21,
    token: macUnder(''),
    options: { key: { candidates: () => [null] } },
    expect: { code: 'keys_unavailable' },
  },
  ...[{}, [], 0, false, true, new Uint8Array(), { toString: () => SECRET }].map((key): Recipe => ({
    id: `source offers ${label(key)}`,
    row: 21,
    token: macUnder(''),
    options: { key: { candidates: () => [key] } },
    expect: { code: 'key_unknown' },
  })),
  ...[1, 'true', {}, [], null, undefined, 0, ''].map((answer): Recipe => ({
    id: `Verifier answers ${label(answer)}`,
    row: 21,
    options: { key: { algorithm: 'HS256', synchronous: true, verify: () => answer } },
    expect: { code: 'signature' },
  })),
  {
    id: 'a Verifier of another algorithm',
    row: 21,
    options: { key: { algorithm: 'HS512', synchronous: true, verify: () => true } },
    expect: { code: 'key_unknown' },
  },
  {
    id: 'a source that offers a Verifier of another algorithm',
    row: 21,
    options: { key: { candidates: () => [{ algorithm: 'HS512', synchronous: true, verify: () => true }] } },
    expect: { code: 'signature' },
  },
  {
    id: 'a source that rejects',
    row: 21,
    options: { key: { candidates: () => Promise.reject(new Error('out of reach')) } },
    expect: { code: 'keys_unavailable' },
  },
]);
