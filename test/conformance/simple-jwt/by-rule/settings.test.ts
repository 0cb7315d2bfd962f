import { describe, expect, it } from 'vitest';
import { createTokenService } from '../../../../src/index.ts';
import { ecPair, rsaPair } from '../../../key-pairs.ts';
import type { Answer } from '../answers.ts';
import { optionsOf } from '../settings.ts';
import {
  badHeader,
  challenging,
  expired,
  guardRefused,
  invalid,
  issued,
  loginRefused,
  newAccess,
  newRefresh,
  newSliding,
  newToken,
  noAccount,
  noCredentials,
  ok,
  refused,
  shows,
  unidentified,
  wrongType,
} from './expected.ts';
import { get, post } from './server.ts';
import { flow, rows, type Row } from './tables.ts';
import { access, NOW, refresh, SECRET, signed, sliding, type Claims } from './tokens.ts';

const LOGIN = { username: 'davidattenborough', password: 'boatymcboatface' };
const INACTIVE = { username: 'sleepinggiant', password: 'wakemeup-123' };
const bearer = (claims: Claims | string, scheme = 'Bearer'): string =>
  `${scheme} ${typeof claims === 'string' ? claims : signed(claims)}`;
const shown = (route: string, claims: Claims): readonly [ReturnType<typeof get>, Answer] => [
  get(route, bearer(claims)),
  shows(String(claims['user_id']), claims),
];
const exchange = (claims: Claims) => post('refresh/', { refresh: signed(claims) });
const verify = (claims: Claims) => post('verify/', { token: signed(claims) });
const slide = (claims: Claims) => post('sliding/refresh/', { token: signed(claims) });
const logout = (claims: Claims) => post('blacklist/', { refresh: signed(claims) });

for (const [title, leeway] of [
  ['LEEWAY 10', 10],
  ["LEEWAY '10s'", '10s'],
  ['LEEWAY 9.5', 9.5],
] as const) {
  const withinIt = 9;
  const beyond = 10;
  rows(title, { leeway }, [
    ...(['protected', 'stateless', 'optional'] as const).flatMap((route): readonly Row[] => [
      ['A7: LEEWAY', `${route} exp within`, ...shown(route, access({ exp: NOW - withinIt }))],
      [
        'A6.2: exp > now - leeway',
        `${route} exp beyond`,
        get(route, bearer(access({ exp: NOW - beyond }))),
        guardRefused('Token is expired'),
      ],
      ['A7: LEEWAY', `${route} iat within`, ...shown(route, access({ iat: NOW + withinIt }))],
      [
        'A7: LEEWAY',
        `${route} iat beyond`,
        get(route, bearer(access({ iat: NOW + beyond + 1 }))),
        guardRefused('Token is invalid'),
      ],
      ['A7: LEEWAY', `${route} nbf within`, ...shown(route, access({ nbf: NOW + withinIt }))],
      [
        'A7: LEEWAY',
        `${route} nbf beyond`,
        get(route, bearer(access({ nbf: NOW + beyond + 1 }))),
        guardRefused('Token is invalid'),
      ],
    ]),
    ['A7: LEEWAY', 'verify exp within', verify(access({ exp: NOW - withinIt })), ok()],
    ['A7: LEEWAY', 'verify exp beyond', verify(access({ exp: NOW - beyond })), expired()],
    ['A7: LEEWAY', 'refresh exp within', exchange(refresh({ exp: NOW - withinIt })), issued({ access: newAccess() })],
    ['A7: LEEWAY', 'refresh exp beyond', exchange(refresh({ exp: NOW - beyond })), expired()],
    [
      'A7: LEEWAY',
      'refresh nbf within',
      exchange(refresh({ nbf: NOW + withinIt })),
      issued({ access: newAccess({ user_id: '1', nbf: NOW + withinIt }) }),
    ],
    ['A7: LEEWAY', 'blacklist exp within', logout(refresh({ exp: NOW - withinIt })), ok()],
    ['A7: LEEWAY', 'blacklist exp beyond', logout(refresh({ exp: NOW - beyond })), expired()],
    [
      'A7: LEEWAY, refresh_exp',
      'sliding refresh beyond',
      slide(sliding({ refresh_exp: NOW - beyond })),
      refused("Token 'refresh_exp' claim has expired"),
    ],
  ]);
}
rows('LEEWAY 10 at its edge', { leeway: 10 }, [
  ['A6.2: iat <= now + leeway', 'iat', ...shown('protected', access({ iat: NOW + 10 }))],
  ['A6.2: nbf <= now + leeway', 'nbf', ...shown('protected', access({ nbf: NOW + 10 }))],
]);

