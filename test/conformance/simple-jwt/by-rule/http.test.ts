import { Shape } from '../compare.ts';
import type { Answer } from '../answers.ts';
import {
  ANY_BODY,
  answers,
  badHeader,
  bodiless,
  fields,
  guardRefused,
  invalid,
  issued,
  loginRefused,
  newAccess,
  newRefresh,
  noCredentials,
  notAcceptable,
  notAllowed,
  ok,
  refused,
  shows,
  unsupported,
} from './expected.ts';
import { get, post, postRaw, type Sent } from './server.ts';
import { rows, type Row } from './tables.ts';
import { access, NOW, refresh, signed, sliding } from './tokens.ts';

/** The endpoints that take one token: by path, name of the field, and what OPTIONS calls them. */
const ENDPOINTS = [
  ['refresh/', 'refresh', 'Token Refresh'],
  ['verify/', 'token', 'Token Verify'],
  ['blacklist/', 'refresh', 'Token Blacklist'],
  ['sliding/refresh/', 'token', 'Token Refresh Sliding'],
  ['family/blacklist/', 'refresh', 'Token Family Blacklist'],
] as const;
const LOGINS = [
  ['', 'Token Obtain Pair'],
  ['sliding/', 'Token Obtain Sliding'],
] as const;
const PATHS = [...ENDPOINTS.map(([path, , name]) => [path, name] as const), ...LOGINS];

const REQUIRED = 'This field is required.';
const BLANK = 'This field may not be blank.';
const NULL = 'This field may not be null.';
const NO_STRING = 'Not a valid string.';
const NUL = 'Null characters are not allowed.';
const surrogate = (code: string) => `Surrogate characters are not allowed: U+${code}.`;
const FORM = 'application/x-www-form-urlencoded';
const multipart = (...parts: readonly string[]): string =>
  [...parts.flatMap((part) => ['--xBOUNDx', `Content-Disposition: form-data; ${part}`]), '--xBOUNDx--', ''].join('\r\n');
const part = (name: string, value: string): string => `name="${name}"\r\n\r\n${value}`;

const WRONG_VALUES: readonly (readonly [string, unknown, string])[] = [
  ['missing', undefined, REQUIRED],
  ['blank', '', BLANK],
  ['only blanks', ' \t\n ', BLANK],
  ['only exotic blanks', '\u00a0\u2003\u001c', BLANK],
  ['null', null, NULL],
  ['true', true, NO_STRING],
  ['false', false, NO_STRING],
  ['a list', ['x'], NO_STRING],
  ['an empty list', [], NO_STRING],
  ['an object', { a: 1 }, NO_STRING],
  ['a NUL', 'a\0b', NUL],
];

rows('A3: the field', {}, [
  ...ENDPOINTS.flatMap(([path, field]) => [
    ...WRONG_VALUES.map(([name, value, message]): Row => [
      'A3',
      `${path} ${name}`,
      post(path, { [field]: value }),
      fields({ [field]: message }),
    ]),
    [
      'A3: lone surrogate',
      path,
      postRaw(path, `{"${field}":"\\ud800"}`, 'application/json'),
      fields({ [field]: surrogate('D800') }),
    ] satisfies Row,
    [
      'A3: lone surrogate',
      `${path} a low one`,
      postRaw(path, `{"${field}":"x\\udfff"}`, 'application/json'),
      fields({ [field]: surrogate('DFFF') }),
    ] satisfies Row,
    ...[5, 0, -1.5, 1e21].map((value): Row => ['A3: number', `${path} ${value}`, post(path, { [field]: value }), invalid()]),
    ...['x', 'a.b.c', '..', '.', 'a.b', 'a.b.c.d', 'tökén.é.ü'].map((value): Row => [
      'A6.1',
      `${path} ${value}`,
      post(path, { [field]: value }),
      invalid(),
    ]),
  ]),
  ...LOGINS.flatMap(([path]) => [
    ...WRONG_VALUES.filter(([name]) => !name.includes('blanks')).map(([name, value, message]): Row => [
      'A3: all wrong fields together',
      `${path || 'obtain'} ${name}`,
      post(path, { username: value, password: value }),
      fields({ username: message, password: message }),
    ]),
    [
      'A3',
      `${path || 'obtain'} two different mistakes`,
      post(path, { username: null, password: [] }),
      fields({ username: NULL, password: NO_STRING }),
    ] satisfies Row,
    [
      'A3',
      `${path || 'obtain'} only blanks as name`,
      post(path, { username: '  ', password: 'x' }),
      fields({ username: BLANK }),
    ] satisfies Row,
    [
      'API: passwords',
      `${path || 'obtain'} blanks are a password`,
      post(path, { username: 'nobody', password: '  ' }),
      loginRefused(),
    ] satisfies Row,
    ['A3: number', `${path || 'obtain'} numbers`, post(path, { username: 1, password: 2 }), loginRefused()] satisfies Row,
  ]),
]);

