import { ecPair } from '../../key-pairs.ts';
import { describe, expect, it } from 'vitest';
import { parseKeyFile } from '../../../src/adapters/cli/key-file.ts';
import { ALGORITHMS, type Algorithm } from '../../../src/domain/jose/algorithms.ts';

const parse = (text: string | Uint8Array, algorithm: Algorithm) => parseKeyFile(Buffer.from(text), ALGORITHMS.get(algorithm)!);
const bytes = (...values: (string | number)[]) =>
  new Uint8Array(Buffer.concat(values.map((value) => (typeof value === 'string' ? Buffer.from(value) : Buffer.of(value)))));

describe('the file of a secret', () => {
  it.each([
    ['a line of text, less its newline', bytes('correct horse'), bytes('correct horse\n')],
    ['a line of text, less its CR LF', bytes('correct horse'), bytes('correct horse\r\n')],
    ['a line without one', bytes('correct horse'), bytes('correct horse')],
    ['octets that are no text, whole', bytes(0xff, 0xfe, 'x', 0x0a), bytes(0xff, 0xfe, 'x', 0x0a)],
    ['text of several lines, whole', bytes('a\nb\n'), bytes('a\nb\n')],
    ['braces that are no key, as they are', bytes('{"a":1}'), bytes('{"a":1}\n')],
  ])('is %s', (_what, secret, file) => {
    expect(new Uint8Array(parse(file, 'HS256') as Uint8Array)).toEqual(secret);
  });

  it('may be a JWK or a JWK Set', () => {
    const jwk = { kty: 'oct', k: 'AAAA' };
    expect(parse(JSON.stringify(jwk), 'HS256')).toEqual(jwk);
    expect(parse(JSON.stringify({ keys: [jwk] }), 'HS256')).toEqual({ keys: [jwk] });
  });
});

describe('the file of a public key', () => {
  const { publicKey } = ecPair('P-256');

  it('is PEM text or JSON', () => {
    const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
    expect(parse(pem, 'ES256')).toBe(pem);
    const jwk = publicKey.export({ format: 'jwk' });
    expect(parse(JSON.stringify({ keys: [jwk] }), 'ES256')).toEqual({ keys: [jwk] });
  });

  it.each(['{"kty":"EC","kty":"EC"}', ' {"kty":', '{"a":1}'])('is refused when it only starts as JSON: %s', (text) => {
    expect(() => parse(text, 'ES256')).toThrow('starts as JSON does');
  });
});