const CUSTOM = { authHeaderName: 'X-Access-Token' };
rows(
  'AUTH_HEADER_NAME',
  CUSTOM,
  ['protected', 'stateless'].flatMap((route): readonly Row[] => {
    const claims = access();
    const custom = (value: string, name = 'X-Access-Token') => get(route, undefined, { [name]: value });
    return [
      ['A7: AUTH_HEADER_NAME', `${route} there`, custom(bearer(claims)), shows('1', claims)],
      ['A7: AUTH_HEADER_NAME', `${route} in another case`, custom(bearer(claims), 'x-access-token'), shows('1', claims)],
      ['A7: AUTH_HEADER_NAME', `${route} Authorization is not read`, get(route, bearer(claims)), noCredentials()],
      [
        'A7: AUTH_HEADER_NAME',
        `${route} a bad Authorization does no harm`,
        get(route, 'Bearer', { 'X-Access-Token': bearer(claims) }),
        shows('1', claims),
      ],
      ['A7: AUTH_HEADER_NAME', `${route} malformed`, custom('Bearer'), badHeader()],
      ['A7: AUTH_HEADER_NAME', `${route} the scheme is needed`, custom(signed(claims)), noCredentials()],
      ['A7: AUTH_HEADER_NAME', `${route} a bad token`, custom('Bearer x'), guardRefused('Token is invalid')],
    ];
  }),
);

rows('AUTH_HEADER_TYPES, a list', { authHeaderTypes: ['JWT', 'Bearer'] }, [
  ...['JWT', 'Bearer', 'jwt', 'bearer'].map((scheme): Row => {
    const claims = access();
    return ['A7: AUTH_HEADER_TYPES', scheme, get('protected', bearer(claims, scheme)), shows('1', claims)];
  }),
  ['A1: first of AUTH_HEADER_TYPES', 'nothing', get('protected'), challenging('JWT', noCredentials())],
  ['A1: first of AUTH_HEADER_TYPES', 'another', get('protected', 'Token x'), challenging('JWT', noCredentials())],
  ['A1: first of AUTH_HEADER_TYPES', 'Bearer alone', get('protected', 'Bearer'), challenging('JWT', badHeader())],
  [
    'A1: first of AUTH_HEADER_TYPES',
    'a bad token',
    get('protected', 'Bearer x'),
    challenging('JWT', guardRefused('Token is invalid')),
  ],
  ['A1: first of AUTH_HEADER_TYPES', 'a login', post('', { username: 'x', password: 'y' }), challenging('JWT', loginRefused())],
  ['A1: first of AUTH_HEADER_TYPES', 'a refresh', post('refresh/', { refresh: 'x' }), challenging('JWT', invalid())],
  ['A1: first of AUTH_HEADER_TYPES', 'a verification', post('verify/', { token: 'x' }), challenging('JWT', invalid())],
]);
rows('AUTH_HEADER_TYPES, a string', { authHeaderTypes: 'JWT' }, [
  ['A7: AUTH_HEADER_TYPES', 'Bearer is another scheme', get('protected', bearer(access())), challenging('JWT', noCredentials())],
  ['A7: AUTH_HEADER_TYPES', 'Bearer alone is another scheme', get('protected', 'Bearer'), challenging('JWT', noCredentials())],
  ['A7: AUTH_HEADER_TYPES', 'where anyone may enter', get('optional', bearer(access())), shows(null, null)],
  ['A7: AUTH_HEADER_TYPES', 'JWT', get('stateless', 'JWT x'), challenging('JWT', guardRefused('Token is invalid'))],
]);