rows(
  'A1, A3: bodies',
  {},
  PATHS.flatMap(([path]) => {
    const [, field] = ENDPOINTS.find(([one]) => one === path) ?? [];
    const missing = field === undefined ? fields({ username: REQUIRED, password: REQUIRED }) : fields({ [field]: REQUIRED });
    const json = (raw: string) => postRaw(path, raw, 'application/json');
    const expectedA = (kind: string) =>
      answers(400, { non_field_errors: [`Invalid data. Expected a dictionary, but got ${kind}.`] });
    const parseError = (prefix: string) => answers(400, { detail: new Shape(new RegExp(`^${prefix} parse error - .`)) });
    const list: readonly (readonly [string, Sent, Answer])[] = [
      ['empty object', json('{}'), missing],
      ['empty, JSON', json(''), missing],
      ['empty, form', postRaw(path, '', FORM), missing],
      ['empty, text', postRaw(path, '', 'text/plain'), missing],
      ['none', { method: 'POST', path: `/api/token/${path}` }, missing],
      ['form without the field', postRaw(path, 'a=b', FORM), missing],
      ['multipart without the field', postRaw(path, multipart(part('a', 'b')), 'multipart/form-data; boundary=xBOUNDx'), missing],
      ['list', json('[{"a":1}]'), expectedA('list')],
      ['empty list', json('[]'), expectedA('list')],
      ['string', json('"x"'), expectedA('str')],
      ['empty string', json('""'), expectedA('str')],
      ['number', json('5'), expectedA('int')],
      ['zero', json('0'), expectedA('int')],
      ['float', json('1.5'), expectedA('float')],
      ['true', json('true'), expectedA('bool')],
      ['false', json('false'), expectedA('bool')],
      ['null', json('null'), answers(400, { non_field_errors: ['No data provided'] })],
      ['broken JSON', json('{"a"'), parseError('JSON')],
      ['a word', json('nope'), parseError('JSON')],
      ['trailing comma', json('{"a":1,}'), parseError('JSON')],
      ['single quotes', json("{'a':1}"), parseError('JSON')],
      ['two values', json('{} {}'), parseError('JSON')],
      ['NaN', json('{"a":NaN}'), parseError('JSON')],
      ['a byte order mark', json('\ufeff{}'), parseError('JSON')],
      ['no UTF-8', postRaw(path, Buffer.from('{"a":"\xff"}', 'latin1'), 'application/json'), parseError('JSON')],
      ['text', postRaw(path, 'hello', 'text/plain'), unsupported('text/plain')],
      ['text with a parameter', postRaw(path, 'hello', 'text/plain; charset=utf-8'), unsupported('text/plain; charset=utf-8')],
      ['XML', postRaw(path, '<a/>', 'application/xml'), unsupported('application/xml')],
      ['another JSON', postRaw(path, '{}', 'application/vnd.api+json'), unsupported('application/vnd.api+json')],
      ['no type', postRaw(path, '{}'), unsupported('text/plain')],
      [
        'multipart without a boundary',
        postRaw(path, 'x', 'multipart/form-data'),
        answers(400, { detail: new Shape(/^Multipart form parse error - ./) }),
      ],
    ];
    return list.map(([name, sent, answer]): Row => ['A1 bodies', `${path || 'obtain'} ${name}`, sent, answer]);
  }),
);

