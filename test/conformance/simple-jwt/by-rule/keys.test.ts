import { createHmac, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ecPair, ed25519Pair, ed448Pair, rsaPair, type KeyPair } from '../../../key-pairs.ts';
import type { Answer } from '../answers.ts';
import { compare } from '../compare.ts';
import { THUMBPRINT } from '../stated-answers.ts';
import { guardRefused, invalid, issued, newAccess, newRefresh, newSliding, ok, shows } from './expected.ts';
import { createServer, get, jwksFrom, post, type Sent } from './server.ts';
import { flow, rows, type Row } from './tables.ts';
import { access, NOW, refresh, SECRET, signed, signedText, type Claims, type Signing } from './tokens.ts';

const LOGIN = { username: 'davidattenborough', password: 'boatymcboatface' };
const bearer = (claims: Claims, signing: Signing = {}) => get('protected', `Bearer ${signed(claims, signing)}`);
const refused = () => guardRefused('Token is invalid');
const spki = (key: KeyObject) => String(key.export({ format: 'pem', type: 'spki' }));
const pkcs8 = (key: KeyObject) => String(key.export({ format: 'pem', type: 'pkcs8' }));

const RSA = rsaPair(2048);
const OTHER_RSA = rsaPair(2048);
const ALGORITHMS: readonly (readonly [alg: string, own: KeyPair, other: KeyPair])[] = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'].map((alg) => [alg, RSA, OTHER_RSA] as const),
  ['ES256', ecPair('P-256'), ecPair('P-256')],
  ['ES384', ecPair('P-384'), ecPair('P-384')],
  ['ES512', ecPair('P-521'), ecPair('P-521')],
  ['ES256K', ecPair('secp256k1'), ecPair('secp256k1')],
  ['EdDSA', ed25519Pair(), ed25519Pair()],
  ['EdDSA', ed448Pair(), ed448Pair()],
];

for (const [alg, { privateKey, publicKey }, other] of ALGORITHMS) {
  const name = `${alg} ${publicKey.asymmetricKeyType}`;
  const own = { alg, key: privateKey };
  const good = (token: ReturnType<typeof newAccess>) => ({ ...token, header: { alg, typ: 'JWT', kid: THUMBPRINT } });
  const settings = { algorithm: alg, signingKey: pkcs8(privateKey), verifyingKey: spki(publicKey) };
  const unsigned = (claims: Claims) => signed(claims, { header: { alg: 'none' } }).replace(/[^.]*$/, '');
  flow(name, settings, [
    {
      rule: 'A11, API: token header',
      name: 'obtain',
      send: post('', LOGIN),
      answer: issued({ refresh: good(newRefresh()), access: good(newAccess()) }),
      keep: 'pair',
    },
    {
      rule: 'A11, API: token header',
      name: 'obtain sliding',
      send: post('sliding/', LOGIN),
      answer: issued({ token: good(newSliding()) }),
    },
    {
      rule: 'A11',
      name: 'refresh',
      send: ({ pair }) => post('refresh/', { refresh: pair?.['refresh'] }),
      answer: issued({ access: good(newAccess()) }),
    },
    { rule: 'A11', name: 'verify', send: ({ pair }) => post('verify/', { token: pair?.['access'] }), answer: ok() },
    { rule: 'A11', name: 'blacklist', send: ({ pair }) => post('blacklist/', { refresh: pair?.['refresh'] }), answer: ok() },
    {
      rule: 'A11',
      name: 'hand-signed, without a kid',
      send: bearer(access({ jti: 'x' }), own),
      answer: shows('1', access({ jti: 'x' })),
    },
    {
      rule: 'A6: unknown kid ignored',
      name: 'hand-signed, another kid',
      send: bearer(access({ jti: 'x' }), { ...own, header: { kid: 'other' } }),
      answer: shows('1', access({ jti: 'x' })),
    },
    { rule: 'A11', name: 'another key', send: bearer(access(), { alg, key: other.privateKey }), answer: refused() },
    {
      rule: 'A11',
      name: 'another key at refresh',
      send: post('refresh/', { refresh: signed(refresh(), { alg, key: other.privateKey }) }),
      answer: invalid(),
    },
    {
      rule: 'A11',
      name: 'another key at verify',
      send: post('verify/', { token: signed(refresh(), { alg, key: other.privateKey }) }),
      answer: invalid(),
    },
    {
      rule: 'A11: algorithm confusion',
      name: 'HS256 with the PEM',
      send: bearer(access(), { key: spki(publicKey) }),
      answer: refused(),
    },
    {
      rule: 'A11: algorithm confusion',
      name: 'HS256 with the trimmed PEM',
      send: bearer(access(), { key: spki(publicKey).trim() }),
      answer: refused(),
    },
    { rule: 'A11: alg none', name: 'none', send: get('protected', `Bearer ${unsigned(access())}`), answer: refused() },
    {
      rule: 'A11: embedded jwk',
      name: 'jwk of another key',
      send: bearer(access(), { alg, key: other.privateKey, header: { jwk: other.publicKey.export({ format: 'jwk' }) } }),
      answer: refused(),
    },
    {
      rule: 'A6: jwk ignored',
      name: 'jwk of another key, own signature',
      send: bearer(access({ jti: 'x' }), { ...own, header: { jwk: other.publicKey.export({ format: 'jwk' }) } }),
      answer: shows('1', access({ jti: 'x' })),
    },
    {
      rule: 'A6.1',
      name: 'another algorithm named',
      send: bearer(access(), { ...own, header: { alg: alg === 'RS256' ? 'PS256' : 'RS256' } }),
      answer: refused(),
    },
    {
      rule: 'A6.1',
      name: 'lower case',
      send: bearer(access(), { ...own, header: { alg: alg.toLowerCase() } }),
      answer: refused(),
    },
    {
      rule: 'A6.1',
      name: 'an empty signature',
      send: get('protected', `Bearer ${signed(access(), own).replace(/[^.]*$/, '')}`),
      answer: refused(),
    },
    {
      rule: 'A6.1',
      name: 'a zero signature',
      send: get('protected', `Bearer ${signed(access(), own).replace(/[^.]*$/, 'A'.repeat(86))}`),
      answer: refused(),
    },
  ]);
}

