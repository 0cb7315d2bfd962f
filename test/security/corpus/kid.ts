import { createSecretKey } from 'node:crypto';
import { group, label, type Recipe } from './case.ts';
import { hs, token } from './forge.ts';
import { OTHER_SECRET, otherP256, p256, privateJwk, publicJwk, rsa, SECRET } from './keys.ts';

/** Row 20: a kid is a look-up key; it is never a path, a query, a URL or a name of the prototype. */
export const KIDS: readonly string[] = [
  '../../../../../../dev/null',
  'C:\\Windows\\win.ini',
  "' OR 1=1 --",
  "x' UNION SELECT 'secret' --",
  '| id',
  '$(id)',
  'key\r\nX-Injected: 1',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  'ours\0',
  'OURS',
  'http://169.254.169.254/latest/meta-data/',
  '{"$ne":null}',
];

const jwk = (secret: string) => ({ kty: 'oct', k: Buffer.from(secret).toString('base64url') });
const ours = { ...jwk(SECRET), kid: 'ours' };
const withKid = (kid: unknown, secret = SECRET) => token({ header: { alg: 'HS256', kid }, sign: hs('sha256', secret) });

const injected: readonly Recipe[] = KIDS.flatMap((kid): Recipe[] => [
  {
    id: `${label(kid)} under the real key`,
    row: 20,
    token: withKid(kid),
    options: { key: ours },
    expect: { code: 'key_unknown' },
  },
  {
    id: `${label(kid)} under the empty key`,
    row: 20,
    token: withKid(kid, ''),
    options: { key: ours },
    expect: { code: 'key_unknown' },
  },
  {
    id: `${label(kid)} under the empty key, no kid configured`,
    row: 20,
    token: withKid(kid, ''),
    expect: { code: 'signature' },
  },
]);

const shapes: readonly Recipe[] = [
  ...[1, 0, null, true, [], ['ours'], {}, { kid: 'ours' }].map((kid): Recipe => ({
    id: label(kid),
    row: 20,
    token: withKid(kid),
    options: { key: ours },
    expect: { code: 'malformed' },
  })),
  ...[1, null, ['ours']].map((kid): Recipe => ({
    id: `${label(kid)}, no kid configured`,
    row: 20,
    token: withKid(kid),
    expect: { code: 'malformed' },
  })),
  { id: '257 characters', row: 20, token: withKid('k'.repeat(257)), expect: { code: 'malformed' } },
  { id: '100 kB', row: 20, token: withKid('k'.repeat(100_000)), expect: { code: 'malformed' } },
  {
    id: '100 kB where that much is let in',
    row: 20,
    token: withKid('k'.repeat(100_000)),
    options: { maxTokenBytes: 1_048_576 },
    expect: { code: 'malformed' },
  },
];

const among: readonly Recipe[] = [
  {
    id: 'of another key than the one that signed',
    row: 20,
    token: withKid('theirs'),
    options: { key: [ours, { ...jwk(OTHER_SECRET), kid: 'theirs' }] },
    expect: { code: 'signature' },
  },
  {
    id: 'unknown, while a key without a kid would fit',
    row: 20,
    token: withKid('nobody', OTHER_SECRET),
    options: { key: [ours, jwk(OTHER_SECRET)] },
    expect: { code: 'key_unknown' },
  },
  {
    id: 'of a key for another algorithm',
    row: 20,
    token: withKid('ec'),
    options: { algorithms: ['HS256', 'ES256'], key: [ours, { ...publicJwk(p256), kid: 'ec' }] },
    expect: { code: 'key_unknown' },
  },
];

export const kid = group('kid', [...injected, ...shapes, ...among]);

const b64 = (length: number, fill = 7) => Buffer.alloc(length, fill).toString('base64url');

/** Row 22: what a JWK says about itself (RFC 7517 section 4) is a limit, and its members are exact. */
const limited: readonly Recipe[] = [
  ...[
    { use: 'enc' },
    { use: 'SIG' },
    { use: '' },
    { key_ops: [] },
    { key_ops: ['sign'] },
    { key_ops: ['encrypt', 'decrypt'] },
    { key_ops: ['VERIFY'] },
    { alg: 'HS512' },
    { alg: 'RS256' },
    { alg: 'none' },
    { alg: '' },
    { alg: 'A256GCM' },
  ].map((members): Recipe => ({
    id: `oct ${label(members)}`,
    row: 22,
    options: { key: { ...jwk(SECRET), ...members } },
    expect: { configError: 'key_mismatch' },
  })),
  ...[
    { use: 'enc' },
    { key_ops: ['sign'] },
    { key_ops: ['wrapKey'] },
    { alg: 'PS256' },
    { alg: 'RSA-OAEP' },
    { alg: 'RS512' },
  ].map((members): Recipe => ({
    id: `RSA ${label(members)}`,
    row: 22,
    options: { algorithms: ['RS256'], key: { ...publicJwk(rsa), ...members } },
    expect: { configError: 'key_mismatch' },
  })),
];