const good = (path: string): string => signed(path === 'sliding/refresh/' ? sliding({ exp: NOW + 300 }) : refresh());
const ANSWERED: readonly (readonly [string, string, Answer])[] = [
  ['refresh/', 'refresh', issued({ access: newAccess() })],
  ['verify/', 'token', ok()],
  ['blacklist/', 'refresh', ok()],
];
rows('A1: bodies that are taken', {}, [
  ...ANSWERED.flatMap(([path, field, answer]) => {
    const once = (make: (token: string) => Sent): Sent => make(good(path));
    const list: readonly (readonly [string, Sent])[] = [
      ['JSON', once((token) => post(path, { [field]: token }))],
      ['JSON with a charset', once((token) => postRaw(path, `{"${field}":"${token}"}`, 'application/json; charset=utf-8'))],
      ['JSON in capitals', once((token) => postRaw(path, `{"${field}":"${token}"}`, 'Application/JSON'))],
      ['further fields', once((token) => post(path, { a: [], [field]: token, access: 'x', password: null }))],
      ['the last of two names', once((token) => postRaw(path, `{"${field}":"x","${field}":"${token}"}`, 'application/json'))],
      ['trimmed', once((token) => post(path, { [field]: ` \t${token}\r\n ` }))],
      ['form', once((token) => postRaw(path, `${field}=${token}&a=b`, FORM))],
      ['form, the last of two', once((token) => postRaw(path, `${field}=x&${field}=${token}`, FORM))],
      ['form, trimmed', once((token) => postRaw(path, `${field}=+${token}%20`, FORM))],
      ['multipart', once((token) => postRaw(path, multipart(part(field, token)), 'multipart/form-data; boundary=xBOUNDx'))],
      [
        'multipart, a quoted boundary',
        once((token) => postRaw(path, multipart(part(field, token)), 'multipart/form-data; boundary="xBOUNDx"')),
      ],
      ['a bad Authorization header', once((token) => post(path, { [field]: token }, { Authorization: 'Bearer x' }))],
      ['a malformed Authorization header', once((token) => post(path, { [field]: token }, { Authorization: 'Bearer' }))],
      ['Accept of JSON with a weight', once((token) => post(path, { [field]: token }, { Accept: 'application/json;q=0.5' }))],
    ];
    return list.map(([name, sent]): Row => ['A1 bodies', `${path} ${name}`, sent, answer]);
  }),
  ...ANSWERED.flatMap(([path, field]): readonly Row[] => [
    ['A3', `${path} form, empty`, postRaw(path, `${field}=`, FORM), fields({ [field]: BLANK })],
    ['A3', `${path} form, the last of two is empty`, postRaw(path, `${field}=x&${field}=`, FORM), fields({ [field]: BLANK })],
    [
      'A3',
      `${path} multipart, empty`,
      postRaw(path, multipart(part(field, '')), 'multipart/form-data; boundary=xBOUNDx'),
      fields({ [field]: BLANK }),
    ],
    [
      'A3',
      `${path} a file`,
      postRaw(
        path,
        multipart(`name="${field}"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nx`),
        'multipart/form-data; boundary=xBOUNDx',
      ),
      fields({ [field]: NO_STRING }),
    ],
    ['A3', `${path} form, a NUL`, postRaw(path, `${field}=a%00b`, FORM), fields({ [field]: NUL })],
  ]),
  [
    'A1: obtain',
    'username in another case',
    post('', { username: 'Davidattenborough', password: 'boatymcboatface' }),
    loginRefused(),
  ],
  [
    'A1: obtain',
    'form',
    postRaw('', 'username=davidattenborough&password=boatymcboatface', FORM),
    issued({ refresh: newRefresh(), access: newAccess() }),
  ],
  [
    'API: final slash',
    'refresh without the slash',
    { ...post('refresh/', { refresh: 'x' }), path: '/api/token/refresh' },
    invalid(),
  ],
  [
    'API: final slash',
    'sliding refresh without the slash',
    { ...post('x', { token: 'x' }), path: '/api/token/sliding/refresh' },
    invalid(),
  ],
  ['API: JSON 404', 'an unknown path', post('nothing/', {}), answers(404, { detail: 'Not found.' })],
  ['API: JSON 404', 'an unknown path, GET', { path: '/' }, answers(404, { detail: 'Not found.' })],
  [
    'A4: query strings are never read',
    'refresh',
    { ...post('refresh/', {}), path: `/api/token/refresh/?refresh=${good('refresh/')}` },
    fields({ refresh: REQUIRED }),
  ],
]);