for (const alg of ['HS384', 'HS512']) {
  const others = ['HS256', 'HS384', 'HS512'].filter((name) => name !== alg);
  rows(alg, { algorithm: alg }, [
    [
      'A7: ALGORITHM',
      'obtain',
      post('', LOGIN),
      issued({
        refresh: { ...newRefresh(), header: { alg, typ: 'JWT' } },
        access: { ...newAccess(), header: { alg, typ: 'JWT' } },
      }),
    ],
    ['A7: ALGORITHM', 'hand-signed', bearer(access({ jti: 'x' }), { alg }), shows('1', access({ jti: 'x' }))],
    ...others.map((other): Row => ['A6.1: alg equals the one configured', other, bearer(access(), { alg: other }), refused()]),
    ['A7: VERIFYING_KEY is for RS and ES', 'another key', bearer(access(), { alg, key: 'x'.repeat(64) }), refused()],
  ]);
}

const HEADER = { alg: 'HS256', typ: 'JWT' };
const json = (value: unknown) => JSON.stringify(value);
/** Tokens by the bytes of their segments, every one with the right signature. */
const body = access({ jti: 'x' });
const GOOD: readonly (readonly [rule: string, name: string, token: string])[] = [
  ['A6: typ', 'typ absent', signedText(json({ alg: 'HS256' }), body)],
  ['A6: typ', 'typ in lower case', signed(body, { header: { typ: 'jwt' } })],
  ['A6: typ', 'typ something else', signed(body, { header: { typ: 'at+jwt' } })],
  ['A6: typ', 'typ empty', signed(body, { header: { typ: '' } })],
  ['A6: kid', 'unknown kid', signed(body, { header: { kid: 'k' } })],
  ['A6: kid', 'empty kid', signed(body, { header: { kid: '' } })],
  ['A6: kid', 'a path as kid', signed(body, { header: { kid: '../../dev/null' } })],
  ['A6: jku', 'jku', signed(body, { header: { jku: 'http://127.0.0.1:1/' } })],
  ['A6: jwk', 'jwk', signed(body, { header: { jwk: { kty: 'oct', k: 'eA' } } })],
  ['A6: jwk', 'jwk a number', signed(body, { header: { jwk: 5 } })],
  ['A6: unknown members', 'x5c and x5u', signed(body, { header: { x5c: ['x'], x5u: 'http://127.0.0.1:1/' } })],
  ['A6: unknown members', 'others', signed(body, { header: { iss: 'x', nested: { a: [1] } } })],
  ['A6: order of members', 'typ first', signedText(json({ typ: 'JWT', alg: 'HS256' }), body)],
  ['A6: JSON', 'white space', signedText(' {"alg" : "HS256"}\n', ` ${json(body)}\n`)],
  ['A6: JSON', 'escapes', signedText('{"\\u0061lg":"HS256"}', body)],
];
const BAD: readonly (readonly [rule: string, name: string, token: string])[] = [
  ['A6.1', 'kid a number', signed(body, { header: { kid: 5 } })],
  ['A6.1', 'kid null', signed(body, { header: { kid: null } })],
  ['A6.1', 'kid a list', signed(body, { header: { kid: ['x'] } })],
  ['A6.1: crit', 'crit unknown', signed(body, { header: { crit: ['x'], x: 1 } })],
  ['A6.1', 'b64 false', signed(body, { header: { b64: false } })],
  ['A6.1: alg', 'none, signed', signed(body, { header: { alg: 'none' } })],
  ['A6.1: alg', 'none, unsigned', signed(body, { header: { alg: 'none' } }).replace(/[^.]*$/, '')],
  ['A6.1: alg', 'NONE', signed(body, { header: { alg: 'NONE' } })],
  ['A6.1: alg', 'nOnE, unsigned', signed(body, { header: { alg: 'nOnE' } }).replace(/[^.]*$/, '')],
  ['A6.1: alg', 'HS384', signed(body, { header: { alg: 'HS384' } })],
  ['A6.1: alg', 'HS384, its signature', signed(body, { alg: 'HS384' })],
  ['A6.1: alg', 'HS512, its signature', signed(body, { alg: 'HS512' })],
  ['A6.1: alg', 'RS256', signed(body, { header: { alg: 'RS256' } })],
  ['A6.1: alg', 'lower case', signed(body, { header: { alg: 'hs256' } })],
  ['A6.1: alg', 'a blank behind', signed(body, { header: { alg: 'HS256 ' } })],
  ['A6.1: alg', 'absent', signedText(json({ typ: 'JWT' }), body)],
  ['A6.1: alg', 'null', signed(body, { header: { alg: null } })],
  ['A6.1: alg', 'a list', signed(body, { header: { alg: ['HS256'] } })],
  ['A6.1: alg', 'empty', signed(body, { header: { alg: '' } })],
  ['A6.1: header is an object', 'a list', signedText('["HS256"]', body)],
  ['A6.1: header is an object', 'a string', signedText('"HS256"', body)],
  ['A6.1: header is an object', 'null', signedText('null', body)],
  ['A6.1: header is an object', 'empty', signedText('', body)],
  ['A6.1: header is an object', 'no JSON', signedText('{alg:HS256}', body)],
  ['A6.2: payload is an object', 'a list', signedText(json(HEADER), '[1]')],
  ['A6.2: payload is an object', 'a string', signedText(json(HEADER), '"x"')],
  ['A6.2: payload is an object', 'a number', signedText(json(HEADER), '5')],
  ['A6.2: payload is an object', 'null', signedText(json(HEADER), 'null')],
  ['A6.2: payload is an object', 'true', signedText(json(HEADER), 'true')],
  ['A6.2: payload is an object', 'empty', signedText(json(HEADER), '')],
  ['A6.2: payload is an object', 'no JSON', signedText(json(HEADER), 'not json')],
  ['A6.2: payload is an object', 'cut off', signedText(json(HEADER), json(body).slice(0, -1))],
  ['API: duplicate names', 'in the header', signedText('{"alg":"HS256","alg":"HS256"}', body)],
  ['API: duplicate names', 'in the payload', signedText(json(HEADER), json(body).replace('{', '{"user_id":"2",'))],
  ['API: duplicate names', 'nested', signedText(json(HEADER), json(body).replace('{', '{"a":{"b":1,"b":2},'))],
  ['API: BOM', 'in the header', signedText(`\ufeff${json(HEADER)}`, body)],
  ['API: BOM', 'in the payload', signedText(json(HEADER), `\ufeff${json(body)}`)],
  ['API: UTF-16', 'header', signedText(Buffer.from(json(HEADER), 'utf16le'), body)],
  ['API: UTF-16', 'payload', signedText(json(HEADER), Buffer.from(json(body), 'utf16le'))],
  ['API: UTF-16', 'no UTF-8', signedText(json(HEADER), Buffer.from(json({ ...body, a: '\xff' }), 'latin1'))],
  ['API: NaN or Infinity', 'exp NaN', signedText(json(HEADER), json(body).replace(/"exp":\d+/, '"exp":NaN'))],
  ['API: NaN or Infinity', 'exp Infinity', signedText(json(HEADER), json(body).replace(/"exp":\d+/, '"exp":Infinity'))],
  ['API: NaN or Infinity', 'another claim NaN', signedText(json(HEADER), json(body).replace('{', '{"a":NaN,'))],
  ['API: exp not a finite number', 'exp 1e999', signedText(json(HEADER), json(body).replace(/"exp":\d+/, '"exp":1e999'))],
  ['API: = after the signature', 'one', `${signed(body)}=`],
  ['API: = after the signature', 'two', `${signed(body)}==`],
  ['API: foreign characters', 'a star in the signature', signed(body).replace(/.$/, '*')],
  ['API: foreign characters', 'a plus behind the header', signed(body).replace('.', '+.')],
  ['API: foreign characters', 'a dash of another alphabet', signed(body).replace('.', '–.')],
  ['API: over maxTokenBytes', '9000 characters', signed({ ...body, a: 'x'.repeat(9000) })],
  [
    'A6.1: signature',
    'changed',
    signed(body).replace(/\.[^.]*$/, `.${createHmac('sha256', SECRET).update('x').digest('base64url')}`),
  ],
  ['A6.1: signature', 'cut short', signed(body).slice(0, -3)],
  ['A6.1: signature', 'longer', `${signed(body)}AAAA`],
  ['A6.1: signature', 'empty', signed(body).replace(/[^.]*$/, '')],
  ['A6.1: 3 segments', 'two', signed(body).replace(/\.[^.]*$/, '')],
  ['A6.1: 3 segments', 'four', `${signed(body)}.`],
  ['A6.1: 3 segments', 'five', `${signed(body)}.x.y`],
  ['A6.1: 3 segments', 'a leading dot', `.${signed(body)}`],
  ['A6.1: signature', 'another key', signed(body, { key: 'x'.repeat(64) })],
  ['A6.1: signature', 'an empty key', signedText(json(HEADER), body, { key: '' })],
];
const AT: readonly (readonly [name: string, send: (token: string) => Sent, good: Answer, bad: Answer])[] = [
  [
    'protected',
    (token) => ({
      path: '/api/protected/',
      headers: { Authorization: `Bearer ${/^[\x20-\x7e]*$/.test(token) ? token : 'x.y.z'}` },
    }),
    shows('1', body),
    refused(),
  ],
  ['verify', (token) => post('verify/', { token }), ok(), invalid()],
];
rows(
  'A6.1: segments',
  {},
  AT.flatMap(([name, send, good, bad]): readonly Row[] => [
    ...GOOD.map(([rule, what, token]): Row => [rule, `${name}, ${what}`, send(token), good]),
    ...BAD.map(([rule, what, token]): Row => [rule, `${name}, ${what}`, send(token), bad]),
  ]),
);