const misshapen: readonly Recipe[] = [
  ...[
    { ...jwk(SECRET), k: `${jwk(SECRET).k}==` },
    { ...jwk(SECRET), k: ` ${jwk(SECRET).k}` },
    { ...jwk(SECRET), k: `${jwk(SECRET).k}\n` },
    { ...jwk(SECRET), k: `+/${jwk(SECRET).k}` },
    { ...jwk(SECRET), k: 1 },
    { ...jwk(SECRET), k: [jwk(SECRET).k] },
    { ...jwk(SECRET), k: null },
    { ...jwk(SECRET), kty: 'OCT' },
    { ...jwk(SECRET), kty: ['oct'] },
    { ...jwk(SECRET), kty: '__proto__' },
    { k: jwk(SECRET).k },
    { ...jwk(SECRET), kid: 1 },
    { ...jwk(SECRET), kid: null },
    { ...jwk(SECRET), kid: 'k'.repeat(257) },
    { ...jwk(SECRET), alg: 1 },
    { ...jwk(SECRET), alg: ['HS256'] },
    { ...jwk(SECRET), use: ['sig'] },
    { ...jwk(SECRET), key_ops: 'verify' },
    { ...jwk(SECRET), key_ops: ['verify', 'verify'] },
    { ...jwk(SECRET), key_ops: [1] },
    Object.create(jwk(SECRET)) as object,
    new Map(Object.entries(jwk(SECRET))),
    () => SECRET,
  ].map((key, index): Recipe => ({
    id: `oct, misshapen ${index + 1}`,
    row: 22,
    options: { key },
    expect: { configError: 'invalid_key' },
  })),
  ...[
    { ...publicJwk(rsa), n: undefined },
    { ...publicJwk(rsa), e: undefined },
    { ...publicJwk(rsa), n: `${String(publicJwk(rsa)['n'])}=` },
    { ...publicJwk(rsa), n: b64(2049, 255) },
    { ...privateJwk(rsa), p: undefined },
    { ...privateJwk(rsa), oth: [] },
  ].map((key, index): Recipe => ({
    id: `RSA, misshapen ${index + 1}`,
    row: 22,
    options: { algorithms: ['RS256'], key },
    expect: { configError: 'invalid_key' },
  })),
  ...[
    { ...publicJwk(p256), x: b64(31) },
    { ...publicJwk(p256), x: b64(33) },
    { ...publicJwk(p256), y: undefined },
    { ...publicJwk(p256), crv: 'P-255' },
    { ...publicJwk(p256), crv: ['P-256'] },
    { ...publicJwk(p256), crv: 'P-384' },
    { ...publicJwk(p256), x: b64(32), y: b64(32) }, // not a point of the curve
    { ...publicJwk(p256), y: publicJwk(otherP256)['y'] },
    { ...publicJwk(p256), x: b64(32, 0), y: b64(32, 0) },
    { ...publicJwk(p256), x: b64(32, 255) },
    { ...publicJwk(p256), d: '' },
  ].map((key, index): Recipe => ({
    id: `EC, misshapen ${index + 1}`,
    row: 22,
    options: { algorithms: ['ES256'], key },
    expect: { configError: 'invalid_key' },
  })),
  ...[
    { kty: 'OKP', crv: 'Ed25519' },
    { kty: 'OKP', crv: 'Ed25519', x: b64(31) },
    { kty: 'OKP', crv: 'X25519', x: b64(32) },
    { kty: 'OKP', crv: 'Ed448', x: b64(32) },
  ].map((key, index): Recipe => ({
    id: `OKP, misshapen ${index + 1}`,
    row: 22,
    options: { algorithms: ['EdDSA'], key },
    expect: { configError: 'invalid_key' },
  })),
];

const sets: readonly Recipe[] = [
  { key: { keys: [ours, ours] }, expect: { configError: 'ambiguous_key' } as const },
  { key: [ours, ours], expect: { configError: 'ambiguous_key' } as const },
  { key: { keys: [ours, publicJwk(rsa)] }, expect: { configError: 'ambiguous_key' } as const },
  { key: { keys: [] }, expect: { configError: 'key_mismatch' } as const },
  { key: { keys: [{ ...ours, use: 'enc' }] }, expect: { configError: 'key_mismatch' } as const },
  { key: { keys: [publicJwk(rsa)] }, expect: { configError: 'key_mismatch' } as const },
  { key: { keys: 'ours' }, expect: { configError: 'invalid_key' } as const },
  { key: { keys: [null] }, expect: { configError: 'invalid_key' } as const },
  {
    key: Array.from({ length: 101 }, () => createSecretKey(Buffer.from(SECRET))),
    expect: { configError: 'invalid_key' } as const,
  },
].map(({ key, expect }, index) => ({ id: `set ${index + 1}`, row: 22, options: { key }, expect }));

export const jwkmeta = group('jwkmeta', [...limited, ...misshapen, ...sets]);
