import { group, label, type Recipe } from './case.ts';
import { altered, AUDIENCE, claims, claimsWithout, es, ISSUER, NOW, token } from './forge.ts';
import { SIGNERS } from './good-tokens.ts';
import { ignoredKeys } from './hdrkey.ts';
import { OTHER_SECRET, p256, publicJwk, rsa, SECRET } from './keys.ts';
import { KIDS } from './kid.ts';
import { bigOf, highTwin, octetsOf, ORDER_P256 } from './sig.ts';

/** What a verifier must not refuse: strictness that turns good tokens away would be switched off. */
const algorithms: readonly Recipe[] = SIGNERS.map(([alg, key, sign], index) => ({
  id: `${alg} ${index}`,
  row: 1,
  token: token({ header: { alg, typ: 'JWT' }, sign }),
  options: { algorithms: [alg], key },
  expect: { ok: true },
}));

const es256 = es('sha256', p256.privateKey);
const isHigh = (signature: Buffer) => bigOf(signature.subarray(32)) > ORDER_P256 / 2n;

const signatures: readonly Recipe[] = (
  [
    ['high s', altered(es256, (signature) => (isHigh(signature) ? signature : highTwin(signature, ORDER_P256)))],
    ['low s', altered(es256, (signature) => (isHigh(signature) ? highTwin(signature, ORDER_P256) : signature))],
    [
      's written out',
      altered(es256, (signature) => Buffer.concat([signature.subarray(0, 32), octetsOf(bigOf(signature.subarray(32)), 32)])),
    ],
  ] as const
).map(([id, sign]) => ({
  id: `ES256, ${id}`,
  row: 11,
  token: token({ header: { alg: 'ES256' }, sign }),
  options: { algorithms: ['ES256'], key: p256.publicKey },
  expect: { ok: true },
}));

const jwk = (secret: string) => ({ kty: 'oct', k: Buffer.from(secret).toString('base64url') });

const keys: readonly Recipe[] = [
  ...KIDS.map((kid): Recipe => ({
    id: `kid ${label(kid)} ignored`,
    row: 20,
    token: token({ header: { alg: 'HS256', kid } }),
    expect: { ok: true },
  })),
  {
    id: 'a kid of 256 characters',
    row: 20,
    token: token({ header: { alg: 'HS256', kid: 'k'.repeat(256) } }),
    options: { key: { ...jwk(SECRET), kid: 'k'.repeat(256) } },
    expect: { ok: true },
  },
  {
    id: 'a kid named __proto__',
    row: 20,
    token: token({ header: '{"alg":"HS256","kid":"__proto__"}' }),
    options: { key: { ...jwk(SECRET), kid: '__proto__' } },
    expect: { ok: true },
  },
  {
    id: 'no kid, two keys that have one',
    row: 20,
    options: {
      key: [
        { ...jwk(OTHER_SECRET), kid: 'a' },
        { ...jwk(SECRET), kid: 'b' },
      ],
    },
    expect: { ok: true },
  },
  {
    id: 'the second of two keys',
    row: 20,
    token: token({ header: { alg: 'HS256', kid: 'b' } }),
    options: {
      key: {
        keys: [
          { ...jwk(OTHER_SECRET), kid: 'a' },
          { ...jwk(SECRET), kid: 'b' },
        ],
      },
    },
    expect: { ok: true },
  },
  {
    id: 'a JWK Set with keys for others',
    row: 22,
    token: token({ header: { alg: 'ES256' }, sign: es256 }),
    options: {
      algorithms: ['ES256'],
      key: { keys: [{ kty: 'new', x: 1 }, { ...publicJwk(rsa), use: 'enc' }, publicJwk(rsa), publicJwk(p256)] },
    },
    expect: { ok: true },
  },
  ...[
    { use: 'sig' },
    { key_ops: ['verify'] },
    { key_ops: ['sign', 'verify'] },
    { alg: 'HS256' },
    { x5u: 'https://x.example' },
  ].map((members): Recipe => ({
    id: `JWK with ${label(members)}`,
    row: 22,
    options: { key: { ...jwk(SECRET), ...members } },
    expect: { ok: true },
  })),
  {
    id: 'a Verifier of its own',
    row: 21,
    options: { key: { algorithm: 'HS256', verify: async () => true } },
    expect: { ok: true },
  },
  {
    id: 'a source of its own',
    row: 21,
    options: { key: { candidates: async () => [{ algorithm: 'HS256', verify: async () => true }] } },
    expect: { ok: true },
  },
];