for (const [title, authTokenTypes] of [
  ['access, sliding', ['access', 'sliding']],
  ['sliding, access', ['sliding', 'access']],
] as const) {
  const both = (accessSays: string, slidingSays = accessSays): Answer => {
    const said = { access: ['access', accessSays], sliding: ['sliding', slidingSays] } as const;
    return guardRefused('', ...authTokenTypes.map((type) => said[type]));
  };
  rows(
    `AUTH_TOKEN_CLASSES ${title}`,
    { authTokenTypes },
    ['protected', 'stateless', 'optional'].flatMap((route): readonly Row[] => [
      ['A7: AUTH_TOKEN_CLASSES', `${route} access`, ...shown(route, access())],
      ['A7: AUTH_TOKEN_CLASSES', `${route} sliding`, ...shown(route, sliding())],
      ['A7: AUTH_TOKEN_CLASSES', `${route} sliding, refresh_exp passed`, ...shown(route, sliding({ refresh_exp: NOW - 5 }))],
      ['A7: AUTH_TOKEN_CLASSES', `${route} sliding without refresh_exp`, ...shown(route, sliding({ refresh_exp: undefined }))],
      ['A2: one entry per class', `${route} refresh`, get(route, bearer(refresh())), both('Token has wrong type')],
      ['A2: one entry per class', `${route} garbage`, get(route, 'Bearer x'), both('Token is invalid')],
      [
        'A2: one entry per class',
        `${route} access, expired`,
        get(route, bearer(access({ exp: NOW - 5 }))),
        both('Token is expired'),
      ],
      [
        'A2: one entry per class',
        `${route} sliding, expired`,
        get(route, bearer(sliding({ exp: NOW - 5 }))),
        both('Token is expired'),
      ],
      [
        'A2: one entry per class',
        `${route} another key`,
        get(route, `Bearer ${signed(access(), { key: 'x'.repeat(40) })}`),
        both('Token is invalid'),
      ],
      [
        'A2: one entry per class',
        `${route} no exp`,
        get(route, bearer(access({ exp: undefined }))),
        both("Token has no 'exp' claim"),
      ],
      ['A2: one entry per class', `${route} no jti`, get(route, bearer(access({ jti: undefined }))), both('Token has no id')],
      [
        'A2: one entry per class',
        `${route} sliding, no jti`,
        get(route, bearer(sliding({ jti: undefined }))),
        both('Token has no id'),
      ],
      [
        'A2: one entry per class',
        `${route} no type`,
        get(route, bearer(access({ token_type: undefined }))),
        both('Token has no type'),
      ],
      ['A2', `${route} no user`, get(route, bearer(sliding({ user_id: undefined }))), unidentified()],
      ['A2', `${route} malformed`, get(route, 'Bearer'), badHeader()],
    ]),
  );
}
rows('AUTH_TOKEN_CLASSES sliding', { authTokenTypes: ['sliding'] }, [
  [
    'A2: user gone',
    'protected',
    get('protected', bearer(sliding({ user_id: 999 }))),
    refused('User not found', 'user_not_found'),
  ],
  [
    'A2: user inactive',
    'protected',
    get('protected', bearer(sliding({ user_id: 2 }))),
    refused('User is inactive', 'user_inactive'),
  ],
  [
    'A2',
    'no exp',
    get('protected', bearer(sliding({ exp: undefined }))),
    guardRefused('', ['sliding', "Token has no 'exp' claim"]),
  ],
  ['A2', 'garbage', get('optional', 'Bearer x'), guardRefused('', ['sliding', 'Token is invalid'])],
  ['A2', 'access', get('stateless', bearer(access())), guardRefused('', ['sliding', 'Token has wrong type'])],
  ['A8: stateless', 'inactive', ...shown('stateless', sliding({ user_id: 2 }))],
]);

flow('USER_ID_CLAIM', { userIdClaim: 'sub' }, [
  {
    rule: 'A7: USER_ID_CLAIM',
    name: 'obtain',
    send: post('', LOGIN),
    answer: issued({ refresh: newRefresh({ sub: '1' }), access: newAccess({ sub: '1' }) }),
    keep: 'pair',
  },
  {
    rule: 'A7: USER_ID_CLAIM',
    name: 'refresh',
    send: ({ pair }) => post('refresh/', { refresh: pair?.['refresh'] }),
    answer: issued({ access: newAccess({ sub: '1' }) }),
  },
  {
    rule: 'A7: USER_ID_CLAIM',
    name: 'sliding',
    send: post('sliding/', LOGIN),
    answer: issued({ token: newSliding({ sub: '1' }) }),
  },
  {
    rule: 'A7: USER_ID_CLAIM',
    name: 'the default claim says nothing',
    send: get('protected', bearer(access())),
    answer: unidentified(),
  },
  {
    rule: 'A7: USER_ID_CLAIM',
    name: 'the default claim says nothing, stateless',
    send: get('stateless', bearer(access())),
    answer: unidentified(),
  },
  {
    rule: 'A7: USER_ID_CLAIM',
    name: 'the default claim says nothing, refresh',
    send: exchange(refresh()),
    answer: unidentified(),
  },
  {
    rule: 'A7: USER_ID_CLAIM',
    name: 'unknown',
    send: get('protected', bearer(access({ user_id: undefined, sub: '999' }))),
    answer: refused('User not found', 'user_not_found'),
  },
  {
    rule: 'A7: USER_ID_CLAIM',
    name: 'inactive',
    send: get('protected', bearer(access({ sub: '2' }))),
    answer: refused('User is inactive', 'user_inactive'),
  },
  { rule: 'A7: USER_ID_CLAIM', name: 'refresh, inactive', send: exchange(refresh({ sub: '2' })), answer: noAccount() },
]);