rows(
  'A1: methods',
  {},
  PATHS.flatMap(([path, name]): readonly Row[] => [
    ...['GET', 'PUT', 'PATCH', 'DELETE', 'BREW', 'PROPFIND'].map((method): Row => [
      'A1 methods',
      `${path || 'obtain'} ${method}`,
      { method, path: `/api/token/${path}` },
      notAllowed(method),
    ]),
    ['A1 methods', `${path || 'obtain'} HEAD`, { method: 'HEAD', path: `/api/token/${path}` }, bodiless(notAllowed('HEAD'))],
    [
      'A1 methods',
      `${path || 'obtain'} PUT of unreadable JSON`,
      { ...postRaw(path, '{', 'application/json'), method: 'PUT' },
      notAllowed('PUT'),
    ],
    [
      'A1 methods',
      `${path || 'obtain'} PUT of a type that is not taken`,
      { ...postRaw(path, '{', 'text/plain'), method: 'PUT' },
      notAllowed('PUT'),
    ],
    [
      'API: OPTIONS',
      path || 'obtain',
      { method: 'OPTIONS', path: `/api/token/${path}` },
      {
        ...ok({ name, renders: ['application/json'], parses: ['application/json', FORM, 'multipart/form-data'] }),
        allow: 'POST, OPTIONS',
      },
    ],
    [
      'A2: negotiation comes first',
      `${path || 'obtain'} GET, XML wanted`,
      { path: `/api/token/${path}`, headers: { Accept: 'application/xml' } },
      notAcceptable(),
    ],
    [
      'A2: negotiation comes first',
      `${path || 'obtain'} unreadable, XML wanted`,
      { ...post(path, {}), headers: { Accept: 'text/plain' } },
      notAcceptable(),
    ],
  ]),
);

const ACCEPTED = [
  'application/json',
  '*/*',
  'application/*',
  'text/html',
  'text/*',
  'application/xml, */*;q=0.1',
  'application/json; indent=4',
  'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'image/png,application/json',
];
const NOT_ACCEPTED = ['application/xml', 'text/plain', 'image/*', 'application/xml, image/png', 'text/html+x'];
rows('A2: Accept', {}, [
  ...ENDPOINTS.flatMap(([path, field]) => [
    ...ACCEPTED.map((accept): Row => ['A2', `${path} ${accept}`, post(path, { [field]: 'x' }, { Accept: accept }), invalid()]),
    ...NOT_ACCEPTED.map((accept): Row => [
      'A2',
      `${path} ${accept}`,
      post(path, { [field]: 'x' }, { Accept: accept }),
      notAcceptable(),
    ]),
  ]),
  ...['protected', 'stateless', 'optional'].flatMap((route) => [
    ...ACCEPTED.map((accept): Row => [
      'A2',
      `${route} ${accept}`,
      get(route, 'Bearer x', { Accept: accept }),
      guardRefused('Token is invalid'),
    ]),
    ...NOT_ACCEPTED.map((accept): Row => [
      'A2: negotiation comes first',
      `${route} ${accept}`,
      get(route, 'Bearer x', { Accept: accept }),
      notAcceptable(),
    ]),
  ]),
]);

