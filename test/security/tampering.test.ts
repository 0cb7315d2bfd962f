import fc from 'fast-check';
import { createSigner, createVerifier, type Algorithm } from 'simplejwt/jws';
import { describe, expect, it } from 'vitest';
import { supportedAlgorithms } from '../../src/adapters/crypto/node/families.ts';
import { ALGORITHMS } from '../../src/domain/jose/algorithms.ts';
import { generateKeys } from '../adapters/crypto/generate-keys.ts';

const NOW = 1_700_000_000;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

interface Bench {
  readonly algorithm: Algorithm;
  readonly token: string;
  /** Of the same key, with other claims. */
  readonly other: string;
  readonly accepts: (token: string) => boolean;
}

const supported = supportedAlgorithms();
const benches = new Map(supported.map((algorithm) => [algorithm, benchFor(algorithm)]));
const everyPosition: readonly Algorithm[] = ['HS256', 'RS256', 'PS256', 'ES256', 'EdDSA'];
const sampled = supported.filter((algorithm) => !everyPosition.includes(algorithm));

const missing = [...ALGORITHMS.keys()].filter((name) => !supported.some((own) => own === name));
if (missing.length > 0) console.log(`not applicable: tampering with ${missing.join(', ')}, which this runtime lacks`);

function benchFor(algorithm: Algorithm): Bench {
  const { privateKey, publicKey } = generateKeys(algorithm);
  const sign = createSigner({ algorithm, key: privateKey });
  const verify = createVerifier({ algorithms: [algorithm], key: publicKey, clock: () => NOW, maxTokenBytes: 16_384 });
  const token = sign({ sub: 'user-17', iat: NOW, exp: NOW + 60, scope: 'a b' });
  const other = sign({ sub: 'admin', iat: NOW, exp: NOW + 60 });
  return { algorithm, token, other, accepts: (text) => verify.try(text).ok };
}

function bench(algorithm: Algorithm): Bench {
  return benches.get(algorithm) ?? benchFor(algorithm);
}

/** What a character may be taken for, and what a lenient decoder passes over. */
function substitutes(original: string): readonly string[] {
  const code = original.charCodeAt(0);
  const index = ALPHABET.indexOf(original);
  return [
    ALPHABET.charAt((index + 1) % 64),
    ALPHABET.charAt((index + 32) % 64),
    String.fromCharCode(code + 0x100), // the same octet, where characters are cut down to one
    '\u0141',
    '+',
    '/',
    '=',
    ' ',
    '\n',
    '\0',
    '.',
    '',
  ].filter((character) => character !== original);
}

/** The changes that get through, as the position and what was put there. */
function accepted({ token, accepts }: Bench, positions: readonly number[]): readonly string[] {
  return positions.flatMap((at) =>
    substitutes(token.charAt(at))
      .filter((character) => accepts(token.slice(0, at) + character + token.slice(at + 1)))
      .map((character) => `${at}: ${JSON.stringify(character)}`),
  );
}

const positionsOf = (token: string) => Array.from({ length: token.length }, (_, at) => at);

describe('one changed character', () => {
  it.each(everyPosition)('of %s is refused, whatever it was and is', (algorithm) => {
    const own = bench(algorithm);
    expect(own.accepts(own.token)).toBe(true);
    expect(accepted(own, positionsOf(own.token))).toEqual([]);
  });

  it.each(sampled)('of %s is refused, at the places looked at', (algorithm) => {
    const own = bench(algorithm);
    expect(own.accepts(own.token)).toBe(true);
    const ends = positionsOf(own.token).filter((at) => own.token.charAt(at + 1) === '.' || at + 1 === own.token.length);
    const step = Math.ceil(own.token.length / 40);
    expect(accepted(own, [...positionsOf(own.token).filter((at) => at % step === 0), ...ends])).toEqual([]);
  });

  it('would be noticed if it got through', () => {
    const own = bench('HS256');
    const accepts = (text: string) => text.replaceAll(/[^\w.-]/g, '').length >= own.token.length - 1;
    expect(accepted({ ...own, accepts }, [0]).length).toBeGreaterThan(0);
  });
});

describe('one flipped bit', () => {
  it.each(['HS256', 'ES256', 'EdDSA', 'RS256'] as const)('anywhere in %s is refused', (algorithm) => {
    const { token, accepts } = bench(algorithm);
    fc.assert(
      fc.property(fc.nat(token.length * 8 - 1), (bit) => {
        const octets = Buffer.from(token, 'latin1');
        octets.writeUInt8(octets.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        return !accepts(octets.toString('latin1'));
      }),
      { numRuns: 500 },
    );
  });

  it.each(supported)('in the signature of %s is refused', (algorithm) => {
    const { token, accepts } = bench(algorithm);
    const end = token.lastIndexOf('.') + 1;
    const signature = Buffer.from(token.slice(end), 'base64url');
    fc.assert(
      fc.property(fc.nat(signature.length * 8 - 1), (bit) => {
        const flipped = Buffer.from(signature);
        flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        return !accepts(token.slice(0, end) + flipped.toString('base64url'));
      }),
      { numRuns: 40 },
    );
  });
});

describe('two tokens of one key', () => {
  it.each(supported)('cannot be put together under %s', (algorithm) => {
    const { token, other, accepts } = bench(algorithm);
    const [header, payload, signature] = token.split('.');
    const [, otherPayload, otherSignature] = other.split('.');
    expect(accepts(other)).toBe(true);
    expect(accepts([header, otherPayload, signature].join('.'))).toBe(false);
    expect(accepts([header, payload, otherSignature].join('.'))).toBe(false);
  });
});
