import { Shape } from '../compare.ts';
import type { Answer } from '../answers.ts';
import {
  answers,
  blacklisted,
  expired,
  fields,
  guardRefused,
  invalid,
  issued,
  newAccess,
  newRefresh,
  newSliding,
  noAccount,
  ok,
  passwordChanged,
  refused,
  shows,
  wrongType,
} from './expected.ts';
import { get, post, type Server } from './server.ts';
import { flow, rows, type Kept, type Step } from './tables.ts';
import { access, NOW, refresh, signed, sliding, type Claims } from './tokens.ts';

const LOGIN = post('', { username: 'davidattenborough', password: 'boatymcboatface' });
const pair = issued({ refresh: newRefresh(), access: newAccess() });
const rotated = issued({ access: newAccess(), refresh: newRefresh() });
const renewed = issued({ access: newAccess() });

/** A token that an earlier step was answered. */
type Of = readonly [step: string, name?: string];
const tokenOf = (kept: Kept, [step, name = 'refresh']: Of): string => kept[step]?.[name] ?? 'not issued';
const exchange =
  (...of: Of) =>
  (kept: Kept) =>
    post('refresh/', { refresh: tokenOf(kept, of) });
const logout =
  (...of: Of) =>
  (kept: Kept) =>
    post('blacklist/', { refresh: tokenOf(kept, of) });
const endFamily =
  (...of: Of) =>
  (kept: Kept) =>
    post('family/blacklist/', { refresh: tokenOf(kept, of) });
const verify =
  (...of: Of) =>
  (kept: Kept) =>
    post('verify/', { token: tokenOf(kept, of) });
const slide =
  (...of: Of) =>
  (kept: Kept) =>
    post('sliding/refresh/', { token: tokenOf(kept, of) });
const show =
  (route: string, step: string, name = 'access') =>
  (kept: Kept) =>
    get(route, `Bearer ${tokenOf(kept, [step, name])}`);
const shown =
  (user: string, step: string, name = 'access') =>
  (kept: Kept): Answer =>
    shows(user, JSON.parse(Buffer.from(tokenOf(kept, [step, name]).split('.')[1] ?? '', 'base64url').toString()) as Claims);
const login: Step = { rule: 'A1', name: 'log in', send: LOGIN, answer: pair, keep: 'login' };

flow('BLACKLIST_AFTER_ROTATION only', { blacklistAfterRotation: true }, [
  login,
  { rule: 'A1: verify', name: 'verify a good refresh token', send: verify('login'), answer: ok() },
  { rule: 'A1: verify', name: 'verify a good access token', send: verify('login', 'access'), answer: ok() },
  { rule: 'A5: without ROTATE the same token stays good', name: 'refresh', send: exchange('login'), answer: renewed },
  { rule: 'A5: without ROTATE the same token stays good', name: 'refresh again', send: exchange('login'), answer: renewed },
  { rule: 'A1: blacklist', name: 'log out', send: logout('login'), answer: ok() },
  { rule: 'API: verify', name: 'verify the blacklisted one', send: verify('login'), answer: blacklisted() },
  {
    rule: 'API: verify',
    name: 'verify the blacklisted one, trimmed',
    send: (kept) => post('verify/', { token: ` ${tokenOf(kept, ['login'])} ` }),
    answer: blacklisted(),
  },
  { rule: 'A6.3', name: 'refresh the blacklisted one', send: exchange('login'), answer: blacklisted() },
  { rule: 'A1: blacklist', name: 'log out again', send: logout('login'), answer: blacklisted() },
  { rule: 'B5', name: 'its access token still works', send: show('protected', 'login'), answer: shown('1', 'login') },
  { rule: 'A1: verify', name: 'verify its access token', send: verify('login', 'access'), answer: ok() },
  { rule: 'A2: expired', name: 'verify after its end', later: 86_400, send: verify('login'), answer: expired() },
]);

flow('without any blacklist setting', {}, [
  login,
  { rule: 'A1: blacklist', name: 'log out', send: logout('login'), answer: ok() },
  { rule: 'API: verify always honours the revocation', name: 'verify', send: verify('login'), answer: blacklisted() },
  { rule: 'A1: blacklist', name: 'an access token', send: logout('login', 'access'), answer: wrongType() },
  {
    rule: 'A6.2',
    name: 'access token in its last second',
    later: 299,
    send: show('protected', 'login'),
    answer: shown('1', 'login'),
  },
  {
    rule: 'A6: exp == now is expired',
    name: 'access token a second later',
    later: 300,
    send: show('protected', 'login'),
    answer: guardRefused('Token is expired'),
  },
]);

