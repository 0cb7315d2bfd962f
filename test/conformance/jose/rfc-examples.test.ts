import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../../../src/adapters/crypto/node/provider.ts';
import { ALGORITHMS, type Algorithm } from '../../../src/domain/jose/algorithms.ts';
import { decodeBase64url, encodeBase64url } from '../../../src/domain/jose/base64url.ts';
import { asciiBytes, joinCompact, splitCompact } from '../../../src/domain/jose/compact.ts';
import { parseJwsHeader } from '../../../src/domain/jose/jws-header.ts';
import { parseKey, type KeyInput } from '../../../src/domain/jose/key-material.ts';
import { publicMaterial } from '../../../src/domain/jose/public-key.ts';
import { thumbprintInput } from '../../../src/domain/jose/thumbprint.ts';
import VECTORS from './rfc-vectors.json' with { type: 'json' };
import { jwkThumbprint, thumbprintUri } from 'simplejwt/keys';

/** Reads a token with the parts of the domain, in the order the application has them. */
function verify(token: unknown, algorithm: Algorithm, key: KeyInput): string {
  const compact = splitCompact(token, 8192);
  if (!compact.ok) return compact.code;
  const parsed = parseJwsHeader(compact.protectedHeader);
  if (!parsed.ok) return parsed.code;
  if (parsed.header.alg !== algorithm) return 'algorithm';
  const signature = decodeBase64url(compact.signature);
  if (signature === undefined || decodeBase64url(compact.payload) === undefined) return 'malformed';
  const verifier = nodeCrypto.importVerifier({ algorithm, key });
  return verifier.verify(asciiBytes(compact.signingInput), signature) ? 'ok' : 'signature';
}

const algorithmOf = (name: string): Algorithm => {
  const row = ALGORITHMS.get(name);
  if (row === undefined) throw new Error(`no row ${name}`);
  return row.name;
};

describe.each(VECTORS)('$source ($alg)', ({ alg, key, compact, reproducible }) => {
  const algorithm = algorithmOf(alg);

  it('verifies, with the private and with the public key', () => {
    expect(verify(compact, algorithm, key)).toBe('ok');
    const material = parseKey(key, [], 'key');
    if (material.kty !== 'oct') expect(verify(compact, algorithm, publicMaterial(material))).toBe('ok');
  });

  it('is refused with any character of any segment changed', () => {
    for (let i = 0; i < compact.length; i += 7) {
      const other = compact[i] === 'A' ? 'B' : 'A';
      expect(verify(compact.slice(0, i) + other + compact.slice(i + 1), algorithm, key)).not.toBe('ok');
    }
  });

  if (reproducible) {
    it('is what the signer makes of the same input', () => {
      const signingInput = compact.slice(0, compact.lastIndexOf('.'));
      const signer = nodeCrypto.importSigner({ algorithm, key });
      expect(joinCompact(signingInput, signer.sign(asciiBytes(signingInput)))).toBe(compact);
    });
  }
});

describe('RFC 7515', () => {
  const [a1] = VECTORS;
  const hs256 = (token: unknown) => verify(token, 'HS256', a1?.key ?? {});
  const [, payload = '', signature = ''] = a1?.compact.split('.') ?? [];

  it('appendix A.1.1: the octets of the header and of the signing input', () => {
    const header = Uint8Array.from([
      123, 34, 116, 121, 112, 34, 58, 34, 74, 87, 84, 34, 44, 13, 10, 32, 34, 97, 108, 103, 34, 58, 34, 72, 83, 50, 53, 54, 34,
      125,
    ]);
    expect(encodeBase64url(header)).toBe('eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9');
    const mac = [
      116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105, 214, 191, 240, 91, 88, 5,
      88, 83, 132, 141, 121,
    ];
    expect(decodeBase64url(signature)).toEqual(Uint8Array.from(mac));
  });

  it('appendix A.5: an unsecured JWS is refused', () => {
    expect(hs256(`eyJhbGciOiJub25lIn0.${payload}.`)).toBe('algorithm');
    expect(hs256(`eyJhbGciOiJub25lIn0.${payload}.${signature}`)).toBe('algorithm');
  });

  it('appendix A.6 and A.7: the JSON serializations are refused', () => {
    const flat = {
      payload,
      protected: 'eyJhbGciOiJFUzI1NiJ9',
      header: { kid: 'e9bc097a-ce51-4036-9562-d2ade882db0d' },
      signature,
    };
    const general = { payload, signatures: [{ protected: flat.protected, header: flat.header, signature }] };
    for (const form of [flat, general, JSON.stringify(flat), JSON.stringify(general)]) expect(hs256(form)).toBe('malformed');
  });

  it('appendix E: a critical header that nobody knows is refused', () => {
    expect(
      hs256(
        'eyJhbGciOiJub25lIiwNCiAiY3JpdCI6WyJodHRwOi8vZXhhbXBsZS5jb20vVU5ERUZJTkVEIl0sDQogImh0dHA6Ly9leGFtcGxlLmNvbS9VTkRFRklORUQiOnRydWUNCn0.RkFJTA.',
      ),
    ).toBe('malformed');
  });
});