const BY_NAME = { sub: 'davidattenborough' };
const NAMED = access({ user_id: undefined, ...BY_NAME });
flow('USER_ID_FIELD', { userIdField: 'username', userIdClaim: 'sub' }, [
  {
    rule: 'A7: USER_ID_FIELD',
    name: 'obtain',
    send: post('', LOGIN),
    answer: issued({ refresh: newRefresh(BY_NAME), access: newAccess(BY_NAME) }),
    keep: 'pair',
  },
  {
    rule: 'A7: USER_ID_FIELD',
    name: 'refresh',
    send: ({ pair }) => post('refresh/', { refresh: pair?.['refresh'] }),
    answer: issued({ access: newAccess(BY_NAME) }),
  },
  { rule: 'A7: USER_ID_FIELD', name: 'protected', send: get('protected', bearer(NAMED)), answer: shows('1', NAMED) },
  {
    rule: 'A7: USER_ID_FIELD',
    name: 'stateless',
    send: get('stateless', bearer(NAMED)),
    answer: shows('davidattenborough', NAMED),
  },
  {
    rule: 'A7: USER_ID_FIELD',
    name: 'an id names nobody',
    send: get('protected', bearer(access({ sub: '1' }))),
    answer: refused('User not found', 'user_not_found'),
  },
]);

flow('claim names', { tokenTypeClaim: 'kind', jtiClaim: 'tid', slidingTokenRefreshExpClaim: 'until' }, [
  ...(() => {
    const named = (kind: string, exp: number, more: Claims = {}): Claims => ({
      kind,
      exp,
      iat: NOW,
      tid: `t-${kind}`,
      user_id: '1',
      ...more,
    });
    const shape = (kind: string, exp: number, more: Claims = {}) => {
      const { header, payload } = newToken(kind, exp, { ...more, user_id: '1' });
      const { token_type, jti, exp: until, iat, ...others } = payload as Record<string, unknown>;
      return { header, payload: { kind: token_type, exp: until, iat, tid: jti, ...others } };
    };
    return [
      {
        rule: 'A7: TOKEN_TYPE_CLAIM, JTI_CLAIM',
        name: 'obtain',
        send: post('', LOGIN),
        answer: issued({ refresh: shape('refresh', NOW + 86_400), access: shape('access', NOW + 300) }),
      },
      {
        rule: 'A7: SLIDING_TOKEN_REFRESH_EXP_CLAIM',
        name: 'obtain sliding',
        send: post('sliding/', LOGIN),
        answer: issued({ token: shape('sliding', NOW + 300, { until: NOW + 86_400 }) }),
      },
      {
        rule: 'A7: JTI_CLAIM',
        name: 'protected',
        send: get('protected', bearer(named('access', NOW + 300))),
        answer: shows('1', named('access', NOW + 300)),
      },
      {
        rule: 'A5: jti (configured and "jti") are not copied',
        name: 'refresh',
        send: exchange(named('refresh', NOW + 300, { jti: 'x', role: 'r' })),
        answer: issued({ access: shapeWith(shape('access', NOW + 300), { role: 'r' }) }),
      },
      {
        rule: 'A6.5',
        name: 'the default names say nothing',
        send: get('protected', bearer(access())),
        answer: guardRefused('Token has no id'),
      },
      {
        rule: 'A6.6',
        name: 'the default type says nothing',
        send: get('protected', bearer(access({ tid: 'x' }))),
        answer: guardRefused('Token has no type'),
      },
      { rule: 'A6.6', name: 'wrong type', send: exchange(named('access', NOW + 300)), answer: wrongType() },
      {
        rule: 'A2',
        name: 'no refresh_exp',
        send: slide(named('sliding', NOW + 300, { refresh_exp: NOW + 300 })),
        answer: refused("Token has no 'until' claim"),
      },
      {
        rule: 'A2',
        name: 'refresh_exp passed',
        send: slide(named('sliding', NOW + 300, { until: NOW - 1 })),
        answer: refused("Token 'until' claim has expired"),
      },
    ];
  })(),
]);
function shapeWith({ header, payload }: ReturnType<typeof newToken>, more: Claims) {
  return { header, payload: { ...(payload as object), ...more } };
}

