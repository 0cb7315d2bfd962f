import { group, label, type Recipe } from './case.ts';
import { claims, encode, hs, raw, rs, signed, token } from './forge.ts';
import { rsa } from './keys.ts';

const SPELLINGS: readonly (readonly [string, string])[] = [
  ...['none', 'None', 'NONE', 'nOnE', 'noNe', 'nonE', 'none ', ' none', 'none\0', 'n\u043ene', 'none\u200b'].map(
    (alg) => [label(alg), JSON.stringify({ alg, typ: 'JWT' })] as const,
  ),
  ['escaped', String.raw`{"alg":"\u006eone","typ":"JWT"}`],
];

/** Row 1: a token that says it needs no signature, with an empty one, none at all, and one that would be right. */
const unsigned: readonly Recipe[] = SPELLINGS.flatMap(([name, header]) => {
  const input = `${encode(header)}.${encode(claims())}`;
  return [
    { id: `${name}, empty signature`, row: 1, token: `${input}.`, expect: { code: 'algorithm' } },
    { id: `${name}, no signature`, row: 1, token: input, expect: { code: 'malformed' } },
    { id: `${name}, right MAC`, row: 1, token: signed(input), expect: { code: 'algorithm' } },
  ] satisfies Recipe[];
});

const configured: readonly Recipe[] = SPELLINGS.map(([name, header]) => {
  const { alg } = JSON.parse(header) as { readonly alg: string };
  return {
    id: `${name} as an algorithm to accept`,
    row: 1,
    token: `${encode(header)}.${encode(claims())}.`,
    options: { algorithms: ['HS256', alg] },
    expect: { configError: 'unsupported_algorithm' },
  };
});

const withAlg = (alg: unknown) => token({ header: { alg, typ: 'JWT' } });

/** Row 2: what no verifier implements, or this one was not told to accept. */
const unknown: readonly Recipe[] = [
  ...[
    'XX256',
    'hs256',
    'HS256 ',
    ' HS256',
    'HS-256',
    'HS1',
    'SHA256',
    'HS2560',
    'HMAC',
    'A256GCM',
    'dir',
    'HS384',
    'RS256',
    '',
  ].flatMap((alg): Recipe[] => [
    { id: `${label(alg)}, right MAC`, row: 2, token: withAlg(alg), expect: { code: 'algorithm' } },
    {
      id: `${label(alg)}, empty signature`,
      row: 2,
      token: token({ header: { alg }, sign: raw(new Uint8Array()) }),
      expect: { code: 'algorithm' },
    },
  ]),
  {
    id: 'HS512 under its own MAC where HS256 is listed',
    row: 2,
    token: token({ header: { alg: 'HS512' }, sign: hs('sha512') }),
    expect: { code: 'algorithm' },
  },
  {
    id: 'RS512 of the right key where RS256 is listed',
    row: 2,
    token: token({ header: { alg: 'RS512' }, sign: rs('sha512', rsa.privateKey) }),
    options: { algorithms: ['RS256'], key: rsa.publicKey },
    expect: { code: 'algorithm' },
  },
  ...[[], undefined, null, 'HS256', {}, new Set(['HS256'])].map((algorithms): Recipe => ({
    id: `algorithms: ${label(algorithms)}`,
    row: 2,
    options: { algorithms },
    expect: { configError: 'missing_option' },
  })),
  ...[['XX256'], ['HS256', 'hs256'], [['HS256']], [null], ['__proto__'], ['HS256', undefined]].map((algorithms): Recipe => ({
    id: `algorithms: ${label(algorithms)}`,
    row: 2,
    options: { algorithms },
    expect: { configError: 'unsupported_algorithm' },
  })),
];

/** Row 3: an alg that is not a string, or a name that every object has. */
const odd: readonly Recipe[] = [
  ...[['HS256'], { 0: 'HS256' }, { alg: 'HS256' }, null, 256, 0, true, false, []].map((alg): Recipe => ({
    id: `alg ${label(alg)}`,
    row: 3,
    token: withAlg(alg),
    expect: { code: 'algorithm' },
  })),
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'get', 'size'].map((alg): Recipe => ({
    id: `alg ${alg}`,
    row: 3,
    token: withAlg(alg),
    expect: { code: 'algorithm' },
  })),
  { id: 'no alg', row: 3, token: token({ header: { typ: 'JWT' } }), expect: { code: 'algorithm' } },
  { id: 'an empty header', row: 3, token: token({ header: {} }), expect: { code: 'algorithm' } },
  { id: 'Alg', row: 3, token: token({ header: { Alg: 'HS256' } }), expect: { code: 'algorithm' } },
];

export const none = group('none', [...unsigned, ...configured, ...unknown, ...odd]);
