import { CERTIFICATE } from '../../domain/jose/pem-fixtures.ts';
import { group, type Recipe } from './case.ts';
import { ed, es, hs, rs, token, type Sign } from './forge.ts';
import { ed25519, otherEd25519, OTHER_SECRET, otherP256, otherRsa, p256, publicJwk, rsa, SECRET } from './keys.ts';

const der = CERTIFICATE.replaceAll(/-----[A-Z ]+-----|\s/g, '');
const oct = { kty: 'oct', k: Buffer.from(OTHER_SECRET).toString('base64url') };

interface Pairing {
  readonly alg: string;
  readonly key: unknown;
  readonly real: Sign;
  readonly attacker: Sign;
  readonly jwk: object;
}

const PAIRINGS: readonly Pairing[] = [
  {
    alg: 'RS256',
    key: rsa.publicKey,
    real: rs('sha256', rsa.privateKey),
    attacker: rs('sha256', otherRsa.privateKey),
    jwk: publicJwk(otherRsa),
  },
  {
    alg: 'ES256',
    key: p256.publicKey,
    real: es('sha256', p256.privateKey),
    attacker: es('sha256', otherP256.privateKey),
    jwk: publicJwk(otherP256),
  },
  {
    alg: 'EdDSA',
    key: ed25519.publicKey,
    real: ed(ed25519.privateKey),
    attacker: ed(otherEd25519.privateKey),
    jwk: publicJwk(otherEd25519),
  },
  { alg: 'HS256', key: SECRET, real: hs('sha256'), attacker: hs('sha256', OTHER_SECRET), jwk: oct },
];

/** Row 18: a key that comes with the token proves only that whoever made the token has a key. */
const embedded: readonly Recipe[] = PAIRINGS.flatMap(({ alg, key, attacker, jwk }) =>
  [
    { jwk },
    { jwk: { ...jwk, kid: 'mine' }, kid: 'mine' },
    { jwk: { ...jwk, alg, use: 'sig' } },
    { jwk: { keys: [jwk] } },
    { jwk: JSON.stringify(jwk) },
    { x5c: [der] },
    { x5c: [der], jwk, 'x5t#S256': 'AAAA' },
    { key: jwk, keys: [jwk], pem: CERTIFICATE },
  ].map((members, index): Recipe => ({
    id: `${alg}, ${Object.keys(members).join(' ')} ${index + 1}`,
    row: 18,
    token: token({ header: { alg, ...members }, sign: attacker }),
    options: { algorithms: [alg], key },
    expect: { code: 'signature' },
  })),
);

const offList: readonly Recipe[] = PAIRINGS.filter(({ alg }) => alg !== 'HS256').map(({ key, alg }) => ({
  id: `an oct jwk for HS256 where ${alg} is listed`,
  row: 18,
  token: token({ header: { alg: 'HS256', jwk: oct }, sign: hs('sha256', OTHER_SECRET) }),
  options: { algorithms: [alg], key },
  expect: { code: 'algorithm' },
}));

/** Row 19: whatever they point to is never asked for; the test listens for connections. */
const URLS: readonly string[] = [
  'http://127.0.0.1:9/jwks.json',
  'http://localhost:9/jwks.json',
  'http://[::1]:9/jwks.json',
  'http://169.254.169.254/latest/meta-data/',
  'https://issuer.example@127.0.0.1:9/jwks.json',
  'file:///etc/passwd',
  `data:application/json,${encodeURIComponent(JSON.stringify({ keys: [oct] }))}`,
  'gopher://127.0.0.1:9/_GET',
];

const located: readonly Recipe[] = URLS.flatMap((url) =>
  ['jku', 'x5u'].flatMap((name) =>
    PAIRINGS.slice(0, 2).map(({ alg, key, attacker }): Recipe => ({
      id: `${alg}, ${name} ${url.slice(0, 30)}`,
      row: 19,
      token: token({ header: { alg, [name]: url, kid: 'mine' }, sign: attacker }),
      options: { algorithms: [alg], key },
      expect: { code: 'signature' },
    })),
  ),
);

const unknownKid: readonly Recipe[] = URLS.map((url) => ({
  id: `an unknown kid with jku ${url.slice(0, 30)}`,
  row: 19,
  token: token({ header: { alg: 'RS256', jku: url, kid: 'mine' }, sign: rs('sha256', otherRsa.privateKey) }),
  options: { algorithms: ['RS256'], key: { ...publicJwk(rsa), kid: 'ours' } },
  expect: { code: 'key_unknown' },
}));

export const hdrkey = group('hdrkey', [...embedded, ...offList, ...located, ...unknownKid]);

/** The same members beside the right signature mean nothing, good or bad. */
export const ignoredKeys: readonly Recipe[] = [
  ...URLS.flatMap((url) =>
    ['jku', 'x5u'].map((name): Recipe => ({
      id: `${name} ${url.slice(0, 30)} ignored`,
      row: 19,
      token: token({ header: { alg: 'HS256', [name]: url } }),
      expect: { ok: true },
    })),
  ),
  ...PAIRINGS.map(({ alg, key, real, jwk }): Recipe => ({
    id: `${alg}, jwk ignored`,
    row: 18,
    token: token({ header: { alg, jwk, x5c: [der], x5t: 'AAAA' }, sign: real }),
    options: { algorithms: [alg], key },
    expect: { ok: true },
  })),
];