/** JWK_URL: another issuer's keys beside our own. */
const jwk = (key: KeyObject, members: object = {}): Claims => ({ ...key.export({ format: 'jwk' }), ...members });
const ISSUERS = rsaPair(2048);
const ROTATED_IN = rsaPair(2048);
const document = (...keys: readonly Claims[]) => Response.json({ keys });
const foreign = (header: Claims, key: KeyObject = ISSUERS.privateKey): Signing => ({ alg: 'RS256', key, header });
const own = { algorithm: 'RS256', signingKey: pkcs8(RSA.privateKey) };
const asymmetric = { alg: 'RS256', typ: 'JWT', kid: THUMBPRINT };
const UNAVAILABLE = { code: 'service_unavailable', reason: 'keys_unavailable' };

interface Asked {
  readonly name: string;
  readonly rule: string;
  readonly sent: Sent;
  readonly answer: Answer | 'unavailable';
  readonly later?: number;
  readonly serve?: () => Response | Promise<Response>;
}

function jwksRows(title: string, start: () => Response | Promise<Response>, steps: readonly Asked[]): void {
  describe(title, () => {
    let serve = start;
    let now = NOW;
    const server = createServer({
      ...own,
      keys: jwksFrom(
        () => serve(),
        () => now,
      ),
    });
    it.each(steps)('$rule: $name', async ({ sent, answer, later = 0, serve: next }) => {
      serve = next ?? serve;
      now = NOW + later;
      server.at(now);
      const given = await server.send(sent);
      if (answer !== 'unavailable') return expect(compare(answer, given.answer)).toEqual([]);
      expect(given.answer).toMatchObject({ status: 503, body: UNAVAILABLE, wwwAuthenticate: null });
      expect(given.headers.get('retry-after')).toMatch(/^\d+$/);
    });
  });
}