const activate = (isActive: boolean) => (server: Server) => server.users.update(1, { isActive });
flow('ROTATE and BLACKLIST_AFTER_ROTATION', { rotateRefreshTokens: true, blacklistAfterRotation: true }, [
  login,
  {
    rule: 'A1: user refused by the rule',
    name: 'refresh while inactive',
    before: activate(false),
    send: exchange('login'),
    answer: noAccount(),
  },
  {
    rule: 'A2: user inactive',
    name: 'protected while inactive',
    send: show('protected', 'login'),
    answer: refused('User is inactive', 'user_inactive'),
  },
  { rule: 'A8: stateless', name: 'stateless while inactive', send: show('stateless', 'login'), answer: shown('1', 'login') },
  { rule: 'A1: verify', name: 'verify while inactive', send: verify('login'), answer: ok() },
  {
    rule: 'A6: user before spending',
    name: 'refresh when active again',
    before: activate(true),
    send: exchange('login'),
    answer: rotated,
    keep: 'second',
  },
  { rule: 'A7: BLACKLIST_AFTER_ROTATION', name: 'the old one', send: exchange('login'), answer: blacklisted() },
  { rule: 'API: verify', name: 'verify the old one', send: verify('login'), answer: blacklisted() },
  { rule: 'A1: blacklist', name: 'log the old one out', send: logout('login'), answer: blacklisted() },
  { rule: 'A1: verify', name: 'verify the new one', send: verify('second'), answer: ok() },
  { rule: 'A1: blacklist', name: 'log the new one out', send: logout('second'), answer: ok() },
  { rule: 'A6.3', name: 'refresh it', send: exchange('second'), answer: blacklisted() },
  {
    rule: 'A5: claims stay',
    name: 'nbf, aud, iss and sub stay',
    send: post('refresh/', { refresh: signed(refresh({ nbf: NOW - 5, aud: 'a', iss: 'i', sub: 's', role: [1] })) }),
    answer: issued({
      access: newAccess({ user_id: '1', nbf: NOW - 5, aud: 'a', iss: 'i', sub: 's', role: [1] }),
      refresh: newRefresh({ user_id: '1', nbf: NOW - 5, aud: 'a', iss: 'i', sub: 's', role: [1] }),
    }),
  },
  {
    rule: 'A5: claims stay',
    name: 'the user claim stays a number',
    send: post('refresh/', { refresh: signed(refresh({ user_id: 1 })) }),
    answer: issued({ access: newAccess({ user_id: 1 }), refresh: newRefresh({ user_id: 1 }) }),
  },
  {
    rule: 'A6.2',
    name: 'an expired one',
    send: post('refresh/', { refresh: signed(refresh({ exp: NOW - 1 })) }),
    answer: expired(),
  },
  { rule: 'A6.6', name: 'a sliding one', send: post('refresh/', { refresh: signed(sliding()) }), answer: wrongType() },
]);

flow('ROTATE only', { rotateRefreshTokens: true }, [
  login,
  { rule: 'A5: ROTATE', name: 'refresh', send: exchange('login'), answer: rotated, keep: 'second' },
  { rule: 'A5: ROTATE', name: 'the old one again', send: exchange('login'), answer: rotated, keep: 'third' },
  { rule: 'A5: ROTATE', name: 'verify the old one', send: verify('login'), answer: ok() },
  { rule: 'A1: blacklist', name: 'log the second out', send: logout('second'), answer: ok() },
  { rule: 'A6.3', name: 'the second', send: exchange('second'), answer: blacklisted() },
  { rule: 'A5', name: 'the third is another token', send: exchange('third'), answer: rotated },
  { rule: 'A5', name: 'so is the first', send: exchange('login'), answer: rotated },
]);

const SLIDE_LOGIN = post('sliding/', { username: 'davidattenborough', password: 'boatymcboatface' });
const JTI = 'sliding-identifier';
const slid = (exp: number, iat: number, more: Claims = {}): Answer =>
  issued({
    token: {
      header: { alg: 'HS256', typ: 'JWT' },
      payload: { token_type: 'sliding', exp, iat, jti: JTI, user_id: '1', refresh_exp: NOW + 1000, ...more },
    },
  });