describe('RFC 7520', () => {
  it('section 4.5: a signature with detached content is not of the empty payload', () => {
    const compact =
      'eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9..s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0';
    expect(verify(compact, 'HS256', { kty: 'oct', k: 'hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg' })).toBe('signature');
  });
});

describe('RFC 7797', () => {
  it.each([
    ['section 4.2', 'eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19.$.02.A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY'],
    ['without crit', 'eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2V9.JC4wMg.GsyM6AQJbQHY8aQKCbZSPJHzMRWo3HKIlcDuXof7nqs'],
    ['detached', 'eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19..A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY'],
  ])('an unencoded payload is refused: %s', (_, token) => {
    const key = { kty: 'oct', k: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow' };
    expect(verify(token, 'HS256', key)).toBe('malformed');
  });
});

describe('RFC 8037', () => {
  const { d, ...jwk } = {
    kty: 'OKP',
    crv: 'Ed25519',
    d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
    x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  };

  it('appendix A.2: the public key is that of the private key', () => {
    expect(publicMaterial(parseKey({ ...jwk, d }, [], 'key')).jwk).toEqual(jwk);
    const pem = `-----BEGIN PRIVATE KEY-----\n${Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.from(d, 'base64url')]).toString('base64')}\n-----END PRIVATE KEY-----`;
    expect(nodeCrypto.publicKey(parseKey(pem, [], 'key')).jwk).toEqual(jwk);
  });

  it('appendix A.3: the thumbprint', () => {
    const digest = createHash('sha256')
      .update(thumbprintInput(parseKey(jwk, [], 'key')))
      .digest();
    expect(encodeBase64url(digest)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  });
});

describe('RFC 7638 section 3.1 and RFC 9278 section 3', () => {
  const n =
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W' +
    '-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08q' +
    'NLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
  const jwk = { kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' };
  const thumbprint = 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs';

  it('the thumbprint', async () => {
    expect(jwkThumbprint(jwk, nodeCrypto)).toBe(thumbprint);
    const later = { digest: async (hash: 'SHA-256', data: Uint8Array) => nodeCrypto.digest(hash, data) };
    expect(await jwkThumbprint(jwk, later)).toBe(thumbprint);
  });

  it('the thumbprint as a URI', () => {
    expect(thumbprintUri(thumbprint)).toBe(
      'urn:ietf:params:oauth:jwk-thumbprint:sha-256:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
    );
  });
});

describe('RFC 8032 section 7.4', () => {
  it('signs and verifies nothing with Ed448', () => {
    const jwk = {
      kty: 'OKP',
      crv: 'Ed448',
      d: 'bIKlYsuAjRDWMr6JyFE-v2ySnzTd-oyfY8mWDvbjSKNSjIo_zC8ETjmj_FuUSS-PAy51SaIAmPlb',
      x: 'X9dEm1m0Yf0s54fsYWrUah2hNCSFpw4fig6nXYDpZ3jt8SR2m0bHBhvWeD3x5Q9s0foavq_oJWGA',
    };
    const signature =
      '533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f2b233f034f628281f2fd7a22ddd47d7828c59bd0a21bfd3980ff0d2028d4b18a' +
      '9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113a0f4dbb61149f05a7363268c71d95808ff2e652600';
    for (const algorithm of ['Ed448', 'EdDSA'] as const) {
      const octets = nodeCrypto.importSigner({ algorithm, key: jwk }).sign(new Uint8Array());
      expect(Buffer.from(octets).toString('hex')).toBe(signature);
      expect(nodeCrypto.importVerifier({ algorithm, key: jwk }).verify(new Uint8Array(), octets)).toBe(true);
    }
  });
});
