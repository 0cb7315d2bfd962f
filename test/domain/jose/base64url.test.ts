import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64url, encodeBase64url } from '../../../src/domain/jose/base64url.ts';

describe('base64url', () => {
  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeBase64url(encodeBase64url(bytes))).toEqual(bytes);
      }),
    );
  });

  it('writes what Buffer writes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(encodeBase64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
      }),
    );
  });

  it('reads a text only if it is the one spelling of its octets', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ABYZabyz0189-_+/= .\n\u00e9\u{1f600}\0'), maxLength: 12 });
    fc.assert(
      fc.property(text, (candidate) => {
        const bytes = decodeBase64url(candidate);
        expect(bytes === undefined || encodeBase64url(bytes) === candidate).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses a foreign character wherever it stands', () => {
    const cases = fc.record({
      bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      foreign: fc.constantFrom(...FOREIGN),
      at: fc.nat(),
    });
    fc.assert(
      fc.property(cases, ({ bytes, foreign, at }) => {
        const text = encodeBase64url(bytes);
        const index = at % text.length;
        expect(decodeBase64url(text.slice(0, index) + foreign + text.slice(index + 1))).toBeUndefined();
      }),
    );
  });

  it.each(['A', 'AAAAA', 'AA==', 'AAA=', 'AB', 'AAB', '_x', ' AAA', 'AAAA\n', 'AA\u0000A', '\u0141AAA', 'AAAA====', '='])(
    'refuses %j',
    (text) => expect(decodeBase64url(text)).toBeUndefined(),
  );

  it('reads the example of RFC 7515 appendix C', () => {
    expect(encodeBase64url(Uint8Array.of(3, 236, 255, 224, 193))).toBe('A-z_4ME');
    expect(decodeBase64url('A-z_4ME')).toEqual(Uint8Array.of(3, 236, 255, 224, 193));
  });

  it('reads nothing as no octets', () => expect(decodeBase64url('')).toEqual(new Uint8Array()));
});

const FOREIGN = ['+', '/', '=', ' ', '\n', '\t', '\0', '.', '!', '~', '\u00c1', '\u0141', '\ud83d', '\uffff'];