const slidingToken = signed(sliding({ jti: JTI, refresh_exp: NOW + 1000, role: 'r' }));
flow('sliding', { authTokenTypes: ['sliding'] }, [
  { rule: 'A1', name: 'obtain', send: SLIDE_LOGIN, answer: issued({ token: newSliding() }), keep: 'login' },
  { rule: 'A1', name: 'use', send: show('protected', 'login', 'token'), answer: shown('1', 'login', 'token') },
  { rule: 'A1: verify', name: 'verify', send: verify('login', 'token'), answer: ok() },
  {
    rule: 'A5: jti and refresh_exp kept',
    name: 'refresh',
    later: 100,
    send: post('sliding/refresh/', { token: slidingToken }),
    answer: slid(NOW + 400, NOW + 100, { role: 'r' }),
  },
  {
    rule: 'API: works until refresh_exp',
    name: 'refresh after exp',
    later: 600,
    send: post('sliding/refresh/', { token: slidingToken }),
    answer: slid(NOW + 900, NOW + 600, { role: 'r' }),
  },
  {
    rule: 'API: exp never passes refresh_exp',
    name: 'refresh near the end',
    later: 900,
    send: post('sliding/refresh/', { token: slidingToken }),
    answer: slid(NOW + 1000, NOW + 900, { role: 'r' }),
  },
  {
    rule: 'A2: expired',
    name: 'use after exp',
    later: 600,
    send: show('protected', 'login', 'token'),
    answer: guardRefused('', ['sliding', 'Token is expired']),
  },
  { rule: 'A2: expired', name: 'verify after exp', later: 600, send: verify('login', 'token'), answer: expired() },
  {
    rule: 'A1: user refused by the rule',
    name: 'refresh while inactive',
    before: activate(false),
    send: slide('login', 'token'),
    answer: noAccount(),
  },
  {
    rule: 'A2: user inactive',
    name: 'use while inactive',
    send: show('protected', 'login', 'token'),
    answer: refused('User is inactive', 'user_inactive'),
  },
  {
    rule: 'A8: stateless',
    name: 'stateless while inactive',
    send: show('stateless', 'login', 'token'),
    answer: shown('1', 'login', 'token'),
  },
  {
    rule: 'A1: sliding refresh',
    name: 'refresh when active again',
    before: activate(true),
    send: slide('login', 'token'),
    answer: (kept) => ({ ...ok(), tokens: { token: decoded(tokenOf(kept, ['login', 'token'])) } }),
  },
  { rule: 'A6.6', name: 'at refresh', send: exchange('login', 'token'), answer: wrongType() },
]);
function decoded(token: string) {
  const [header = '', payload = ''] = token.split('.').map((segment) => Buffer.from(segment, 'base64url').toString());
  return { header: JSON.parse(header) as Claims, payload: JSON.parse(payload) as Claims };
}