const CLAIMS = access();
const TOKEN = signed(CLAIMS);
const GOOD_HEADERS: readonly (readonly [rule: string, name: string, value: string])[] = [
  ['A4', 'one blank', `Bearer ${TOKEN}`],
  ['A4', 'several blanks', `Bearer    ${TOKEN}`],
  ['A4', 'a tab', `Bearer\t${TOKEN}`],
  ['A4', 'leading and final blanks', `  Bearer ${TOKEN}  `],
  ['A4', 'a leading tab', `\t Bearer ${TOKEN}\t`],
  ['A4: any white space', 'a vertical tab', `Bearer\v${TOKEN}`],
  ['A4: any white space', 'a form feed', `Bearer\f${TOKEN}`],
  ['API: scheme', 'lower case', `bearer ${TOKEN}`],
  ['API: scheme', 'capitals', `BEARER ${TOKEN}`],
  ['API: scheme', 'mixed case', `bEaReR ${TOKEN}`],
];
const NO_CREDENTIALS: readonly (readonly [name: string, value: string | undefined])[] = [
  ['no header', undefined],
  ['an empty header', ''],
  ['only blanks', '  \t '],
  ['the token alone', TOKEN],
  ['Basic', 'Basic dXNlcjpwYXNz'],
  ['Token', `Token ${TOKEN}`],
  ['JWT', `JWT ${TOKEN}`],
  ['a scheme alone', 'Basic'],
  ['a scheme with three words', 'Basic a b'],
  ['a colon', `Bearer: ${TOKEN}`],
  ['no blank', `Bearer${TOKEN}`],
  ['a hard space', `Bearer\u00a0${TOKEN}`],
  ['quotes', `"Bearer ${TOKEN}"`],
  ['a longer word', `Bearers ${TOKEN}`],
  ['the token first', `${TOKEN} Bearer`],
];
const MALFORMED: readonly (readonly [name: string, value: string])[] = [
  ['the scheme alone', 'Bearer'],
  ['the scheme and blanks', 'Bearer   '],
  ['three words', 'Bearer a b'],
  ['a good token and a word', `Bearer ${TOKEN} x`],
  ['the good token twice', `Bearer ${TOKEN} ${TOKEN}`],
  ['two values', `Bearer ${TOKEN}, Bearer ${TOKEN}`],
  ['the scheme twice', `Bearer Bearer ${TOKEN}`],
  ['lower case, alone', 'bearer'],
  ['lower case, three words', 'bearer a b'],
];
const BAD_TOKENS: readonly (readonly [name: string, value: string])[] = [
  ['garbage', 'Bearer x'],
  ['three words with dots', 'Bearer a.b.c'],
  ['a comma behind', `Bearer ${TOKEN},`],
  ['quoted', `Bearer "${TOKEN}"`],
  ['a hard space behind', `Bearer ${TOKEN}\u00a0x`],
  ['a foreign letter', 'Bearer tök.é.n'],
  ['null', 'Bearer null'],
  ['undefined', 'Bearer undefined'],
  ['an equals sign', 'Bearer ='],
  ['the scheme twice', 'Bearer Bearer'],
  ['another scheme as token', 'bearer Basic'],
];
rows(
  'A4: the header',
  {},
  ['protected', 'stateless', 'optional'].flatMap((route): readonly Row[] => [
    ...GOOD_HEADERS.map(([rule, name, value]): Row => [rule, `${route}, ${name}`, get(route, value), shows('1', CLAIMS)]),
    ...NO_CREDENTIALS.map(([name, value]): Row => [
      'A4',
      `${route}, ${name}`,
      get(route, value),
      route === 'optional' ? shows(null, null) : noCredentials(),
    ]),
    ...MALFORMED.map(([name, value]): Row => ['A4', `${route}, ${name}`, get(route, value), badHeader()]),
    ...BAD_TOKENS.map(([name, value]): Row => [
      'A4: a bad token is refused even where anyone may enter',
      `${route}, ${name}`,
      get(route, value),
      guardRefused('Token is invalid'),
    ]),
    [
      'A4: never read',
      `${route}, a cookie`,
      get(route, undefined, { Cookie: `access=${TOKEN}; Authorization=Bearer ${TOKEN}` }),
      route === 'optional' ? shows(null, null) : noCredentials(),
    ],
    [
      'A4: never read',
      `${route}, a query`,
      { path: `/api/${route}/?token=${TOKEN}&access_token=${TOKEN}` },
      route === 'optional' ? shows(null, null) : noCredentials(),
    ],
    [
      'A4',
      `${route}, another header`,
      get(route, undefined, { 'X-Access-Token': `Bearer ${TOKEN}` }),
      route === 'optional' ? shows(null, null) : noCredentials(),
    ],
    ['A4', `${route}, with a query`, { ...get(route, `Bearer ${TOKEN}`), path: `/api/${route}/?a=b` }, shows('1', CLAIMS)],
    [
      'API: final slash',
      `${route}, without the slash`,
      { ...get(route, `Bearer ${TOKEN}`), path: `/api/${route}` },
      shows('1', CLAIMS),
    ],
  ]),
);