flow(
  'lifetimes',
  {
    accessTokenLifetime: 60,
    refreshTokenLifetime: '2d',
    slidingTokenLifetime: 120,
    slidingTokenRefreshLifetime: '1h',
    rotateRefreshTokens: true,
  },
  [
    {
      rule: 'A7: lifetimes',
      name: 'obtain',
      send: post('', LOGIN),
      answer: issued({
        refresh: newToken('refresh', NOW + 172_800, { user_id: '1' }),
        access: newToken('access', NOW + 60, { user_id: '1' }),
      }),
    },
    {
      rule: 'A7: lifetimes',
      name: 'sliding',
      send: post('sliding/', LOGIN),
      answer: issued({ token: newToken('sliding', NOW + 120, { refresh_exp: NOW + 3600, user_id: '1' }) }),
    },
    {
      rule: 'A7: lifetimes',
      name: 'rotate',
      send: exchange(refresh()),
      answer: issued({
        access: newToken('access', NOW + 60, { user_id: '1' }),
        refresh: newToken('refresh', NOW + 172_800, { user_id: '1' }),
      }),
    },
  ],
);
flow('a sliding lifetime beyond its refresh lifetime', { slidingTokenLifetime: '2h', slidingTokenRefreshLifetime: '1h' }, [
  {
    rule: 'API: exp never passes refresh_exp',
    name: 'sliding',
    send: post('sliding/', LOGIN),
    answer: issued({ token: newToken('sliding', NOW + 3600, { refresh_exp: NOW + 3600, user_id: '1' }) }),
  },
]);

rows('AUDIENCE, a list', { audience: ['a', 'b'] }, [
  [
    'A7: AUDIENCE',
    'obtain',
    post('', LOGIN),
    issued({ refresh: newRefresh({ user_id: '1', aud: ['a', 'b'] }), access: newAccess({ user_id: '1', aud: ['a', 'b'] }) }),
  ],
  ['A7: AUDIENCE', 'obtain sliding', post('sliding/', LOGIN), issued({ token: newSliding({ user_id: '1', aud: ['a', 'b'] }) })],
  ...(['a', 'b', ['b'], ['x', 'a'], ['a', 'b']] as const).map((aud): Row => [
    'A6: any match',
    JSON.stringify(aud),
    ...shown('protected', access({ aud })),
  ]),
  ...([undefined, 'c', 'A', [], ['x'], null, '', 'a,b'] as const).map((aud): Row => [
    'A6: audience',
    JSON.stringify(aud) ?? 'none',
    get('protected', bearer(access({ aud }))),
    guardRefused('Token is invalid'),
  ]),
  ...([undefined, 'c', [], ['x']] as const).map((aud): Row => [
    'A6: audience',
    `refresh ${JSON.stringify(aud) ?? 'none'}`,
    exchange(refresh({ aud })),
    invalid(),
  ]),
  [
    'A5: aud is copied',
    'refresh',
    exchange(refresh({ aud: 'a' })),
    issued({ access: newAccess({ user_id: '1', aud: ['a', 'b'] }) }),
  ],
  ['A6: audience', 'verify', verify(access({ aud: 'c' })), invalid()],
  ['A6: audience', 'blacklist', logout(refresh({ aud: 'c' })), invalid()],
  ['A6: audience', 'sliding', slide(sliding({ aud: 'c' })), invalid()],
]);
rows('ISSUER', { issuer: 'https://me' }, [
  [
    'A7: ISSUER',
    'obtain',
    post('', LOGIN),
    issued({ refresh: newRefresh({ user_id: '1', iss: 'https://me' }), access: newAccess({ user_id: '1', iss: 'https://me' }) }),
  ],
  ...([undefined, 'https://me/', 'HTTPS://me', '', null, ['https://me']] as const).flatMap((iss): readonly Row[] => [
    [
      'A6: exact string',
      `protected ${JSON.stringify(iss) ?? 'none'}`,
      get('protected', bearer(access({ iss }))),
      guardRefused('Token is invalid'),
    ],
    ['A6: exact string', `verify ${JSON.stringify(iss) ?? 'none'}`, verify(access({ iss })), invalid()],
    ['A6: exact string', `blacklist ${JSON.stringify(iss) ?? 'none'}`, logout(refresh({ iss })), invalid()],
  ]),
  ['A6: audience of none configured', 'any', ...shown('protected', access({ iss: 'https://me', aud: ['x'] }))],
]);

