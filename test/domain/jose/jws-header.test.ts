import { describe, expect, it } from 'vitest';
import { encodeBase64url } from '../../../src/domain/jose/base64url.ts';
import { parseJwsHeader } from '../../../src/domain/jose/jws-header.ts';

const parse = (header: unknown) =>
  parseJwsHeader(encodeBase64url(new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))));

describe('parseJwsHeader', () => {
  it.each<object>([
    { alg: 'HS256' },
    { alg: 'HS256', typ: 'JWT', kid: 'one' },
    { alg: 'none' }, // parsed, and refused by the list of algorithms
    { alg: '__proto__' },
    { alg: 'HS256', kid: '' },
    { alg: 'HS256', kid: 'k'.repeat(256) },
    { alg: 'HS256', kid: '../../etc/passwd' },
    { alg: 'HS256', b64: true },
    { alg: 'HS256', cty: 'json' },
    { alg: 'HS256', cty: 'application/jwt-bundle' },
    { alg: 'HS256', typ: '' },
    { alg: 'HS256', jku: 'http://169.254.169.254/', jwk: { kty: 'oct', k: 'AA' }, x5u: 1, x5c: null },
  ])('reads %j', (header) => expect(parse(header)).toEqual({ ok: true, header }));

  it.each<object>([
    {},
    { alg: null },
    { alg: 256 },
    { alg: true },
    { alg: ['HS256'] },
    { alg: { name: 'HS256' } },
    { typ: 'JWT' },
  ])('refuses the algorithm of %j', (header) => expect(parse(header)).toEqual({ ok: false, code: 'algorithm' }));

  const rest = { alg: 'HS256' };
  it.each<unknown>([
    ...[
      null,
      1,
      'b64',
      [],
      ['b64'],
      ['exp'],
      ['alg'],
      [''],
      [1],
      {},
      true,
      false,
      ['b64', 'b64'],
      '',
      0,
      [null],
      [[]],
      ['x', 'y'],
    ].map((crit) => ({ ...rest, crit })),
    ...[null, 'DEF', '', 0, false].map((zip) => ({ ...rest, zip })),
    ...[false, null, 0, 1, 'true', 'false', []].map((b64) => ({ ...rest, b64 })),
    { ...rest, b64: false, crit: ['b64'] },
    ...[null, 1, 'JWT', 'jwt', 'Jwt', 'application/jwt', 'APPLICATION/JWT', ['JWT'], {}].map((cty) => ({ ...rest, cty })),
    ...[null, 1, true, ['JWT'], {}].map((typ) => ({ ...rest, typ })),
    ...[null, 1, true, ['one'], {}, 'k'.repeat(257)].map((kid) => ({ ...rest, kid })),
    '[]',
    '"HS256"',
    'null',
    '{"alg":"HS256"',
    '{"alg":"HS256","alg":"none"}',
    '{"alg":"HS256","\\u0061lg":"none"}',
    '\uFEFF{"alg":"HS256"}',
  ])('refuses %j as malformed', (header) => expect(parse(header)).toEqual({ ok: false, code: 'malformed' }));

  it.each(['', 'e30=', 'e3 0', 'eyJhbGciOiJIUzI1NiJ9\n', 'eyJhbGciOiJIUzI1NiJ', 'e+/0', '!'])(
    'refuses the segment %j',
    (segment) => expect(parseJwsHeader(segment)).toEqual({ ok: false, code: 'malformed' }),
  );

  it('does not read what the prototype has', () => {
    expect(parse('{"__proto__":{"alg":"HS256"}}')).toEqual({ ok: false, code: 'algorithm' });
  });
});
