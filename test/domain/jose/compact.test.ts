import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asciiBytes, joinCompact, splitCompact } from '../../../src/domain/jose/compact.ts';

describe('splitCompact', () => {
  it('cuts a token at its two dots', () => {
    expect(splitCompact('aa.bb.cc', 8)).toEqual({
      ok: true,
      protectedHeader: 'aa',
      payload: 'bb',
      signature: 'cc',
      signingInput: 'aa.bb',
    });
  });

  it('lets the payload and the signature be empty: others judge them', () => {
    expect(splitCompact('aa..', 8192)).toMatchObject({ ok: true, payload: '', signature: '', signingInput: 'aa.' });
  });

  it('cuts what joinCompact joined', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[\w-]{1,20}\.[\w-]{0,20}$/),
        fc.uint8Array({ maxLength: 80 }),
        (signingInput, signature) => {
          expect(splitCompact(joinCompact(signingInput, signature), 8192)).toMatchObject({ ok: true, signingInput });
        },
      ),
    );
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a number', 1],
    ['an object', { toString: () => 'aa.bb.cc' }],
    ['a list', ['aa.bb.cc']],
    ['a String object', Object('aa.bb.cc')],
    ['bytes', new TextEncoder().encode('aa.bb.cc')],
    ['no text', ''],
    ['no dot', 'aabbcc'],
    ['one dot', 'aa.bb'],
    ['three dots', 'aa.bb.cc.'],
    ['five segments', 'aa.bb.cc.dd.ee'],
    ['an empty header', '.bb.cc'],
    ['only dots', '..'],
    ['more than the limit', `aa.bb.${'c'.repeat(8192)}`],
    ['the general JSON serialization', '{"payload":"bb","signatures":[{"protected":"aa","signature":"cc"}]}'],
  ])('refuses %s', (_, token) => expect(splitCompact(token, 8192)).toEqual({ ok: false, code: 'malformed' }));

  it('looks at the length first', () => {
    const dots = '.'.repeat(8_000_000);
    const start = performance.now();
    for (let i = 0; i < 1000; i += 1) splitCompact(dots, 8192);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('asciiBytes', () => {
  it('never gives two texts the same octets', () => {
    expect(asciiBytes('aa.bb')).toEqual(Uint8Array.of(0x61, 0x61, 0x2e, 0x62, 0x62));
    expect(asciiBytes('\u0161a.bb')).not.toEqual(asciiBytes('aa.bb')); // U+0161 ends in the octet of 'a'
  });
});