const FINGERPRINT = new Shape(/^[\w-]{22,}$/);
const revocable = (claim: string) => ({ user_id: '4', [claim]: FINGERPRINT });
const signIn = (path: string, password: string) => post(path, { username: 'changesmind', password });
const changePassword = (password: string) => (server: Server) => server.users.setPassword(4, password);
for (const claim of ['hash_password', 'pwh']) {
  const ours = revocable(claim);
  const theirs = (changes: Claims) => ({ user_id: '4', ...changes });
  flow(`CHECK_REVOKE_TOKEN without rotation, ${claim}`, { checkRevokeToken: true, revokeTokenClaim: claim }, [
    {
      rule: 'A5: claims',
      name: 'obtain',
      send: signIn('', 'oldpassword-1'),
      answer: issued({ refresh: newRefresh(ours), access: newAccess(ours) }),
      keep: 'login',
    },
    {
      rule: 'A5: claims',
      name: 'obtain sliding',
      send: signIn('sliding/', 'oldpassword-1'),
      answer: issued({ token: newSliding(ours) }),
      keep: 'sliding',
    },
    { rule: 'A7: CHECK_REVOKE_TOKEN', name: 'use', send: show('protected', 'login'), answer: shown('4', 'login') },
    {
      rule: 'A7: CHECK_REVOKE_TOKEN',
      name: 'refresh',
      send: exchange('login'),
      answer: issued({ access: newAccess(ours) }),
      keep: 'fresh',
    },
    { rule: 'A7: CHECK_REVOKE_TOKEN', name: 'use the fresh one', send: show('protected', 'fresh'), answer: shown('4', 'fresh') },
    ...(
      [
        ['none', undefined],
        ['null', null],
        ['a number', 7],
        ['a list', ['x']],
        ['empty', ''],
        ['a word', 'x'],
      ] as const
    ).flatMap(([kind, value]): readonly Step[] => [
      {
        rule: 'A7: refused at once',
        name: `protected, claim ${kind}`,
        send: get('protected', `Bearer ${signed(access(theirs({ [claim]: value })))}`),
        answer: passwordChanged(),
      },
      {
        rule: 'A7: refused at once',
        name: `optional, claim ${kind}`,
        send: get('optional', `Bearer ${signed(access(theirs({ [claim]: value })))}`),
        answer: passwordChanged(),
      },
      {
        rule: 'A7: refused at once',
        name: `refresh, claim ${kind}`,
        send: post('refresh/', { refresh: signed(refresh(theirs({ [claim]: value }))) }),
        answer: passwordChanged(),
      },
      {
        rule: 'A7: refused at once',
        name: `sliding refresh, claim ${kind}`,
        send: post('sliding/refresh/', { token: signed(sliding(theirs({ [claim]: value }))) }),
        answer: passwordChanged(),
      },
      {
        rule: 'A8: not checked',
        name: `stateless, claim ${kind}`,
        send: get('stateless', `Bearer ${signed(access(theirs({ jti: 'x', [claim]: value })))}`),
        answer: shows('4', access(theirs({ jti: 'x', [claim]: value }))),
      },
      {
        rule: 'A1: verify',
        name: `verify, claim ${kind}`,
        send: post('verify/', { token: signed(access(theirs({ [claim]: value }))) }),
        answer: ok(),
      },
      {
        rule: 'A1: blacklist',
        name: `blacklist, claim ${kind}`,
        send: post('blacklist/', { refresh: signed(refresh(theirs({ [claim]: value }))) }),
        answer: ok(),
      },
    ]),
    {
      rule: 'A8: active, then password',
      name: 'an inactive user without the claim',
      send: get('protected', `Bearer ${signed(access({ user_id: '2' }))}`),
      answer: refused('User is inactive', 'user_inactive'),
    },
    {
      rule: 'A6: rule, then password',
      name: 'refresh, an inactive user without the claim',
      send: post('refresh/', { refresh: signed(refresh({ user_id: '2' })) }),
      answer: noAccount(),
    },
    {
      rule: 'A6: password, then refresh_exp',
      name: 'sliding refresh without the claim and refresh_exp passed',
      send: post('sliding/refresh/', { token: signed(sliding({ user_id: '4', refresh_exp: NOW - 1 })) }),
      answer: passwordChanged(),
    },
    {
      rule: 'A2: password changed',
      name: 'use after the change',
      before: changePassword('newpassword-2'),
      send: show('protected', 'login'),
      answer: passwordChanged(),
    },
    {
      rule: 'A8: not checked',
      name: 'stateless after the change',
      send: show('stateless', 'login'),
      answer: shown('4', 'login'),
    },
    { rule: 'API: verify never looks at the password', name: 'verify after the change', send: verify('login'), answer: ok() },
    { rule: 'A2: password changed', name: 'refresh after the change', send: exchange('login'), answer: passwordChanged() },
    {
      rule: 'A1: refuses and blacklists the presented token',
      name: 'refresh again',
      send: exchange('login'),
      answer: blacklisted(),
    },
    { rule: 'A1: refuses and blacklists the presented token', name: 'verify then', send: verify('login'), answer: blacklisted() },
    {
      rule: 'A2: password changed',
      name: 'sliding refresh after the change',
      send: slide('sliding', 'token'),
      answer: passwordChanged(),
    },
    {
      rule: 'A1: refuses and blacklists the presented token',
      name: 'sliding refresh again',
      send: slide('sliding', 'token'),
      answer: blacklisted(),
    },
    {
      rule: 'A1',
      name: 'the old password',
      send: signIn('', 'oldpassword-1'),
      answer: {
        ...refused('No active account found with the given credentials', 'no_active_account'),
        wwwAuthenticate: 'Bearer realm="api"',
      },
    },
    {
      rule: 'A1',
      name: 'log in anew',
      send: signIn('', 'newpassword-2'),
      answer: issued({ refresh: newRefresh(ours), access: newAccess(ours) }),
      keep: 'again',
    },
    { rule: 'A7: CHECK_REVOKE_TOKEN', name: 'use', send: show('protected', 'again'), answer: shown('4', 'again') },
    { rule: 'A1: blacklist', name: 'log out', send: logout('again'), answer: ok() },
  ]);
}

