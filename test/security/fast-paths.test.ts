import fc from 'fast-check';
import { createVerifier, type Algorithm, type KeyImporter, type SyncVerify } from 'simplejwt/jws';
import { nodeCrypto } from 'simplejwt/crypto/node';
import { describe, expect, it } from 'vitest';
import { createCompactCheck } from '../../src/adapters/crypto/node/compact-check.ts';
import { supportedAlgorithms } from '../../src/adapters/crypto/node/families.ts';
import type { SyncVerifier } from '../../src/ports/crypto-provider.ts';
import { generateKeys, rowOf } from '../adapters/crypto/generate-keys.ts';

const NOW = 1_700_000_000;
const CLAIMS = { sub: 'user-17', aud: 'api', iat: NOW, exp: NOW + 60, name: 'Zoë 🦊', nested: { a: [1, { b: null }] } };
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The same crypto without any of its fast ways: what every provider has. */
const plain = {
  importSigner: nodeCrypto.importSigner,
  importVerifier(request): SyncVerifier {
    const { algorithm, kid, synchronous, verify } = nodeCrypto.importVerifier(request);
    return { algorithm, kid, synchronous, verify };
  },
} satisfies KeyImporter;

let fastCalls = 0;

/** The fast ways, counted: a header that was never recognised would make this test compare a thing with itself. */
const counted = {
  ...nodeCrypto,
  importVerifier(request): SyncVerifier {
    const verifier = nodeCrypto.importVerifier(request);
    return { ...verifier, verifyCompact: (token, lastDot) => ((fastCalls += 1), verifier.verifyCompact?.(token, lastDot)) };
  },
} satisfies KeyImporter;

/** The fast way of HMAC where `crypto.hash` is missing or FIPS mode is on. */
const fallback = {
  ...nodeCrypto,
  importVerifier(request): SyncVerifier {
    const verifier = nodeCrypto.importVerifier(request);
    const row = rowOf(request.algorithm);
    return { ...verifier, verifyCompact: createCompactCheck(row.signatureLength({}), verifier.verify) };
  },
} satisfies KeyImporter;

interface Pair {
  readonly name: string;
  readonly algorithm: Algorithm;
  readonly fast: SyncVerify;
  readonly plain: SyncVerify;
  /** Signs any two segments, as the holder of the key could. */
  readonly seal: (payload: string, header?: string) => string;
}

const encode = (content: string | Uint8Array) => Buffer.from(content).toString('base64url');

function pairFor(algorithm: Algorithm, name: string, crypto: typeof counted | typeof fallback): Pair {
  const { privateKey, publicKey } = generateKeys(algorithm);
  const signer = nodeCrypto.importSigner({ algorithm, key: privateKey });
  const options = { algorithms: [algorithm], key: publicKey, audience: 'api', clock: () => NOW, maxTokenBytes: 16_384 };
  const seal = (payload: string, header = encode(JSON.stringify({ alg: algorithm, typ: 'JWT' }))) =>
    `${header}.${payload}.${encode(signer.sign(Buffer.from(`${header}.${payload}`)))}`;
  const fast = createVerifier({ ...options, crypto });
  expect(fast(seal(encode(JSON.stringify(CLAIMS))))).toEqual(CLAIMS); // from here on the header is known
  return { name, algorithm, fast, plain: createVerifier({ ...options, crypto: plain }), seal };
}

const pairs = [
  ...supportedAlgorithms().map((algorithm) => pairFor(algorithm, algorithm, counted)),
  ...(['HS256', 'HS384', 'HS512'] as const).map((algorithm) =>
    pairFor(algorithm, `${algorithm} without one-shot hashes`, fallback),
  ),
];