rows('CHECK_USER_IS_ACTIVE False', { checkUserIsActive: false }, [
  ['A7: ModelBackend refuses inactive logins', 'obtain', post('', INACTIVE), loginRefused()],
  ['A7: ModelBackend refuses inactive logins', 'obtain sliding', post('sliding/', INACTIVE), loginRefused()],
  ['A7: CHECK_USER_IS_ACTIVE', 'protected', ...shown('protected', access({ user_id: '2' }))],
  ['A7: CHECK_USER_IS_ACTIVE', 'optional', ...shown('optional', access({ user_id: 2 }))],
  ['A7: CHECK_USER_IS_ACTIVE', 'refresh', exchange(refresh({ user_id: '2' })), issued({ access: newAccess({ user_id: '2' }) })],
  ['A7: CHECK_USER_IS_ACTIVE', 'refresh, unknown', exchange(refresh({ user_id: '999' })), noAccount()],
  [
    'A2: user gone',
    'protected, unknown',
    get('protected', bearer(access({ user_id: '999' }))),
    refused('User not found', 'user_not_found'),
  ],
  ['A1', 'wrong password', post('', { ...INACTIVE, password: 'x' }), loginRefused()],
]);
rows('CHECK_USER_IS_ACTIVE False, AllowAllUsersModelBackend', { checkUserIsActive: false, allowInactive: true }, [
  [
    'A7: CHECK_USER_IS_ACTIVE',
    'obtain',
    post('', INACTIVE),
    issued({ refresh: newRefresh({ user_id: '2' }), access: newAccess({ user_id: '2' }) }),
  ],
  ['A7: CHECK_USER_IS_ACTIVE', 'obtain sliding', post('sliding/', INACTIVE), issued({ token: newSliding({ user_id: '2' }) })],
  ['A1', 'wrong password', post('', { ...INACTIVE, password: 'x' }), loginRefused()],
]);
rows('AllowAllUsersModelBackend alone', { allowInactive: true }, [
  ['A7: USER_AUTHENTICATION_RULE', 'obtain', post('', INACTIVE), loginRefused()],
  ['A7: USER_AUTHENTICATION_RULE', 'refresh', exchange(refresh({ user_id: '2' })), noAccount()],
]);
rows(
  'USER_AUTHENTICATION_RULE',
  { userAuthenticationRule: (user: { username?: string } | null) => user?.username === 'leavingsoon' },
  [
    ['A7: used by obtain', 'refused', post('', LOGIN), loginRefused()],
    [
      'A7: used by obtain',
      'admitted',
      post('', { username: 'leavingsoon', password: 'byebye-123' }),
      issued({ refresh: newRefresh({ user_id: '3' }), access: newAccess({ user_id: '3' }) }),
    ],
    ['A7: used by refresh', 'refused', exchange(refresh()), noAccount()],
    ['A7: used by refresh', 'refused, sliding', slide(sliding()), noAccount()],
    ['A7: not by JWTAuthentication', 'protected', ...shown('protected', access())],
  ],
);