const NOT_CONFIGURED = answers(501, {
  detail: 'Token family functionality is not enabled or available. Please check your configuration.',
  code: 'token_family_not_configured',
  reason: 'family_not_configured',
});
const LOGGED_OUT = 'logged-out';
flow('families disabled', {}, [
  login,
  { rule: 'A13: disabled', name: 'a good token', send: endFamily('login'), answer: NOT_CONFIGURED },
  {
    rule: 'A13: disabled',
    name: 'a token that says a family',
    send: post('family/blacklist/', { refresh: signed(refresh({ family_id: 'f', family_exp: NOW + 60 })) }),
    answer: NOT_CONFIGURED,
  },
  {
    rule: 'A13: bad tokens are still 401',
    name: 'garbage',
    send: post('family/blacklist/', { refresh: 'x' }),
    answer: invalid(),
  },
  { rule: 'A13: bad tokens are still 401', name: 'access', send: endFamily('login', 'access'), answer: wrongType() },
  {
    rule: 'A13: bad tokens are still 401',
    name: 'expired',
    send: post('family/blacklist/', { refresh: signed(refresh({ exp: NOW })) }),
    answer: expired(),
  },
  {
    rule: 'A13: bad tokens are still 401',
    name: 'no jti',
    send: post('family/blacklist/', { refresh: signed(refresh({ jti: undefined })) }),
    answer: refused('Token has no id'),
  },
  {
    rule: 'A13: missing field 400',
    name: 'missing',
    send: post('family/blacklist/', {}),
    answer: fields({ refresh: 'This field is required.' }),
  },
  {
    rule: 'A1: blacklist',
    name: 'log out',
    send: post('blacklist/', { refresh: signed(refresh({ jti: LOGGED_OUT })) }),
    answer: ok(),
  },
  {
    rule: 'A13: bad tokens are still 401',
    name: 'blacklisted',
    send: post('family/blacklist/', { refresh: signed(refresh({ jti: LOGGED_OUT })) }),
    answer: blacklisted(),
  },
  { rule: 'A13: off', name: 'the login still works', send: exchange('login'), answer: renewed },
  {
    rule: 'A13: off',
    name: 'family_exp passed means nothing',
    send: post('refresh/', { refresh: signed(refresh({ family_id: 'f', family_exp: NOW - 60 })) }),
    answer: issued({ access: newAccess({ user_id: '1', family_id: 'f', family_exp: NOW - 60 }) }),
  },
  {
    rule: 'A13: off',
    name: 'odd family claims mean nothing',
    send: post('refresh/', { refresh: signed(refresh({ family_id: 7, family_exp: 'x' })) }),
    answer: issued({ access: newAccess({ user_id: '1', family_id: 7, family_exp: 'x' }) }),
  },
  {
    rule: 'A13: off',
    name: 'nor at protected',
    send: get('protected', `Bearer ${signed(access({ jti: 'x', family_exp: NOW - 60 }))}`),
    answer: shows('1', access({ jti: 'x', family_exp: NOW - 60 })),
  },
  {
    rule: 'A13: off',
    name: 'nor at verify',
    send: post('verify/', { token: signed(refresh({ family_exp: NOW - 60 })) }),
    answer: ok(),
  },
]);

const ID = new Shape(/^[0-9a-f]{32}$/);
const MONTH = NOW + 30 * 86_400;
const inFamily = { user_id: '1', family_id: ID, family_exp: MONTH };
const familyEnded = () => refused('Token family is blacklisted');
const familyExpired = () => refused('Token family has expired');
const ended = ok({ message: 'Token Family blacklisted' });
const familyLogin: Step = {
  rule: 'A13: obtain',
  name: 'log in',
  send: LOGIN,
  answer: issued({ refresh: newRefresh(inFamily), access: newAccess() }),
  keep: 'login',
};

