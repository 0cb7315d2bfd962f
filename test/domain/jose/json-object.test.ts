import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJsonObject } from '../../../src/domain/jose/json-object.ts';

const parse = (text: string) => parseJsonObject(new TextEncoder().encode(text));

describe('parseJsonObject', () => {
  it('reads what JSON.stringify wrote', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const text = JSON.stringify(value);
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses any object with one of its members doubled', () => {
    const cases = fc.record({ value: fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), depth: fc.nat({ max: 4 }) });
    fc.assert(
      fc.property(cases, ({ value, depth }) => {
        const text = JSON.stringify(value);
        const [name = ''] = Object.keys(value);
        const doubled = `${text.slice(0, -1)},${JSON.stringify(name)}:1}`;
        expect(parse(`${'{"a":['.repeat(depth)}${doubled}${']}'.repeat(depth)}`)).toBeUndefined();
      }),
    );
  });

  it.each<[string, string]>([
    ['two equal names', '{"alg":"HS256","alg":"none"}'],
    ['two equal names with the same value', '{"a":1,"a":1}'],
    ['an escaped spelling of a name', '{"alg":"HS256","\\u0061lg":"none"}'],
    ['two escaped spellings', '{"\\u0061":1,"\\u0061":2}'],
    ['an escaped quote in a doubled name', '{"a\\"b":1,"a\\u0022b":2}'],
    ['a backslash before the closing quote of a doubled name', '{"a\\\\":1,"a\\\\":2}'],
    ['a doubled empty name', '{"":1,"":2}'],
    ['a doubled __proto__', '{"__proto__":1,"__proto__":2}'],
    ['a doubled name in an array', '[{"a":1,"a":2}]'],
    ['a doubled name deep inside', '{"a":[{"b":{"c":[{"d":1,"d":2}]}}]}'],
    ['a doubled name with whitespace before the colon', '{"a" \n:1,"a"\t :2}'],
    ['a doubled name whose first value is an object', '{"a":{"b":1},"a":1}'],
    ['a byte order mark', '\uFEFF{"a":1}'],
    ['null', 'null'],
    ['a string', '"a"'],
    ['an array', '[]'],
    ['a number', '1'],
    ['no text', ''],
    ['two objects', '{}{}'],
    ['text after the object', '{"a":1} x'],
    ['a trailing comma', '{"a":1,}'],
    ['NaN', '{"a":NaN}'],
    ['Infinity', '{"a":-Infinity}'],
    ['a comment', '{"a":1/**/}'],
    ['single quotes', "{'a':1}"],
  ])('refuses %s', (_, text) => expect(parse(text)).toBeUndefined());

  it.each<[string, number[]]>([
    ['UTF-16LE', [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
    ['UTF-16BE without a mark', [0x00, 0x7b, 0x00, 0x7d]],
    ['a lone continuation octet', [0x7b, 0x22, 0x80, 0x22, 0x3a, 0x31, 0x7d]],
    ['an overlong form', [0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d]],
    ['a surrogate half in UTF-8', [0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d]],
  ])('refuses %s', (_, octets) => expect(parseJsonObject(Uint8Array.from(octets))).toBeUndefined());

  it.each<[string, string]>([
    ['equal names in different objects', '{"a":{"b":1},"c":{"b":1},"d":[{"b":1},{"b":1}]}'],
    ['a value that looks like a member', '{"a":"\\"b\\":1","b":"{\\"b\\":1}"}'],
    ['values that equal a name', '{"a":"a","b":["a","a"]}'],
    ['backslashes before quotes', '{"a\\\\":"\\\\","b":"\\\\\\""}'],
    ['names that differ in case', '{"a":1,"A":2}'],
    ['a member toString', '{"toString":1,"constructor":2,"hasOwnProperty":3}'],
  ])('reads %s', (_, text) => expect(parse(text)).toEqual(JSON.parse(text)));

  it('keeps __proto__ as data of its own', () => {
    const value = parse('{"__proto__":{"admin":true}}');
    expect(Object.keys(value ?? {})).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(value).not.toHaveProperty('admin');
  });

  it('does not exhaust the stack on 4000 levels', () => {
    expect(parse(`{"a":${'['.repeat(4000)}${']'.repeat(4000)}}`)).toBeDefined();
    expect(parse(`{"a":${'{"a":'.repeat(4000)}1${'}'.repeat(4000)}}`)).toBeDefined();
    expect(parse(`{"a":${'{"a":'.repeat(4000)}{"b":1,"b":1}${'}'.repeat(4000)}}`)).toBeUndefined();
  });

  it('counts long runs of backslashes in linear time', () => {
    const text = `{"a":"${'\\\\'.repeat(200_000)}","b":"${'\\"'.repeat(200_000)}"}`;
    const start = performance.now();
    expect(parse(text)).toBeDefined();
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