const RSA = rsaPair(2048);
const EC = ecPair('P-256');
const pem = (key: typeof RSA.publicKey) => String(key.export({ format: 'pem', type: key.type === 'private' ? 'pkcs8' : 'spki' }));
describe('what does not start', () => {
  it.each<[rule: string, name: string, settings: Readonly<Record<string, unknown>>]>([
    ['API: claim names set to null', 'TOKEN_TYPE_CLAIM', { TOKEN_TYPE_CLAIM: null }],
    ['API: claim names set to null', 'JTI_CLAIM', { JTI_CLAIM: null }],
    ['API: claim names set to null', 'both', { TOKEN_TYPE_CLAIM: null, JTI_CLAIM: null }],
    ['API: claim names set to null', 'USER_ID_CLAIM', { USER_ID_CLAIM: null }],
    ['API: claim names set to null', 'SLIDING_TOKEN_REFRESH_EXP_CLAIM', { SLIDING_TOKEN_REFRESH_EXP_CLAIM: null }],
    ['API: claim names set to null', 'REVOKE_TOKEN_CLAIM', { REVOKE_TOKEN_CLAIM: null }],
    ['A13: claims non-empty strings', 'TOKEN_FAMILY_CLAIM', { TOKEN_FAMILY_CLAIM: '' }],
    ['A13: claims non-empty strings', 'TOKEN_FAMILY_EXPIRATION_CLAIM', { TOKEN_FAMILY_EXPIRATION_CLAIM: 5 }],
    ['A13: lifetime timedelta or None', 'TOKEN_FAMILY_LIFETIME', { TOKEN_FAMILY_LIFETIME: 'soon' }],
    ['A13: three bools', 'TOKEN_FAMILY_ENABLED', { TOKEN_FAMILY_ENABLED: 'yes' }],
    ['A13: three bools', 'TOKEN_FAMILY_CHECK_ON_ACCESS', { TOKEN_FAMILY_CHECK_ON_ACCESS: 'yes' }],
    ['A13: three bools', 'TOKEN_FAMILY_BLACKLIST_ON_REUSE', { TOKEN_FAMILY_BLACKLIST_ON_REUSE: null }],
    ['API: empty or short HMAC key', 'empty', { SIGNING_KEY: '' }],
    ['API: empty or short HMAC key', 'one character', { SIGNING_KEY: 'x' }],
    ['API: empty or short HMAC key', '31 bytes', { SIGNING_KEY: 'x'.repeat(31) }],
    ['API: empty or short HMAC key', '47 bytes for HS384', { SIGNING_KEY: 'x'.repeat(47), ALGORITHM: 'HS384' }],
    ['API: empty or short HMAC key', '63 bytes for HS512', { SIGNING_KEY: 'x'.repeat(63), ALGORITHM: 'HS512' }],
    ['API: bad algorithm', 'none', { ALGORITHM: 'none' }],
    ['API: bad algorithm', 'unknown', { ALGORITHM: 'HS255' }],
    ['API: bad algorithm', 'lower case', { ALGORITHM: 'hs256' }],
    ['API: bad algorithm', 'null', { ALGORITHM: null }],
    ['API: bad key', 'a secret for RS256', { ALGORITHM: 'RS256' }],
    ['API: bad PEM', 'cut off', { ALGORITHM: 'RS256', SIGNING_KEY: pem(RSA.privateKey).slice(0, 200) }],
    ['API: bad key', 'a public key signs nothing', { ALGORITHM: 'RS256', SIGNING_KEY: pem(RSA.publicKey) }],
    ['API: bad key', 'an EC key for RS256', { ALGORITHM: 'RS256', SIGNING_KEY: pem(EC.privateKey) }],
    ['API: bad key', 'another curve', { ALGORITHM: 'ES384', SIGNING_KEY: pem(EC.privateKey) }],
    [
      'API: bad key',
      'keys that do not match',
      { ALGORITHM: 'ES256', SIGNING_KEY: pem(EC.privateKey), VERIFYING_KEY: pem(ecPair('P-256').publicKey) },
    ],
    ['API: bad key', 'a verifying key that is none', { ALGORITHM: 'ES256', SIGNING_KEY: pem(EC.privateKey), VERIFYING_KEY: 'x' }],
    ['API: bad leeway', 'a word', { LEEWAY: 'ten' }],
    ['API: bad leeway', 'a list', { LEEWAY: [10] }],
    ['API: bad leeway', 'null', { LEEWAY: null }],
    ['API: bad leeway', 'negative', { LEEWAY: -1 }],
    ['A7: removed', 'AUTH_HEADER_TYPE', { AUTH_HEADER_TYPE: 'Bearer' }],
    ['A7: removed', 'AUTH_TOKEN_CLASS', { AUTH_TOKEN_CLASS: 'x' }],
    ['A7: removed', 'SECRET_KEY', { SECRET_KEY: 'x' }],
    ['A7: removed', 'TOKEN_BACKEND_CLASS', { TOKEN_BACKEND_CLASS: 'x' }],
  ])('%s: %s', (_rule, _name, settings) => {
    expect(() => createTokenService({ signingKey: SECRET, ...optionsOf(settings) })).toThrow(
      expect.objectContaining({ name: 'ConfigError' }),
    );
  });
});