flow('families, not checked on access', { tokenFamilyEnabled: true }, [
  familyLogin,
  { rule: 'A13: refresh keeps both', name: 'refresh', send: exchange('login'), answer: renewed, keep: 'fresh' },
  { rule: 'A13: sliding tokens have no family', name: 'sliding', send: SLIDE_LOGIN, answer: issued({ token: newSliding() }) },
  { rule: 'A13: endpoint', name: 'end it', send: endFamily('login'), answer: ended },
  { rule: 'A13: second call 401', name: 'again', send: endFamily('login'), answer: familyEnded() },
  { rule: 'A13', name: 'refresh', send: exchange('login'), answer: familyEnded() },
  { rule: 'A13', name: 'blacklist', send: logout('login'), answer: familyEnded() },
  { rule: 'A13: verify', name: 'verify', send: verify('login'), answer: familyEnded() },
  { rule: 'A13: not checked on access', name: 'its access token', send: show('protected', 'login'), answer: shown('1', 'login') },
  {
    rule: 'A13: not checked on access',
    name: 'its other access token',
    send: show('stateless', 'fresh'),
    answer: shown('1', 'fresh'),
  },
  {
    rule: 'A13: not checked on access',
    name: 'an access token that says an expired family',
    send: get('protected', `Bearer ${signed(access({ jti: 'x', family_id: 'f', family_exp: NOW - 5 }))}`),
    answer: shows('1', access({ jti: 'x', family_id: 'f', family_exp: NOW - 5 })),
  },
  { rule: 'A13: verify', name: 'verify its access token', send: verify('login', 'access'), answer: ok() },
  {
    rule: 'A13: gradual',
    name: 'a token without family',
    send: post('refresh/', { refresh: signed(refresh()) }),
    answer: renewed,
  },
  {
    rule: 'A13: unknown family',
    name: 'a family the server never saw',
    send: post('refresh/', { refresh: signed(refresh({ family_id: 'f9', family_exp: NOW + 60 })) }),
    answer: renewed,
  },
  {
    rule: 'A13: no family claim',
    name: 'endpoint, no family',
    send: post('family/blacklist/', { refresh: signed(refresh()) }),
    answer: fields({ refresh: 'Token has no family ID' }),
  },
  {
    rule: 'A13: never expires',
    name: 'a family without family_exp',
    send: post('refresh/', { refresh: signed(refresh({ family_id: 'f8' })) }),
    answer: renewed,
  },
]);

flow(
  'families, without the reuse option',
  { tokenFamilyEnabled: true, rotateRefreshTokens: true, blacklistAfterRotation: true },
  [
    familyLogin,
    {
      rule: 'A13: rotation keeps both',
      name: 'rotate',
      send: exchange('login'),
      answer: issued({ access: newAccess(), refresh: newRefresh(inFamily) }),
      keep: 'second',
    },
    { rule: 'A13: reuse itself', name: 'the old one', send: exchange('login'), answer: blacklisted() },
    {
      rule: 'A13: no reuse option',
      name: 'the new one still works',
      send: exchange('second'),
      answer: issued({ access: newAccess(), refresh: newRefresh(inFamily) }),
      keep: 'third',
    },
    { rule: 'A13: no reuse option', name: 'the old one again', send: exchange('login'), answer: blacklisted() },
    { rule: 'A13: verify', name: 'verify the newest', send: verify('third'), answer: ok() },
    { rule: 'A13: token blacklisted first', name: 'endpoint, the old one', send: endFamily('login'), answer: blacklisted() },
    { rule: 'A13: endpoint', name: 'endpoint, the newest', send: endFamily('third'), answer: ended },
    { rule: 'A13: token blacklisted > family', name: 'the old one', send: exchange('login'), answer: blacklisted() },
    { rule: 'A13', name: 'the newest', send: exchange('third'), answer: familyEnded() },
  ],
);

