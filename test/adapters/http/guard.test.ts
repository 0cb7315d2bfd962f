import { afterEach, describe, expect, it, vi } from 'vitest';
import { TokenError } from '../../../src/domain/errors.ts';
import { createGuard as createFetchGuard } from '../../../src/adapters/http/fetch.ts';
import { createGuard as createNodeGuard, type GuardMode } from '../../../src/adapters/http/node.ts';
import type { TokenService } from '../../../src/application/token-service.ts';
import { DRIVERS, listen, type Disposing, type Driver } from './drivers.ts';
import { fakeService, lastContext } from './fake-service.ts';

const request = (headers: Record<string, string> = {}): Request => new Request('http://localhost/mine', { headers });

describe('a guard over fetch', () => {
  it('answers the user and the claims', async () => {
    const fake = fakeService();
    const guard = createFetchGuard(fake.service, { context: async () => ({ tenant: 'a' }) });
    const auth = await guard(request({ authorization: 'Bearer x' }));
    if (auth instanceof Response) throw new TypeError('refused');
    expect(auth.user.isActive).toBe(true);
    expect(auth.claims['user_id']).toBe('7');
    expect(lastContext(fake)).toMatchObject({ tenant: 'a', signal: expect.any(AbortSignal) });
  });

  it('believes the token alone when stateless', async () => {
    const fake = fakeService();
    const auth = await createFetchGuard(fake.service, { mode: 'stateless' })(request());
    if (auth instanceof Response) throw new TypeError('refused');
    expect(auth.user.isStaff).toBe(true);
    expect(fake.calls.map(({ name }) => name)).toEqual(['authenticateStateless']);
  });

  it.each<[GuardMode, number | null]>([
    ['stateful', 401],
    ['stateless', 401],
    ['optional', null],
  ])('%s: nobody is answered %j', async (mode, status) => {
    const { service } = fakeService({ authenticate: null, authenticateStateless: null });
    const auth = await createFetchGuard(service, { mode })(request());
    if (status === null) return expect(auth).toEqual({ user: null, claims: null });
    if (!(auth instanceof Response)) throw new TypeError('let through');
    expect(auth.status).toBe(status);
    expect(auth.headers.get('www-authenticate')).toBe('Bearer realm="api"');
    expect(await auth.text()).toBe('{"detail":"Authentication credentials were not provided."}');
  });

  it('refuses a bad token even where none is needed', async () => {
    const guard = createFetchGuard(fakeService({ authenticate: new TokenError('expired') }).service, { mode: 'optional' });
    expect(await guard(request())).toMatchObject({ status: 401 });
  });

  it.each(['Stateful', '', 'constructor', '__proto__'])('is not made in the mode %j', (mode) => {
    expect(() => createFetchGuard(fakeService().service, { mode: mode as GuardMode })).toThrow(
      expect.objectContaining({ option: 'mode' }),
    );
  });

  it('tells of an accident', async () => {
    const onError = vi.fn<(error: unknown) => void>();
    const guard = createFetchGuard(fakeService({ authenticate: new Error('x') }).service, { onError });
    expect(await guard(request())).toMatchObject({ status: 500 });
    expect(onError).toHaveBeenCalledOnce();
  });
});

describe('a guard over node:http', () => {
  it('sends the refusal itself', async () => {
    const sources: unknown[] = [];
    const { service } = fakeService({
      authenticate: (source: unknown) => {
        sources.push(source);
        throw new TokenError('bad_authorization_header');
      },
    });
    const guard = createNodeGuard(service);
    const server = await listen(async (incoming, response) => {
      expect(await guard(incoming, response)).toBeUndefined();
    });
    const answer = await fetch(`http://127.0.0.1:${server.port}/mine`, {
      headers: [
        ['authorization', 'Bearer x'],
        ['x-other', '1'],
      ],
    });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="api"');
    expect(await answer.json()).toMatchObject({ code: 'bad_authorization_header', reason: 'bad_authorization_header' });
    expect(sources).toMatchObject([{ headers: { authorization: ['Bearer x'], 'x-other': ['1'] } }]);
    await server[Symbol.asyncDispose]();
  });

  it('lets through whom it knows', async () => {
    const guard = createNodeGuard(fakeService().service, { mode: 'stateless' });
    const server = await listen(async (incoming, response) => {
      const auth = await guard(incoming, response);
      if (auth !== undefined) response.end(auth.user.id);
    });
    expect(await (await fetch(`http://127.0.0.1:${server.port}/`)).text()).toBe('7');
    await server[Symbol.asyncDispose]();
  });
});