/** Tokens of the key's own holder that something is wrong with, and some that are merely odd. */
function oddTokens({ seal, algorithm }: Pair): readonly string[] {
  const good = JSON.stringify(CLAIMS);
  const encoded = encode(good);
  const last = ALPHABET.indexOf(encoded.slice(-1));
  const payloads = [
    encoded,
    `${encoded}=`,
    ` ${encoded}`,
    `${encoded}\n`,
    `${encoded.slice(0, 8)}+${encoded.slice(9)}`,
    `${encoded.slice(0, 8)}Ł${encoded.slice(9)}`,
    encoded.slice(0, -1) + ALPHABET.charAt(last ^ 1),
    encode(`\uFEFF${good}`),
    encode(Buffer.concat([Buffer.from('{"sub":"'), Buffer.of(0xff), Buffer.from('"}')])),
    encode('{"sub":"\uFFFD","aud":"api"}'),
    encode('{"sub":"a","aud":"x","aud":"api"}'),
    encode('{"sub":"a","\\u0061ud":"x","aud":"api"}'),
    encode('{"aud" :"api","n":{"a":1,"a":2}}'),
    encode('{"aud":"api","text":"\\":\\":"}'),
    encode('{ "aud" : "api" }'),
    encode('{"aud":"api","__proto__":{"exp":1}}'),
    encode('[1]'),
    encode('"a"'),
    encode('{}'),
    encode(''),
    '',
    encode(JSON.stringify({ ...CLAIMS, exp: NOW })),
    encode(JSON.stringify({ ...CLAIMS, nbf: NOW + 1 })),
    encode(JSON.stringify({ ...CLAIMS, exp: '1' })),
    encode(JSON.stringify({ ...CLAIMS, aud: 'x' })),
    encode(JSON.stringify({ ...CLAIMS, pad: 'x'.repeat(6200) })),
    encode(JSON.stringify({ ...CLAIMS, pad: 'x'.repeat(7000) })), // longer than the fast ways reach
  ];
  const tokens = payloads.map((payload) => seal(payload));
  const headers = [
    { alg: algorithm, typ: 'JWT', kid: 'k' },
    { typ: 'JWT', alg: algorithm },
    { alg: algorithm, crit: [] },
  ];
  const [token = ''] = tokens;
  return [
    ...tokens,
    ...tokens.map((odd) => `${odd.slice(0, -4)}AAAA`), // odd, and badly signed besides
    ...headers.map((header) => seal(encoded, encode(JSON.stringify(header)))),
    `${token}.`,
    `${token}.x`,
    token.slice(0, token.lastIndexOf('.')),
    token.slice(0, token.lastIndexOf('.') + 1),
    `${token}A`,
    token.slice(0, -1),
    token.replace('.', '..'),
  ];
}

describe('the fast ways', () => {
  it.each(pairs)('of $name answer what the plain way answers, to odd tokens of the key itself', (pair) => {
    const tokens = oddTokens(pair);
    expect(tokens.length).toBeGreaterThan(60);
    for (const token of tokens) expect(pair.fast.try(token)).toEqual(pair.plain.try(token));
    expect(tokens.filter((token) => pair.fast.try(token).ok).length).toBeGreaterThan(5);
  });

  it.each(pairs)('of $name answer the same to tokens changed anywhere', (pair) => {
    const token = pair.seal(encode(JSON.stringify(CLAIMS)));
    const change = fc.tuple(fc.nat(token.length - 1), fc.constantFrom(...`${ALPHABET}+/= \n.Łé\0`, '', '\uD800', '\uFFFD'));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const changed = changes.reduce((text, [at, character]) => text.slice(0, at) + character + text.slice(at + 1), token);
        expect(pair.fast.try(changed)).toEqual(pair.plain.try(changed));
      }),
      { numRuns: 300 },
    );
  });

  it.each(pairs)('of $name answer the same to claims changed anywhere and signed again', (pair) => {
    const flat = (index: number) =>
      JSON.stringify({ iss: 'me', aud: 'api', iat: NOW - index, exp: NOW + 60, jti: `id-${index}` });
    for (let index = 0; index < 8; index++) expect(pair.fast.try(pair.seal(encode(flat(index)))).ok).toBe(true); // their shape is learned by now
    const text = flat(9);
    const change = fc.tuple(
      fc.nat(text.length - 1),
      fc.constantFrom(...`"\\{}[]:,0123456789.-+eE \n\t\0aé`, '', '\uFFFD', '"aud":"api",'),
    );
    fc.assert(
      fc.property(fc.array(change, { minLength: 0, maxLength: 2 }), (changes) => {
        const changed = changes.reduce((json, [at, character]) => json.slice(0, at) + character + json.slice(at + 1), text);
        const token = pair.seal(encode(changed));
        expect(pair.fast.try(token)).toStrictEqual(pair.plain.try(token));
      }),
      { numRuns: 150 },
    );
  });

  it('were taken', () => {
    expect(fastCalls).toBeGreaterThan(1000);
  });
});