flow('families, lifetime None', { tokenFamilyEnabled: true, tokenFamilyLifetime: null, tokenFamilyCheckOnAccess: true }, [
  {
    rule: 'A13: TOKEN_FAMILY_LIFETIME None',
    name: 'log in',
    send: LOGIN,
    answer: issued({ refresh: newRefresh({ user_id: '1', family_id: ID }), access: newAccess({ user_id: '1', family_id: ID }) }),
    keep: 'login',
  },
  {
    rule: 'A13: TOKEN_FAMILY_LIFETIME None',
    name: 'refresh',
    send: exchange('login'),
    answer: issued({ access: newAccess({ user_id: '1', family_id: ID }) }),
  },
  { rule: 'A13: endpoint', name: 'end it', send: endFamily('login'), answer: ended },
  {
    rule: 'A13: CHECK_ON_ACCESS',
    name: 'access',
    send: show('protected', 'login'),
    answer: guardRefused('Token family is blacklisted'),
  },
  {
    rule: 'A13: family_exp in a token still counts',
    name: 'a token with one',
    send: post('refresh/', { refresh: signed(refresh({ family_id: 'f', family_exp: NOW - 5 })) }),
    answer: familyExpired(),
  },
]);

flow(
  'families, names and lifetime',
  {
    tokenFamilyEnabled: true,
    tokenFamilyClaim: 'fam',
    tokenFamilyExpirationClaim: 'fam_exp',
    tokenFamilyLifetime: '1h',
    tokenFamilyCheckOnAccess: true,
  },
  [
    {
      rule: 'A13: settings',
      name: 'log in',
      send: LOGIN,
      answer: issued({
        refresh: newRefresh({ user_id: '1', fam: ID, fam_exp: NOW + 3600 }),
        access: newAccess({ user_id: '1', fam: ID, fam_exp: NOW + 3600 }),
      }),
      keep: 'login',
    },
    {
      rule: 'A13: settings',
      name: 'the default names mean nothing',
      send: post('refresh/', { refresh: signed(refresh({ family_id: 'f', family_exp: NOW - 5 })) }),
      answer: issued({ access: newAccess({ user_id: '1', family_id: 'f', family_exp: NOW - 5 }) }),
    },
    {
      rule: 'A13: no family claim',
      name: 'nor at the endpoint',
      send: post('family/blacklist/', { refresh: signed(refresh({ family_id: 'f' })) }),
      answer: fields({ refresh: 'Token has no family ID' }),
    },
    {
      rule: 'A13: family expired',
      name: 'refresh after the end of the family',
      later: 3601,
      send: exchange('login'),
      answer: familyExpired(),
    },
    { rule: 'A13: family expired', name: 'blacklist after it', later: 3601, send: logout('login'), answer: familyExpired() },
    {
      rule: 'A13: family expired',
      name: 'end the family after it',
      later: 3601,
      send: endFamily('login'),
      answer: familyExpired(),
    },
    { rule: 'A13: family expired', name: 'verify after it', later: 3601, send: verify('login'), answer: familyExpired() },
  ],
);

flow(
  'families, everything on',
  {
    tokenFamilyEnabled: true,
    tokenFamilyCheckOnAccess: true,
    tokenFamilyBlacklistOnReuse: true,
    rotateRefreshTokens: true,
    blacklistAfterRotation: true,
  },
  [
    {
      rule: 'A13: obtain',
      name: 'log in',
      send: LOGIN,
      answer: issued({ refresh: newRefresh(inFamily), access: newAccess(inFamily) }),
      keep: 'login',
    },
    { rule: 'A13', name: 'access', send: show('protected', 'login'), answer: shown('1', 'login') },
    { rule: 'A1: blacklist', name: 'log out', send: logout('login'), answer: ok() },
    {
      rule: 'A13: the token, not the family',
      name: 'access after logout',
      send: show('protected', 'login'),
      answer: shown('1', 'login'),
    },
    { rule: 'A13: token blacklisted first', name: 'endpoint after logout', send: endFamily('login'), answer: blacklisted() },
    { rule: 'A13: reuse itself', name: 'refresh after logout', send: exchange('login'), answer: blacklisted() },
    {
      rule: 'B2: a token blacklisted by logout counts as reuse',
      name: 'access then',
      send: show('protected', 'login'),
      answer: guardRefused('Token family is blacklisted'),
    },
    {
      rule: 'A13',
      name: 'stateless then',
      send: show('stateless', 'login'),
      answer: guardRefused('Token family is blacklisted'),
    },
    { rule: 'A13', name: 'optional then', send: show('optional', 'login'), answer: guardRefused('Token family is blacklisted') },
    { rule: 'A13: verify', name: 'verify access then', send: verify('login', 'access'), answer: familyEnded() },
    { rule: 'API: verify', name: 'verify refresh then', send: verify('login'), answer: blacklisted() },
    {
      rule: 'A13: obtain',
      name: 'log in again',
      send: LOGIN,
      answer: issued({ refresh: newRefresh(inFamily), access: newAccess(inFamily) }),
      keep: 'again',
    },
    {
      rule: 'A13: rotation keeps both',
      name: 'rotate',
      send: exchange('again'),
      answer: issued({ access: newAccess(inFamily), refresh: newRefresh(inFamily) }),
      keep: 'second',
    },
    { rule: 'A13: reuse at the refresh view only', name: 'verify the old one', send: verify('again'), answer: blacklisted() },
    { rule: 'A13: reuse at the refresh view only', name: 'log the old one out', send: logout('again'), answer: blacklisted() },
    { rule: 'A13: reuse at the refresh view only', name: 'the new one lives', send: verify('second'), answer: ok() },
    { rule: 'A13: ON_REUSE', name: 'the old one', send: exchange('again'), answer: blacklisted() },
    { rule: 'A13: ON_REUSE', name: 'the new one is dead', send: exchange('second'), answer: familyEnded() },
    {
      rule: 'A13: ON_REUSE',
      name: 'its access token is dead',
      send: show('protected', 'second'),
      answer: guardRefused('Token family is blacklisted'),
    },
    { rule: 'A13: order', name: 'the old one stays blacklisted', send: exchange('again'), answer: blacklisted() },
  ],
);