const headers: readonly Recipe[] = [
  ...[
    '{"typ":"JWT","alg":"HS256"}',
    ' {\r\n\t"alg" : "HS256" } ',
    String.raw`{"\u0061lg":"\u0048S256"}`,
    '{"alg":"HS256","b64":true}',
    '{"alg":"HS256","cty":"json"}',
    '{"alg":"HS256","typ":""}',
    '{"alg":"HS256","enc":"A128GCM"}',
    '{"alg":"HS256","critical":["x"]}',
    '{"alg":"HS256","__proto__":{"alg":"none"}}',
    '{"alg":"HS256","constructor":{"prototype":{}}}',
    '{"alg":"HS256","x":{"alg":"none"},"y":[{"alg":"none"}]}',
    '{"alg":"HS256","Alg":"none","ALG":"none"}',
    String.raw`{"alg":"HS256","x":"\"alg\":\"none\""}`,
  ].map((header): Recipe => ({ id: `header ${label(header)}`, row: 14, token: token({ header }), expect: { ok: true } })),
  ...(
    [
      ['at+jwt', 'at+jwt'],
      ['AT+JWT', 'at+jwt'],
      ['application/at+jwt', 'at+jwt'],
      ['Application/At+Jwt', 'at+jwt'],
      ['at+jwt', 'application/AT+JWT'],
      ['JWT', 'jwt'],
      ['text/x', 'TEXT/X'],
    ] as const
  ).map(([typ, expected]): Recipe => ({
    id: `typ ${typ} where ${expected} is expected`,
    row: 28,
    token: token({ header: { alg: 'HS256', typ } }),
    options: { typ: expected },
    expect: { ok: true },
  })),
];

const claimForms: readonly Recipe[] = (
  [
    ['a fractional exp', claims({ exp: NOW + 0.5 }), {}],
    ['exp in 9999', claims({ exp: 253_402_300_799 }), {}],
    ['exp within the leeway', claims({ exp: NOW - 29 }), { leeway: 30 }],
    ['nbf now', claims({ nbf: NOW }), {}],
    ['nbf within the leeway', claims({ nbf: NOW + 30 }), { leeway: '30s' }],
    ['iat now', claims({ iat: NOW }), { maxAge: 0 }],
    ['iat negative', claims({ iat: -5 }), {}],
    ['exactly as old as allowed', claims({ iat: NOW - 60 }), { maxAge: '1m' }],
    ['older by the leeway', claims({ iat: NOW - 70 }), { maxAge: 60, leeway: 10 }],
    ['no claims at all', {}, {}],
    ['iss', claims(), { issuer: ISSUER }],
    ['one of two iss', claims(), { issuer: ['https://other.example', ISSUER] }],
    ['aud', claims(), { audience: AUDIENCE }],
    ['aud in a list', claims({ aud: ['https://other.example', AUDIENCE] }), { audience: AUDIENCE }],
    ['one of two aud', claims({ aud: [AUDIENCE] }), { audience: ['https://other.example', AUDIENCE] }],
    ['an empty aud list where none is expected', claims({ aud: [] }), {}],
    ['sub', claims({ sub: 'user-17' }), { subject: 'user-17' }],
    ['required claims that are null', claims({ nothing: null }), { requiredClaims: ['nothing', 'exp'] }],
    ['a claim named constructor', claims({ constructor: { prototype: { admin: true } } }), { requiredClaims: ['constructor'] }],
    ['no exp, but aud', claimsWithout('exp'), { audience: AUDIENCE }],
    ['a lone surrogate, escaped', '{"x":"\\ud800"}', {}],
    ['a claim named __proto__', '{"__proto__":{"polluted":true},"exp":1700000300}', { requiredClaims: ['__proto__'] }],
    ['names that differ by normalisation', '{"\u00e9":1,"e\u0301":2}', {}],
    ['strings that look like names', String.raw`{"a":"\":","b":"{\"a\":1}","c":["a","a"],"d":{"a":1}}`, {}],
    ['whitespace', ' {\r\n\t"exp" : 1700000300 }\n', {}],
    ['2000 levels of nesting', `{"x":${'['.repeat(2000)}${']'.repeat(2000)}}`, {}],
  ] as const
).map(([id, payload, options]) => ({ id, row: 25, token: token({ payload }), options, expect: { ok: true } }));

const large: readonly Recipe[] = [
  { id: 'as long as is looked at', row: 13, token: ofLength(8192), expect: { ok: true } },
  {
    id: '200000 levels of nesting, let in',
    row: 32,
    token: token({ payload: `{"x":${'['.repeat(200_000)}${']'.repeat(200_000)}}` }),
    options: { maxTokenBytes: 1_048_576 },
    expect: { ok: true },
  },
];

/** The longest token that is looked at by default. */
function ofLength(length: number): string {
  const [header = '', , signature = ''] = token().split('.');
  const room = length - header.length - signature.length - 2;
  const octets = Math.floor((room * 3) / 4);
  return token({ payload: { x: 'a'.repeat(octets - '{"x":""}'.length) } });
}

export const ok = group('ok', [...algorithms, ...signatures, ...keys, ...headers, ...claimForms, ...large, ...ignoredKeys]);
