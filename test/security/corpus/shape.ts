import { group, label, type Recipe } from './case.ts';
import { claims, encode, hs, signed, token } from './forge.ts';

const [header = '', payload = '', signature = ''] = token().split('.');

/** Row 13: what is not two dots and three segments. */
const structure: readonly Recipe[] = [
  ...[
    undefined,
    null,
    0,
    1,
    Number.NaN,
    true,
    false,
    {},
    [],
    Buffer.from(token()),
    Symbol('token'),
    10n,
    () => token(),
    Object(token()),
    [token()],
    { toString: () => token(), length: 10 },
    { token: token() },
    new Date(0),
  ].map((value, index): Recipe => ({
    id: `not a string, ${index + 1}: ${typeof value}`,
    row: 13,
    token: value,
    expect: { code: 'malformed' },
  })),
  ...[
    '',
    '.',
    '..',
    '...',
    '....',
    'a',
    'a.b',
    'a..',
    '.a.',
    '..a',
    header,
    `${header}.`,
    `${header}.${payload}`,
    `.${payload}.${signature}`,
    `${token()}.`,
    `.${token()}`,
    `${token()}.${signature}`,
    `${header}..${payload}.${signature}`,
    `${header}.${payload}..${signature}`,
    `${token()}.${token()}`,
    `${header}.AAAA.AAAA.AAAA.AAAA`,
    `Bearer ${token()}`,
    `"${token()}"`,
    token().replaceAll('.', ','),
    token().replaceAll('.', '\u3002'),
    token().replace('.', '%2E'),
    `\uFEFF${token()}`,
    JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
    JSON.stringify({ payload, protected: header, signature }),
    JSON.stringify({ payload, header: { alg: 'HS256' }, signature }),
    token().toUpperCase(),
    [...token()].toReversed().join(''),
  ].map((text, index): Recipe => ({
    id: `text ${index + 1}: ${label(text.slice(0, 20))}`,
    row: 13,
    token: text,
    expect: { code: 'malformed' },
  })),
  { id: 'detached', row: 13, token: `${header}..${signature}`, expect: { code: 'signature' } },
  { id: 'an empty payload', row: 13, token: signed(`${header}.`), expect: { code: 'malformed' }, layer: 'claims' },
  { id: 'no signature', row: 13, token: `${header}.${payload}.`, expect: { code: 'signature' } },
  { id: 'segments swapped', row: 13, token: signed(`${payload}.${header}`), expect: { code: 'algorithm' } },
];

/** Row 14: text that is not exactly one JSON object; `#` stands for the members that would make it good. */
const NOT_AN_OBJECT: readonly (string | Uint8Array)[] = [
  '',
  ' ',
  'null',
  'true',
  '1',
  '"#"',
  '[]',
  '[{#}]',
  '{#}x',
  '{#}{}',
  '{#},',
  'x{#}',
  '{#',
  '{#}}',
  '{#,}',
  "{'a':1,#}",
  '{a:1,#}',
  '{"a":NaN,#}',
  '{"a":Infinity,#}',
  '{"a":-Infinity,#}',
  '{"a":undefined,#}',
  '{"a":01,#}',
  '{"a":.5,#}',
  '{"a":1.,#}',
  '{"a":0x10,#}',
  '{"a":+1,#}',
  '{"a":1n,#}',
  '{"a":"\n",#}',
  String.raw`{"a":"\x41",#}`,
  String.raw`{"a":"\u12",#}`,
  '/**/{#}',
  '{#}//',
  '{#}\0',
  '\0{#}',
  '\uFEFF{#}',
  '\u00a0{#}',
  '\u2028{#}',
];

/** Octets that are not UTF-8, inside a string. */
const NOT_UTF8: Readonly<Record<string, readonly number[]>> = {
  'a lone ff': [0xff],
  'a lone continuation': [0x80],
  'an overlong NUL': [0xc0, 0x80],
  'an overlong quote': [0xc0, 0xa2],
  'a surrogate': [0xed, 0xa0, 0x80],
  'a surrogate pair, each encoded': [0xed, 0xa0, 0xbd, 0xed, 0xb4, 0x91],
  'a truncated sequence': [0xe2, 0x82],
  'beyond U+10FFFF': [0xf4, 0x90, 0x80, 0x80],
  'Latin-1': [0x63, 0x61, 0x66, 0xe9],
};

const headerMembers = '"alg":"HS256","typ":"JWT"';
const claimMembers = JSON.stringify(claims()).slice(1, -1);

const texts: readonly Recipe[] = [
  ...NOT_AN_OBJECT.map((text) => [label(text), (members: string) => String(text).replace('#', () => members)] as const),
  ...Object.entries(NOT_UTF8).map(
    ([name, octets]) =>
      [
        name,
        (members: string) => Buffer.concat([Buffer.from(`{${members},"a":"`), Buffer.from(octets), Buffer.from('"}')]),
      ] as const,
  ),
  ['UTF-16LE', (members: string) => Buffer.from(`{${members}}`, 'utf16le')] as const,
  ['UTF-16LE with a byte order mark', (members: string) => Buffer.from(`\uFEFF{${members}}`, 'utf16le')] as const,
  ['UTF-16BE', (members: string) => Buffer.from(`{${members}}`, 'utf16le').swap16()] as const,
].flatMap(([name, make]): Recipe[] => [
  { id: `header ${name}`, row: 14, token: signed(`${encode(make(headerMembers))}.${payload}`), expect: { code: 'malformed' } },
  {
    id: `payload ${name}`,
    row: 14,
    token: signed(`${header}.${encode(make(claimMembers))}`),
    expect: { code: 'malformed' },
    layer: 'claims',
  },
]);