rows(
  'families, order of checks',
  { tokenFamilyEnabled: true, tokenFamilyCheckOnAccess: true, leeway: 10 },
  (
    [
      ['no leeway', {}],
      ['> exp', { exp: undefined }],
      ['> type', { token_type: 'x' }],
      ['> no type', { token_type: undefined }],
      ['> user', { user_id: 999 }],
      ['> no user', { user_id: undefined }],
    ] as const
  ).flatMap(([name, changes]) => {
    const over = { family_id: 'f', family_exp: NOW - 5, ...changes };
    return [
      ['A13: family expired', `refresh ${name}`, post('refresh/', { refresh: signed(refresh(over)) }), familyExpired()],
      ['A13: family expired', `blacklist ${name}`, post('blacklist/', { refresh: signed(refresh(over)) }), familyExpired()],
      ['A13: family expired', `family ${name}`, post('family/blacklist/', { refresh: signed(refresh(over)) }), familyExpired()],
      [
        'A13: family expired',
        `protected ${name}`,
        get('protected', `Bearer ${signed(access(over))}`),
        guardRefused('Token family has expired'),
      ],
      ['A13: family expired', `verify ${name}`, post('verify/', { token: signed(refresh(over)) }), familyExpired()],
    ] as const;
  }),
);
rows('families, decode comes first', { tokenFamilyEnabled: true, tokenFamilyCheckOnAccess: true }, [
  [
    'A13: decode > family expired',
    'refresh',
    post('refresh/', { refresh: signed(refresh({ exp: NOW - 5, family_id: 'f', family_exp: NOW - 5 })) }),
    expired(),
  ],
  [
    'A13: decode > family expired',
    'protected',
    get('protected', `Bearer ${signed(access({ exp: NOW - 5, family_id: 'f', family_exp: NOW - 5 }))}`),
    guardRefused('Token is expired'),
  ],
  [
    'A13: family_exp does not cap exp',
    'refresh',
    post('refresh/', { refresh: signed(refresh({ family_id: 'f', family_exp: NOW + 5 })) }),
    issued({ access: newAccess({ user_id: '1', family_id: 'f', family_exp: NOW + 5 }) }),
  ],
  [
    'B15: family_exp a word',
    'refresh',
    post('refresh/', { refresh: signed(refresh({ family_id: 'f', family_exp: 'x' })) }),
    invalid(),
  ],
  [
    'B15: family_exp a list',
    'protected',
    get('protected', `Bearer ${signed(access({ family_id: 'f', family_exp: [1] }))}`),
    guardRefused('Token is invalid'),
  ],
  [
    'A13: sliding tokens have no family',
    'sliding refresh',
    post('sliding/refresh/', { token: signed(sliding({ jti: 'x' })) }),
    issued({
      token: {
        header: { alg: 'HS256', typ: 'JWT' },
        payload: { token_type: 'sliding', exp: NOW + 300, iat: NOW, jti: 'x', user_id: '1', refresh_exp: NOW + 86_400 },
      },
    }),
  ],
]);
