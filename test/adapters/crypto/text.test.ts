import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeText } from '../../../src/adapters/crypto/node/decode-text.ts';
import { encodeText } from '../../../src/adapters/crypto/node/encode-text.ts';
import { decodeBase64url, encodeBase64url } from '../../../src/domain/jose/base64url.ts';
import { decodeUtf8 } from '../../../src/domain/jose/json-object.ts';

/** Short and long, of one octet a character and of more, with lone surrogates among them. */
const texts = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('a', 'é', '🦊', '\uD800', '\uFFFD', '\0') }),
  fc.constantFrom('x'.repeat(8192), 'é'.repeat(8192), '🦊'.repeat(4096), '\u20AC'.repeat(8193), 'y'.repeat(9000)),
);

describe('text to base64url and back', () => {
  it('is what the domain writes, whatever the text', () => {
    fc.assert(fc.property(texts, (text) => encodeText(text) === encodeBase64url(new TextEncoder().encode(text))));
  });

  it('is what the domain reads, whatever the segment', () => {
    const segments = fc.oneof(
      fc.uint8Array().map(encodeBase64url),
      texts.map(encodeText),
      texts,
      fc.string({ unit: fc.constantFrom('A', 'Q', '_', '-', '+', '/', '=', ' ', '\u0141') }),
    );
    fc.assert(
      fc.property(segments, (segment) => {
        const bytes = decodeBase64url(segment);
        expect(decodeText(segment, false)).toBe(bytes && decodeUtf8(bytes));
        if (isAscii(segment)) expect(decodeText(segment, true)).toBe(bytes && decodeUtf8(bytes));
      }),
    );
  });
});

// oxlint-disable-next-line no-control-regex
const isAscii = (text: string) => /^[\x00-\x7f]*$/.test(text);