/** Row 15: which of two equal names counts is anybody's guess. */
const doubled: readonly Recipe[] = [
  ...[
    '{"alg":"HS256","alg":"HS256"}',
    '{"alg":"none","alg":"HS256"}',
    '{"alg":"HS256","alg":"none"}',
    String.raw`{"\u0061lg":"none","alg":"HS256"}`,
    '{"alg":"HS256","typ":"JWT","typ":"at+jwt"}',
    '{"alg":"HS256","kid":"a","kid":"b"}',
    '{"alg":"HS256","x":{"y":1,"y":2}}',
    '{"alg":"HS256","x":[{"y":1,"y":1}]}',
    '{"alg":"HS256","__proto__":1,"__proto__":1}',
    '{"alg":"HS256","":1,"":2}',
  ].map((text): Recipe => ({
    id: `header ${label(text)}`,
    row: 15,
    token: token({ header: text }),
    expect: { code: 'malformed' },
  })),
  ...[
    '"exp":1,"exp":1',
    '"a":1,"a":1',
    String.raw`"a":1,"\u0061":2`,
    String.raw`"\u0061":1,"\u0061":1`,
    '"a":{"b":{"c":1,"c":1}}',
    '"a":[[{"b":1,"b":[]}]]',
    '"\u{1F511}":1,"\u{1F511}":2',
    String.raw`"\ud83d\udd11":1,"🔑":2`,
    String.raw`"a\/b":1,"a/b":1`,
    String.raw`"a\"b":1,"a\u0022b":1`,
    '"__proto__":{},"__proto__":{}',
    '"":0,"":0',
    '"note2" : 1, "note2"\n:\t1',
  ].map((members): Recipe => ({
    id: `claims ${members}`,
    row: 15,
    token: token({ payload: `{${claimMembers},${members}}` }),
    expect: { code: 'malformed' },
    layer: 'claims',
  })),
  ...['exp', 'iss', 'sub', 'aud', 'jti', 'iat'].map((name): Recipe => ({
    id: `claims with ${name} twice`,
    row: 15,
    token: token({ payload: `{${claimMembers},"${name}":"again"}` }),
    expect: { code: 'malformed' },
    layer: 'claims',
  })),
];

export const shape = group('shape', [...structure, ...texts, ...doubled]);

/** Rows 13 and 32: refused by size, before anything is looked at, or in time that grows with the length alone. */
const long = (length: number, character = 'A') => character.repeat(length);
const nested = (depth: number) => `{${claimMembers},"deep":${'['.repeat(depth)}${']'.repeat(depth)}}`;
const members = (count: number) =>
  `{${claimMembers},${Array.from({ length: count }, (_, index) => `"m${index}":${index}`).join(',')}}`;
const forged = (text: string, head: string = header) => `${head}.${encode(text)}.${encode(hs('sha256', 'guess')(text))}`;

export const dos = group('dos', [
  ...(
    [
      ['a million dots', long(1_000_000, '.')],
      ['8 MB of A', long(8_388_608)],
      ['8 MB header', `${long(8_388_608)}.${payload}.${signature}`],
      ['8 MB payload', `${header}.${long(8_388_608)}.${signature}`],
      ['8 MB signature', `${header}.${payload}.${long(8_388_608)}`],
      ['a dot behind 8 MB', `${long(8_388_608)}.`],
      ['8193 characters', `${header}.${payload}.`.padEnd(8193, 'A')],
      ['a header of 100 kB', token({ header: { alg: 'HS256', x: long(100_000) } })],
      ['a payload of 100 kB', token({ payload: claims({ x: long(100_000) }) })],
      ['200000 levels of nesting', token({ payload: nested(200_000) })],
      ['50000 members', token({ payload: members(50_000) })],
      ['1000 crit names', token({ header: { alg: 'HS256', crit: Array.from({ length: 1000 }, (_, index) => `c${index}`) } })],
    ] as const
  ).map(([id, text]): Recipe => ({ id, row: 13, token: text, expect: { code: 'malformed' } })),
  ...(
    [
      ['5000 levels, unsigned', forged(nested(2500))],
      ['1 MB of nesting, unsigned', forged(nested(200_000))],
      ['1 MB of members, unsigned', forged(members(50_000))],
      [
        '200000 levels in the header, unsigned',
        forged('{}', encode(`{"alg":"HS256","x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`)),
      ],
      ['20000 members in the header, unsigned', forged('{}', encode(`{"alg":"HS256",${members(20_000).slice(1)}`))],
    ] as const
  ).map(([id, text]): Recipe => ({
    id,
    row: 32,
    token: text,
    options: { maxTokenBytes: 1_048_576 },
    expect: { code: 'signature' },
  })),
  ...(
    [
      ['a header of backslashes', encode(`{"alg":"HS256","x":"${String.raw`\\`.repeat(150_000)}","x":1}`)],
      ['a header of quotes', encode(`{"alg":"HS256","x":"${String.raw`\"`.repeat(150_000)}","x":1}`)],
      ['a header of whitespace', encode(`{"alg":"HS256","x"${' '.repeat(300_000)}:1,"x":1}`)],
    ] as const
  ).map(([id, head]): Recipe => ({
    id,
    row: 32,
    token: `${head}.${payload}.${signature}`,
    options: { maxTokenBytes: 1_048_576 },
    expect: { code: 'malformed' },
  })),
  ...[0, -1, 63, 1_048_577, 8192.5, Number.NaN, Number.POSITIVE_INFINITY, '8192', null].map((maxTokenBytes): Recipe => ({
    id: `maxTokenBytes: ${label(maxTokenBytes)}`,
    row: 32,
    options: { maxTokenBytes },
    expect: { configError: 'invalid_option' },
  })),
]);