const GET_ONLY = 'GET, HEAD, OPTIONS';
const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE', 'BREW'];
rows(
  'A4: authentication before the method',
  {},
  ['protected', 'stateless', 'optional'].flatMap((route): readonly Row[] => {
    const anonymous = (method: string): Answer => (route === 'optional' ? notAllowed(method, GET_ONLY) : noCredentials());
    return [
      ...METHODS.map((method): Row => ['A4', `${route} ${method} without`, { ...get(route), method }, anonymous(method)]),
      ...METHODS.map((method): Row => [
        'A4',
        `${route} ${method} with`,
        { ...get(route, `Bearer ${TOKEN}`), method },
        notAllowed(method, GET_ONLY),
      ]),
      ...METHODS.map((method): Row => [
        'A4',
        `${route} ${method} with a bad one`,
        { ...get(route, 'Bearer x'), method },
        guardRefused('Token is invalid'),
      ]),
      ['A4', `${route} POST, malformed`, { ...get(route, 'Bearer'), method: 'POST' }, badHeader()],
      ['A4', `${route} HEAD with`, { ...get(route, `Bearer ${TOKEN}`), method: 'HEAD' }, ok()],
      [
        'A4',
        `${route} HEAD with a bad one`,
        { ...get(route, 'Bearer x'), method: 'HEAD' },
        bodiless(guardRefused('Token is invalid')),
      ],
      ['A4', `${route} HEAD, malformed`, { ...get(route, 'Bearer'), method: 'HEAD' }, bodiless(badHeader())],
      [
        'API: OPTIONS',
        `${route} with`,
        { ...get(route, `Bearer ${TOKEN}`), method: 'OPTIONS' },
        { ...ok(ANY_BODY), allow: GET_ONLY },
      ],
    ];
  }),
);
rows('A4: OPTIONS authenticates too', {}, [
  ['A4', 'protected without', { ...get('protected'), method: 'OPTIONS' }, noCredentials()],
]);

rows('A2: users behind a good token', {}, [
  [
    'A2',
    'protected, unknown',
    get('protected', `Bearer ${signed(access({ user_id: 999 }))}`),
    refused('User not found', 'user_not_found'),
  ],
  [
    'A2',
    'optional, unknown',
    get('optional', `Bearer ${signed(access({ user_id: 999 }))}`),
    refused('User not found', 'user_not_found'),
  ],
  [
    'A2',
    'protected, inactive',
    get('protected', `Bearer ${signed(access({ user_id: '2' }))}`),
    refused('User is inactive', 'user_inactive'),
  ],
  [
    'A2',
    'protected, inactive, POST',
    { ...get('protected', `Bearer ${signed(access({ user_id: '2' }))}`), method: 'POST' },
    refused('User is inactive', 'user_inactive'),
  ],
  ['A2', 'protected, a refresh token', get('protected', `Bearer ${signed(refresh())}`), guardRefused('Token has wrong type')],
  ['A2', 'optional, a refresh token', get('optional', `Bearer ${signed(refresh())}`), guardRefused('Token has wrong type')],
  ['A2', 'protected, a sliding token', get('protected', `Bearer ${signed(sliding())}`), guardRefused('Token has wrong type')],
  ['A2', 'stateless, a sliding token', get('stateless', `Bearer ${signed(sliding())}`), guardRefused('Token has wrong type')],
]);