describe.each(DRIVERS)('protected routes through $name', ({ drive }) => {
  const open: Disposing[] = [];
  afterEach(async () => {
    for (const driver of open.splice(0)) await driver[Symbol.asyncDispose]();
  });

  async function driving(service: TokenService): Promise<Driver> {
    const driver = await drive(service);
    open.push(driver);
    return driver;
  }

  const auth = { token_type: 'access', user_id: '7', is_staff: true };
  it.each([
    ['/api/protected/', { id: 7, username: 'ada' }],
    ['/api/optional', { id: 7, username: 'ada' }],
    ['/api/stateless/', { id: '7', username: '', is_staff: true }],
  ])('%s shows who is asking, and nothing else the application keeps', async (path, user) => {
    const send = await driving(fakeService().service);
    expect(await send(path, { method: 'GET' })).toMatchObject({ status: 200, json: { user, auth } });
    expect(await send(path, { method: 'GET' })).toHaveProperty('text', JSON.stringify({ user, auth }));
    expect(await send(path, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  });

  it('authenticates before it looks at the method', async () => {
    const known = await (await driving(fakeService().service))('/api/protected/', { method: 'POST' });
    expect([known.status, known.json, known.headers.get('allow')]).toEqual([
      405,
      { detail: 'Method "POST" not allowed.' },
      'GET, HEAD, OPTIONS',
    ]);
    const nobody = await driving(fakeService({ authenticate: null }).service);
    expect(await nobody('/api/protected/', { method: 'POST' })).toMatchObject({ status: 401 });
    expect(await nobody('/api/protected/', { method: 'GET', headers: { accept: 'image/png' } })).toMatchObject({ status: 406 });
    expect(await nobody('/api/optional/', { method: 'GET' })).toMatchObject({ status: 200, text: '{"user":null,"auth":null}' });
  });

  it('lists why each token type refused', async () => {
    const attempts = [
      { tokenClass: 'AccessToken', tokenType: 'access', detail: 'Token has wrong type' },
      { tokenClass: 'SlidingToken', tokenType: 'sliding', detail: 'Token is blacklisted' },
    ];
    const send = await driving(fakeService({ authenticate: new TokenError('revoked', { attempts }) }).service);
    const { status, json, headers } = await send('/api/protected/', { method: 'GET' });
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="api", error="invalid_token"']);
    expect(json).toEqual({
      detail: 'Given token not valid for any token type',
      code: 'token_not_valid',
      messages: [
        { token_class: 'AccessToken', token_type: 'access', message: 'Token has wrong type' },
        { token_class: 'SlidingToken', token_type: 'sliding', message: 'Token is blacklisted' },
      ],
      reason: 'revoked',
    });
  });

  it('publishes the keys for all to cache', async () => {
    const send = await driving(fakeService().service);
    const { status, json, headers } = await send('/.well-known/jwks.json', {
      method: 'GET',
      headers: { accept: 'application/jwk-set+json' },
    });
    expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=300']);
    expect(json).toEqual({ keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'x' }] });
    expect(await send('/.well-known/jwks.json')).toMatchObject({ status: 405 });
  });

  it('confirms a copy of the keys by its ETag, until they change', async () => {
    const answers = { publicJwks: { keys: [{ kid: 'a' }] }, keysMaxAgeSeconds: 60 };
    const send = await driving(fakeService(answers).service);
    const get = (headers = {}, method = 'GET') => send('/.well-known/jwks.json', { method, headers });
    const first = await get();
    const etag = first.headers.get('etag') ?? '';
    expect([etag, first.headers.get('cache-control')]).toEqual([expect.stringMatching(/^"[\w-]{22}"$/), 'public, max-age=60']);
    for (const field of [etag, `W/${etag}`, `"another", ${etag}`, '*']) {
      const { status, text, headers } = await get({ 'if-none-match': field });
      expect([status, text, headers.get('etag'), headers.get('cache-control')]).toEqual([304, '', etag, 'public, max-age=60']);
      expect(headers.get('content-length')).toBeNull();
    }
    expect((await get({ 'if-none-match': '"another"' })).status).toBe(200);
    expect((await get({}, 'HEAD')).headers.get('etag')).toBe(etag);
    answers.publicJwks = { keys: [{ kid: 'a' }, { kid: 'b' }] };
    const changed = await get({ 'if-none-match': etag });
    expect([changed.status, changed.json]).toEqual([200, { keys: [{ kid: 'a' }, { kid: 'b' }] }]);
  });

  it('asks for patience where the keys are not at hand', async () => {
    const send = await driving(fakeService({ publicJwks: new TokenError('keys_unavailable') }).service);
    const { status, headers } = await send('/.well-known/jwks.json', { method: 'GET' });
    expect([status, headers.get('retry-after'), headers.get('cache-control')]).toEqual([503, '1', 'no-store']);
  });
});