const claims = access({ jti: 'x' });
const ours: readonly Asked[] = [
  {
    rule: 'API: own tokens accepted',
    name: 'obtain',
    sent: post('', LOGIN),
    answer: issued({ refresh: { ...newRefresh(), header: asymmetric }, access: { ...newAccess(), header: asymmetric } }),
  },
  {
    rule: 'API: own tokens accepted',
    name: 'an access token of our own',
    sent: bearer(claims, { alg: 'RS256', key: RSA.privateKey }),
    answer: shows('1', claims),
  },
];
const fits = document(
  jwk(ISSUERS.publicKey, { kid: 'k1', use: 'sig', alg: 'RS256' }),
  jwk(OTHER_RSA.publicKey, { kid: 'enc', use: 'enc' }),
  jwk(RSA.publicKey, { kid: 'bare' }),
  jwk(ROTATED_IN.publicKey),
);
jwksRows('JWK_URL', () => fits.clone(), [
  ...ours,
  { rule: 'A11', name: 'the issuer’s key', sent: bearer(claims, foreign({ kid: 'k1' })), answer: shows('1', claims) },
  { rule: 'A11', name: 'verify', sent: post('verify/', { token: signed(claims, foreign({ kid: 'k1' })) }), answer: ok() },
  {
    rule: 'A11',
    name: 'refresh',
    sent: post('refresh/', { refresh: signed(refresh(), foreign({ kid: 'k1' })) }),
    answer: issued({ access: { ...newAccess(), header: asymmetric } }),
  },
  {
    rule: 'A11: use sig or absent',
    name: 'no use',
    sent: bearer(claims, foreign({ kid: 'bare' }, RSA.privateKey)),
    answer: shows('1', claims),
  },
  {
    rule: 'A11: use sig or absent',
    name: 'use enc',
    sent: bearer(claims, foreign({ kid: 'enc' }, OTHER_RSA.privateKey)),
    answer: refused(),
  },
  { rule: 'A11: kid is required', name: 'no kid', sent: bearer(claims, foreign({})), answer: refused() },
  { rule: 'A11', name: 'unknown kid', sent: bearer(claims, foreign({ kid: 'k9' })), answer: refused() },
  { rule: 'A11', name: 'the kid of another key', sent: bearer(claims, foreign({ kid: 'bare' })), answer: refused() },
  {
    rule: 'A11',
    name: 'another key under the kid',
    sent: bearer(claims, foreign({ kid: 'k1' }, OTHER_RSA.privateKey)),
    answer: refused(),
  },
  {
    rule: 'A11: algorithm confusion',
    name: 'HS256',
    sent: bearer(claims, { key: spki(ISSUERS.publicKey), header: { kid: 'k1' } }),
    answer: refused(),
  },
  {
    rule: 'A11',
    name: 'another algorithm',
    sent: bearer(claims, { alg: 'RS512', key: ISSUERS.privateKey, header: { kid: 'k1' } }),
    answer: refused(),
  },
  { rule: 'A11', name: 'kid a number', sent: bearer(claims, foreign({ kid: 1 })), answer: refused() },
  {
    rule: 'A6.2',
    name: 'expired',
    sent: bearer(access({ exp: NOW - 5 }), foreign({ kid: 'k1' })),
    answer: guardRefused('Token is expired'),
  },
  {
    rule: 'A2',
    name: 'wrong type',
    sent: bearer(refresh(), foreign({ kid: 'k1' })),
    answer: guardRefused('Token has wrong type'),
  },
  {
    rule: 'A11: refetched for an unknown kid',
    name: 'a key that came later',
    later: 60,
    serve: () => document(jwk(ROTATED_IN.publicKey, { kid: 'k2' })),
    sent: bearer(claims, foreign({ kid: 'k2' }, ROTATED_IN.privateKey)),
    answer: shows('1', claims),
  },
  { rule: 'A11', name: 'the key that was withdrawn', later: 61, sent: bearer(claims, foreign({ kid: 'k1' })), answer: refused() },
]);
jwksRows('JWK_URL, cached 300 s', () => document(jwk(ISSUERS.publicKey, { kid: 'k1' })), [
  { rule: 'A11', name: 'good', sent: bearer(claims, foreign({ kid: 'k1' })), answer: shows('1', claims) },
  {
    rule: 'A11: a withdrawn key stays good meanwhile',
    name: 'after 290 s',
    later: 290,
    serve: () => document(jwk(ROTATED_IN.publicKey, { kid: 'k2' })),
    sent: bearer(claims, foreign({ kid: 'k1' })),
    answer: shows('1', claims),
  },
  {
    rule: 'A11: cached 300 s',
    name: 'after 310 s',
    later: 310,
    sent: bearer(access({ exp: NOW + 900 }), foreign({ kid: 'k1' })),
    answer: refused(),
  },
]);
const down = (): Promise<Response> => Promise.reject(new TypeError('fetch failed'));
jwksRows('JWK_URL goes down', () => document(jwk(ISSUERS.publicKey, { kid: 'k1' })), [
  { rule: 'A11', name: 'good', sent: bearer(claims, foreign({ kid: 'k1' })), answer: shows('1', claims) },
  {
    rule: 'API: 503 once nothing usable is cached',
    name: 'cached still',
    later: 290,
    serve: down,
    sent: bearer(claims, foreign({ kid: 'k1' })),
    answer: shows('1', claims),
  },
  {
    rule: 'API: 503 once nothing usable is cached',
    name: 'much later',
    later: 90_000,
    sent: bearer(access({ exp: NOW + 99_999 }), foreign({ kid: 'k1' })),
    answer: 'unavailable',
  },
]);
const DOWN: readonly (readonly [string, () => Response | Promise<Response>])[] = [
  ['unreachable', down],
  ['empty', () => new Response('')],
  ['no keys', () => document()],
  ['no member keys', () => Response.json({})],
  ['malformed', () => new Response('{"keys":')],
  ['an array', () => Response.json([jwk(ISSUERS.publicKey, { kid: 'k1' })])],
  ['HTML', () => new Response('<html></html>')],
  ['a 500', () => Response.json({ keys: [jwk(ISSUERS.publicKey, { kid: 'k1' })] }, { status: 500 })],
  ['a 404', () => new Response('', { status: 404 })],
  ['only a key for encryption', () => document({ kty: 'oct', k: 'eA', kid: 'k1' })],
];
for (const [name, answer] of DOWN) {
  jwksRows(`JWK_URL, ${name}`, answer, [
    ...ours,
    { rule: 'API: JWK_URL odd', name: 'the issuer’s', sent: bearer(claims, foreign({ kid: 'k1' })), answer: 'unavailable' },
    {
      rule: 'API: JWK_URL odd',
      name: 'the issuer’s, verify',
      sent: post('verify/', { token: signed(claims, foreign({ kid: 'k1' })) }),
      answer: 'unavailable',
    },
    { rule: 'A6.1', name: 'garbage', sent: get('protected', 'Bearer x'), answer: refused() },
    { rule: 'A6.1', name: 'another algorithm', sent: bearer(claims, { header: { kid: 'k1' } }), answer: refused() },
  ]);
}
rows('JWK_URL with HS256', { jwkUrl: 'https://127.0.0.1:1/jwks.json' }, [
  ['A7: JWK_URL ignored for HS', 'good', bearer(claims), shows('1', claims)],
  ['A7: JWK_URL ignored for HS', 'any kid', bearer(claims, { header: { kid: 'k1' } }), shows('1', claims)],
  ['A7: JWK_URL ignored for HS', 'the issuer’s', bearer(claims, foreign({ kid: 'k1' })), refused()],
]);
