import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJsonObjectText } from '../../../src/domain/jose/json-object.ts';
import { createLearnedShapes, type LearnedShapes } from '../../../src/domain/jose/learned-shapes.ts';

/** Shapes that have been taught these texts. */
function taught(...texts: readonly string[]): LearnedShapes {
  const shapes = createLearnedShapes();
  for (const text of texts) {
    const value = parseJsonObjectText(text);
    if (value !== undefined && shapes.read(text) === undefined) shapes.learn(text, value);
  }
  return shapes;
}

const claims = (jti: string, iat = 1_700_000_000) => ({
  token_type: 'access',
  exp: iat + 300,
  iat,
  jti,
  user_id: '17',
  aud: 'api',
});
const text = (jti: string, iat?: number) => JSON.stringify(claims(jti, iat));
const lesson = [text('a'), text('b', 1_700_000_001)];

describe('learned shapes', () => {
  it('read what differs where the texts they learned from differed', () => {
    const shapes = taught(...lesson);
    const read = shapes.read(text('0123', 1_800_000_000));
    expect(read).toEqual(claims('0123', 1_800_000_000));
    expect(Object.keys(read ?? {})).toEqual(Object.keys(claims('')));
  });

  it('know nothing of a text that differs elsewhere, until they learn that it may', () => {
    const other = text('c').replace('"17"', '"18"');
    expect(taught(...lesson).read(other)).toBeUndefined();
    expect(taught(...lesson, other).read(other.replace('"18"', '"19"'))).toMatchObject({ user_id: '19', jti: 'c' });
  });

  it('read several shapes', () => {
    const refresh = (jti: string) => JSON.stringify({ token_type: 'refresh', jti });
    const shapes = taught(...lesson, refresh('x'), refresh('y'));
    expect(shapes.read(refresh('z'))).toEqual({ token_type: 'refresh', jti: 'z' });
    expect(shapes.read(text('d'))).toEqual(claims('d'));
  });

  it.each([
    ['an escape', '{"a":"\\u0041","n":1}'],
    ['a raw control character', '{"a":"\u0001","n":1}'],
    ['a string that ends early', '{"a":"x","a":"y","n":1}'],
    ['a string that does not end', '{"a":"x'],
    ['a number with a leading zero', '{"a":"x","n":01}'],
    ['a sign', '{"a":"x","n":-1}'],
    ['a fraction', '{"a":"x","n":1.5}'],
    ['an exponent', '{"a":"x","n":1e3}'],
    ['more digits than a double holds', '{"a":"x","n":1234567890123456}'],
    ['no digit', '{"a":"x","n":}'],
    ['another type', '{"a":null,"n":1}'],
    ['a quoted number', '{"a":"x","n":"1"}'],
    ['white space', '{"a": "x","n":1}'],
    ['text after it', '{"a":"x","n":1}}'],
    ['less than all', '{"a":"x","n":1'],
    ['nothing', ''],
  ])('leave %s to the parser', (_, odd) => {
    const shapes = taught('{"a":"x","n":1}', '{"a":"y","n":2}');
    expect(shapes.read('{"a":"z","n":3}')).toEqual({ a: 'z', n: 3 });
    expect(shapes.read(odd)).toBeUndefined();
  });

  it('share no object between two answers, and none with their teacher', () => {
    const nested = '{"a":{"b":1},"n":1}';
    expect(taught(nested, nested).read(nested)).toBeUndefined();
    const shapes = taught(...lesson);
    const [first, second] = [shapes.read(text('d')), shapes.read(text('d'))];
    expect(first).toEqual(second);
    expect(first).not.toBe(second);
  });

  it('take no member for a prototype', () => {
    const odd = (n: number) => `{"__proto__":"x","n":${n}}`;
    expect(taught(odd(1), odd(2)).read(odd(3))).toBeUndefined();
    expect(Object.getPrototypeOf(taught(...lesson).read(text('d')))).toBe(Object.prototype);
  });

  it('read no text so long that a claim would keep much of it in memory', () => {
    const long = (n: number) => JSON.stringify({ pad: 'x'.repeat(600), n });
    expect(taught(long(1), long(2)).read(long(3))).toBeUndefined();
  });

  it('go on reading what they know among texts of ever new shapes', () => {
    const odd = Array.from({ length: 5000 }, (_, index) => `{"name${index}":1}`);
    const shapes = taught(...odd.slice(0, 3), ...lesson, ...odd.slice(3, 5), ...odd.slice(5));
    expect(shapes.read('{"name1":1,"name2":2}')).toBeUndefined();
    const later = taught(...odd, ...Array.from({ length: 600 }, (_, index) => text(String(index), index)));
    expect(later.read(text('d'))).toEqual(claims('d'));
  });

  it('answer what the parser answers, or nothing', () => {
    const values = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.nat(),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
    );
    const names = fc.uniqueArray(fc.oneof(fc.constantFrom('exp', '1', 'a"b', '__proto__', 'é'), fc.string({ maxLength: 4 })), {
      maxLength: 4,
    });
    let read = 0;
    fc.assert(
      fc.property(
        names,
        fc.array(fc.array(values, { minLength: 4, maxLength: 4 }), { minLength: 3, maxLength: 8 }),
        fc.nat(),
        (keys, rows, at) => {
          const texts = rows.map((row) => JSON.stringify(Object.fromEntries(keys.map((key, index) => [key, row[index]]))));
          const shapes = taught(...texts.slice(0, -1));
          const last = texts.at(-1) ?? '';
          const cut = last.slice(0, at % (last.length + 1));
          for (const candidate of [...texts, cut, `${cut}"`, `${cut}0${last.slice(cut.length)}`, last.replace(':', ': ')]) {
            const found = shapes.read(candidate);
            if (found === undefined) continue;
            read += 1;
            expect(found).toStrictEqual(parseJsonObjectText(candidate));
            expect(Object.keys(found)).toEqual(Object.keys(parseJsonObjectText(candidate) ?? {}));
          }
        },
      ),
      { numRuns: 2000 },
    );
    expect(read).toBeGreaterThan(1000);
  });
});
