import { createHmac } from 'node:crypto';
import { createTokenService } from 'simplejwt';
import * as fetchAdapter from 'simplejwt/http/fetch';
import * as nodeAdapter from 'simplejwt/http/node';
import { createSigner, createVerifier } from 'simplejwt/jws';
import { remoteJwks } from 'simplejwt/keys';
import { memoryStore } from 'simplejwt/storage/memory';
import { memoryUsers } from 'simplejwt/users/memory';
import { afterEach, describe, expect, it } from 'vitest';

const NOW = 1_700_000_000;
const key = 'a secret of more than thirty-two bytes';
const sign = createSigner({ algorithm: 'HS256', key });
const encode = (text: string) => Buffer.from(text).toString('base64url');

/** What a polluted prototype would lend to every token that lacks it. */
const LENT: Readonly<Record<string, unknown>> = {
  iss: 'issuer',
  aud: 'api',
  sub: 'admin',
  exp: NOW + 60,
  nbf: NOW,
  iat: NOW,
  jti: 'x',
};

afterEach(() => {
  for (const name of [...Object.keys(LENT), 'extra', 'alg', 'kid']) Reflect.deleteProperty(Object.prototype, name);
});

describe('a polluted Object.prototype', () => {
  it.each([true, false])('lends no claim to a token (enumerable: %s)', (enumerable) => {
    const verify = createVerifier({
      algorithms: ['HS256'],
      key,
      issuer: 'issuer',
      audience: 'api',
      maxAge: 60,
      clock: () => NOW,
    });
    const bare = sign({ scope: 'a' });
    expect(verify.try(bare)).toMatchObject({ ok: false, code: 'claim_missing' });
    for (const [name, value] of Object.entries(LENT)) pollute(name, value, enumerable);
    expect(verify.try(bare)).toMatchObject({ ok: false, code: 'claim_missing' });
    expect(createVerifier({ algorithms: ['HS256'], key, requiredClaims: ['exp'], clock: () => NOW }).try(bare)).toMatchObject({
      code: 'claim_missing',
    });
  });

  it('takes no claim from a token that has it', () => {
    const verify = createVerifier({ algorithms: ['HS256'], key, clock: () => NOW });
    pollute('exp', NOW + 60);
    expect(verify.try(sign({ exp: NOW }))).toMatchObject({ code: 'expired' });
    expect(verify.try(sign({ exp: NOW + 1 }))).toMatchObject({ ok: true });
  });

  it('hides no doubled name', () => {
    const verify = createVerifier({ algorithms: ['HS256'], key, clock: () => NOW });
    const [header = ''] = sign({}).split('.');
    const good = sign({ a: 1 });
    expect(verify.try(good).ok).toBe(true);
    pollute('extra', 1);
    expect(verify.try(good).ok).toBe(true);
    const doubled = resigned(header, encode('{"a":1,"a":2}'));
    expect(verify.try(doubled)).toMatchObject({ code: 'malformed' });
  });
});

describe('a polluted Object.prototype lends no option', () => {
  const service = createTokenService({ signingKey: key, store: memoryStore(), users: memoryUsers([]) });
  const ada = { id: 1, username: 'ada', password: 'correct horse' };

  it.each<[string, string, () => unknown]>([
    ...['fetch', 'timeoutSeconds', 'cooldownSeconds', 'maxAgeSeconds', 'maxStaleSeconds', 'clock'].map(
      (option): [string, string, () => unknown] => ['remoteJwks', option, () => remoteJwks('https://login.example/jwks')],
    ),
    ['memoryUsers', 'allowInactive', () => memoryUsers([ada])],
    ['memoryUsers, for a user,', 'isActive', () => memoryUsers([ada])],
    ['memoryStore', 'maxRecords', () => memoryStore()],
    ...[fetchAdapter, nodeAdapter].flatMap((adapter): [string, string, () => unknown][] => [
      ['createTokenHandler', 'basePath', () => adapter.createTokenHandler(service)],
      ['createServiceHandler', 'protectedPath', () => adapter.createServiceHandler(service)],
      ['createGuard', 'mode', () => adapter.createGuard(service)],
    ]),
  ])('to %s: %s', (_factory, option, make) => {
    pollute(option, { nonsense: true }); // which it would refuse, were it its own
    try {
      expect(make).not.toThrow();
    } finally {
      Reflect.deleteProperty(Object.prototype, option);
    }
  });

  it('to a handler or a guard: context, onError', async () => {
    let calls = 0;
    const called = () => (calls += 1);
    pollute('context', called, false);
    pollute('onError', called, false);
    try {
      const broken = { ...service, refresh: () => Promise.reject(new Error('an accident')) };
      const request = () =>
        new Request('https://login.example/api/token/refresh/', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{"refresh":"a"}',
        });
      expect((await fetchAdapter.createTokenHandler(broken, { onError: () => undefined })(request())).status).toBe(500);
      expect(await fetchAdapter.createGuard(service)(request())).toMatchObject({ status: 401 });
      expect(calls).toBe(0);
    } finally {
      for (const name of ['context', 'onError']) Reflect.deleteProperty(Object.prototype, name);
    }
  });
});

function pollute(name: string, value: unknown, enumerable = true): void {
  // oxlint-disable-next-line no-extend-native -- that is the attack
  Object.defineProperty(Object.prototype, name, { value, enumerable, configurable: true, writable: true });
}

/** A token of the key's own holder with this payload, whatever it says. */
function resigned(header: string, payload: string): string {
  const input = `${header}.${payload}`;
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
}
