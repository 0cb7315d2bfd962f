import { describe, expect, it } from 'vitest';
import type { Answer } from './answers.ts';
import { compare, Instant, NEW_JTI } from './compare.ts';
import { DIFFERENCES } from './differences.ts';
import { readRecording, type Scenario } from './recording.ts';
import { createReplay, statedAnswer } from './replay.ts';
import { optionsOf } from './settings.ts';

const recording = readRecording('simple-jwt');
const JTI = '0123456789abcdef0123456789abcdef';

/** The comparer must be able to fail: each of these is one wrong thing in an answer that is otherwise right. */
describe('compare', () => {
  const right: Answer = {
    status: 200,
    body: { message: 'x' },
    tokens: {
      access: {
        header: { alg: 'HS256', typ: 'JWT' },
        payload: { token_type: 'access', exp: 400, iat: 100, jti: JTI, user_id: '1' },
      },
    },
    wwwAuthenticate: null,
    allow: null,
  };
  const expected: Answer = {
    ...right,
    tokens: {
      access: {
        header: { alg: 'HS256', typ: 'JWT' },
        payload: { token_type: 'access', exp: new Instant(401), iat: new Instant(100), jti: NEW_JTI, user_id: '1' },
      },
    },
  };
  const withClaims = (claims: object): Answer => ({
    ...right,
    tokens: { access: { header: { alg: 'HS256', typ: 'JWT' }, payload: claims } },
  });

  it('finds nothing in the right answer', () => {
    expect(compare(expected, right)).toEqual([]);
  });

  it.each<[string, Answer]>([
    ['status', { ...right, status: 201 }],
    ['a changed body', { ...right, body: { message: 'y' } }],
    ['a further member', { ...right, body: { message: 'x', user: 1 } }],
    ['a missing member', { ...right, body: {} }],
    ['no body', { ...right, body: undefined }],
    ['a challenge', { ...right, wwwAuthenticate: 'Bearer realm="api"' }],
    ['Allow', { ...right, allow: 'POST' }],
    ['no token', { ...right, tokens: {} }],
    ['a further token', { ...right, tokens: { ...right.tokens, refresh: { header: {}, payload: {} } } }],
    [
      'a further header member',
      { ...right, tokens: { access: { header: { alg: 'HS256', typ: 'JWT', kid: 'k' }, payload: {} } } },
    ],
    ['a claim of another type', withClaims({ token_type: 'access', exp: 400, iat: 100, jti: JTI, user_id: 1 })],
    ['a missing claim', withClaims({ token_type: 'access', exp: 400, iat: 100, jti: JTI })],
    ['a further claim', withClaims({ token_type: 'access', exp: 400, iat: 100, jti: JTI, user_id: '1', role: 'admin' })],
    ['a short identifier', withClaims({ token_type: 'access', exp: 400, iat: 100, jti: 'abc', user_id: '1' })],
    ['a life two seconds too short', withClaims({ token_type: 'access', exp: 399, iat: 100, jti: JTI, user_id: '1' })],
    ['a life a second too long', withClaims({ token_type: 'access', exp: 402, iat: 100, jti: JTI, user_id: '1' })],
    ['another order of claims', withClaims({ exp: 400, token_type: 'access', iat: 100, jti: JTI, user_id: '1' })],
  ])('finds %s', (_name, planted) => {
    expect(compare(expected, planted)).not.toEqual([]);
  });
});

describe('the stated answers', () => {
  const scenario = (id: string): Scenario => {
    const found = recording.scenarios.find((one) => one.id === id);
    if (found === undefined) throw new TypeError(`no scenario ${id}`);
    return found;
  };
  const planted = (expected: Answer, change: Partial<Answer>): readonly string[] =>
    compare(expected, { ...sample(expected), ...change });

  it.each([
    ['refresh/082', 'the recorded 200'],
    ['refresh/030', 'the recorded 200'],
    ['obtain/008', 'the recorded 200'],
    ['sliding/013', 'the recorded 401'],
  ])('%s: %s is not good enough where a rule states another', (id) => {
    const { expected, rules } = statedAnswer(scenario(id));
    expect(rules.some(({ additive }) => !additive)).toBe(true);
    expect(planted(expected, { status: scenario(id).response.status })).not.toEqual([]);
  });

  it('hold to the letter: code, reason and challenge', () => {
    const { expected } = statedAnswer(scenario('refresh/083'));
    const body = {
      detail: 'No active account found for the given token.',
      code: 'no_active_account',
      reason: 'no_active_account',
    };
    const wwwAuthenticate = 'Bearer realm="api", error="invalid_token"';
    expect(planted(expected, { body, wwwAuthenticate })).toEqual([]);
    expect(planted(expected, { body: { ...body, reason: 'revoked' }, wwwAuthenticate })).not.toEqual([]);
    expect(planted(expected, { body: { ...body, code: 'token_not_valid' }, wwwAuthenticate })).not.toEqual([]);
    expect(planted(expected, { body, wwwAuthenticate: 'Bearer realm="api"' })).not.toEqual([]);
  });

  it('leave an answer without a rule as it was recorded', () => {
    const { rules } = statedAnswer(scenario('obtain/001'));
    expect(rules).toEqual([]);
  });

  it('have a rule each', () => {
    expect(new Set(DIFFERENCES.map(({ rule }) => rule)).size).toBe(DIFFERENCES.length);
  });
});

it('fails a server that keeps another password rule: the replay sees through to the service', async () => {
  const scenario = recording.scenarios.find(({ id }) => id === 'obtain/001');
  if (scenario === undefined) throw new TypeError('no scenario');
  const { mismatches } = await createReplay(recording, { SIMPLE_JWT: '{"ACCESS_TOKEN_LIFETIME":60}' }).play(scenario);
  expect(mismatches).toEqual(['tokens.access.payload.exp: expected 1795286870, got 1795286630']);
});

it('reads settings by the recorder’s names and by Simple JWT’s', () => {
  expect(
    optionsOf({
      ROTATE: 1,
      CHECK_REVOKE: 1,
      FAMILY_APP: 1,
      AUTH_TOKEN_CLASSES: 'both',
      AUDIENCE: 'a',
      SIMPLE_JWT: '{"TOKEN_FAMILY_ENABLED":true,"LEEWAY":10}',
    }),
  ).toEqual({
    rotateRefreshTokens: true,
    checkRevokeToken: true,
    authTokenTypes: ['access', 'sliding'],
    audience: 'a',
    tokenFamilyEnabled: true,
    leeway: 10,
  });
});

/** An answer that fits, but for what a test plants in it. */
function sample(expected: Answer): Answer {
  return { ...expected, tokens: {} };
}
