import { afterEach, describe, expect, it, vi } from 'vitest';
import { TOKEN_ERRORS, TokenError, type TokenErrorCode } from '../../../src/domain/errors.ts';
import type { ServiceRoutesOptions } from '../../../src/adapters/http/service-routes.ts';
import { createTokenRoutes } from '../../../src/adapters/http/token-routes.ts';
import { DRIVERS, type Disposing, type Driver, type Sent } from './drivers.ts';
import { fakeService, lastContext, type FakeService } from './fake-service.ts';

const LOGIN = { username: 'ada', password: 'secret' };

describe.each(DRIVERS)('token routes through $name', ({ drive }) => {
  const open: Disposing[] = [];
  afterEach(async () => {
    for (const driver of open.splice(0)) await driver[Symbol.asyncDispose]();
  });

  async function driving({ service }: FakeService, options?: ServiceRoutesOptions): Promise<Driver> {
    const driver = await drive(service, options);
    open.push(driver);
    return driver;
  }

  it.each([
    ['/api/token', LOGIN, { refresh: 'R', access: 'A' }, 'obtainPair', [LOGIN]],
    ['/api/token/refresh', { refresh: 'r' }, { access: 'A2' }, 'refresh', ['r']],
    ['/api/token/verify', { token: 't' }, {}, 'verify', ['t']],
    ['/api/token/blacklist', { refresh: 'r' }, {}, 'blacklist', ['r']],
    ['/api/token/sliding', LOGIN, { token: 'S' }, 'obtainSliding', [LOGIN]],
    ['/api/token/sliding/refresh', { token: 't' }, { token: 'S2' }, 'refreshSliding', ['t']],
    ['/api/token/family/blacklist', { refresh: 'r' }, { message: 'Token Family blacklisted' }, 'blacklistFamily', ['r']],
  ])('%s serves %j, with and without a final slash', async (path, body, answer, name, args) => {
    const fake = fakeService();
    const post = await driving(fake);
    for (const spelling of [path, `${path}/`]) {
      const { status, json, headers } = await post(spelling, { body });
      expect([status, json]).toEqual([200, answer]);
      expect(headers.get('content-type')).toBe('application/json');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('vary')).toBe('Accept');
    }
    expect(fake.calls.map((call) => [call.name, call.args.slice(0, -1)])).toEqual([
      [name, args],
      [name, args],
    ]);
    expect(lastContext(fake).signal).toBeInstanceOf(AbortSignal);
  });

  it('blacklists refresh tokens only', async () => {
    const fake = fakeService();
    await (
      await driving(fake)
    )('/api/token/blacklist/', { body: { refresh: 'r' } });
    expect(lastContext(fake)).toMatchObject({ types: ['refresh'] });
  });

  it('trims usernames and tokens, and takes passwords as they were sent', async () => {
    const fake = fakeService();
    const post = await driving(fake);
    await post('/api/token/', { body: { username: ' ada\x85', password: '  ' } });
    await post('/api/token/refresh/', { body: { refresh: '\x1c r\n' } });
    expect(fake.calls.map(({ args }) => args[0])).toEqual([{ username: 'ada', password: '  ' }, 'r']);
  });

  it.each<[string, Sent, number, unknown]>([
    ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'refresh=a%2Bb+&x=1' }, 200, 'a+b'],
    [
      'the last of two fields',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'refresh=a&refresh=b' },
      200,
      'b',
    ],
    [
      'a multipart form',
      { headers: { 'content-type': 'Multipart/Form-Data; boundary=xB' }, body: part('refresh', 'r') },
      200,
      'r',
    ],
    [
      'JSON with a charset',
      { headers: { 'content-type': 'Application/JSON; charset=utf-8' }, body: '{"refresh":"r"}' },
      200,
      'r',
    ],
    [
      'the last of two names',
      { headers: { 'content-type': 'application/json' }, body: '{"refresh":"a","refresh":"b"}' },
      200,
      'b',
    ],
    ['a number', { body: { refresh: 5 } }, 200, '5'],
  ])('reads %s', async (_name, sent, status, token) => {
    const fake = fakeService();
    const answer = await (await driving(fake))('/api/token/refresh/', sent);
    expect(answer.status).toBe(status);
    expect(fake.calls[0]?.args[0]).toBe(token);
  });

  const required = { refresh: ['This field is required.'] };
  const notJson = { detail: 'JSON parse error - The body is not JSON.' };
  const json = (body: string | Uint8Array<ArrayBuffer>): Sent => ({ headers: { 'content-type': 'application/json' }, body });
  const expected = (type: string): object => ({ non_field_errors: [`Invalid data. Expected a dictionary, but got ${type}.`] });
  it.each<[string, Sent, number, unknown]>([
    ['no body', {}, 400, required],
    ['an empty body of a foreign type', { headers: { 'content-type': 'text/plain' } }, 400, required],
    ['an empty object', { body: {} }, 400, required],
    ['null', { body: { refresh: null } }, 400, { refresh: ['This field may not be null.'] }],
    ['true', { body: { refresh: true } }, 400, { refresh: ['Not a valid string.'] }],
    ['only white space', { body: { refresh: ' \t\u2003' } }, 400, { refresh: ['This field may not be blank.'] }],
    ['an inherited name', json('{"__proto__":{"refresh":"r"},"constructor":{"prototype":{"refresh":"r"}}}'), 400, required],
    ['a list', json('[1,2]'), 400, expected('list')],
    ['a string', json('"x"'), 400, expected('str')],
    ['an integer', json(' 5 '), 400, expected('int')],
    ['a float', json('5.0'), 400, expected('float')],
    ['a boolean', json('false'), 400, expected('bool')],
    ['null as a whole', json('null'), 400, { non_field_errors: ['No data provided'] }],
    ['a byte order mark', json('\ufeff{"refresh":"r"}'), 400, notJson],
    ['NaN', json('{"refresh":NaN}'), 400, notJson],
    ['half an object', json('{"refresh":"top-secret'), 400, notJson],
    [
      'other bytes than UTF-8',
      json(new Uint8Array([0x22, 0xff, 0x22])),
      400,
      { detail: 'JSON parse error - The body is not UTF-8.' },
    ],
    ['a body of no type', { body: 'refresh=r' }, 415, { detail: 'Unsupported media type "text/plain" in request.' }],
    [
      'a foreign type',
      { headers: { 'content-type': 'text/xml; charset="x"' }, body: '<x/>' },
      415,
      { detail: 'Unsupported media type "text/xml; charset="x"" in request.' },
    ],
    [
      'multipart without a boundary',
      { headers: { 'content-type': 'multipart/form-data' }, body: 'x' },
      400,
      { detail: 'Multipart form parse error - Invalid boundary in multipart: None' },
    ],
    [
      'broken multipart',
      { headers: { 'content-type': 'multipart/form-data; boundary=xB' }, body: 'x' },
      400,
      { detail: 'Multipart form parse error - The body is not a multipart form.' },
    ],
    [
      'a file',
      { headers: { 'content-type': 'multipart/form-data; boundary=xB' }, body: part('refresh"; filename="r', 'r') },
      400,
      { refresh: ['Not a valid string.'] },
    ],
  ])('refuses %s', async (_name, sent, status, body) => {
    const fake = fakeService();
    const answer = await (await driving(fake))('/api/token/refresh/', sent);
    expect([answer.status, answer.json]).toEqual([status, body]);
    expect(answer.headers.get('www-authenticate')).toBeNull();
    expect(fake.calls).toEqual([]);
  });

  it('takes 16 KiB and refuses a byte more with 413', async () => {
    const fake = fakeService();
    const post = await driving(fake);
    const refresh = 'x'.repeat(16 * 1024 - '{"refresh":""}'.length);
    expect(await post('/api/token/refresh/', { body: { refresh } })).toMatchObject({ status: 200 });
    expect(await post('/api/token/refresh/', { body: { refresh: `${refresh}x` } })).toMatchObject({
      status: 413,
      json: { detail: 'The request body is larger than 16384 bytes.' },
    });
    expect(await post('/api/token/refresh/', { body: { refresh: refresh.repeat(640) } })).toMatchObject({ status: 413 });
    expect(fake.calls).toHaveLength(1);
  });

  it('negotiates before it looks at the method, and at the method before the body', async () => {
    const send = await driving(fakeService());
    const foreign = { headers: { accept: 'application/xml', 'content-type': 'text/xml' }, body: 'x' };
    expect(await send('/api/token/', { ...foreign, method: 'PUT' })).toMatchObject({
      status: 406,
      json: { detail: 'Could not satisfy the request Accept header.' },
    });
    expect(await send('/api/token/', { ...foreign, method: 'PUT', headers: {} })).toMatchObject({ status: 405 });
    expect(await send('/api/nothing/', foreign)).toMatchObject({ status: 404, json: { detail: 'Not found.' } });
  });

  it.each(['GET', 'PUT', 'PATCH', 'DELETE'])('does not allow %s', async (method) => {
    const { status, json, headers } = await (await driving(fakeService()))('/api/token/sliding', { method });
    expect([status, json]).toEqual([405, { detail: `Method "${method}" not allowed.` }]);
    expect(headers.get('allow')).toBe('POST, OPTIONS');
  });

  it('answers HEAD without content and OPTIONS with a description', async () => {
    const send = await driving(fakeService());
    expect(await send('/api/token/', { method: 'HEAD' })).toMatchObject({ status: 405, text: '' });
    const options = await send('/api/token/verify/', { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([200, 'POST, OPTIONS']);
    expect(options.json).toEqual({
      name: 'Token Verify',
      renders: ['application/json'],
      parses: ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data'],
    });
  });

  it.each(['/api/token//', '/api/tokens', '/api/token/__proto__', '/api/token/refresh//', '/api', '/'])(
    'does not know %s',
    async (path) => {
      expect(await (await driving(fakeService()))(path, { body: LOGIN })).toMatchObject({
        status: 404,
        json: { detail: 'Not found.' },
      });
    },
  );

  it('serves another base path, and ignores the query', async () => {
    const post = await driving(fakeService(), { basePath: '/auth/' });
    expect(await post('/auth?x=/y', { body: LOGIN })).toMatchObject({ status: 200 });
    expect(await post('/auth/refresh/?a', { body: { refresh: 'r' } })).toMatchObject({ status: 200 });
    expect(await post('/api/token/', { body: LOGIN })).toMatchObject({ status: 404 });
    const atRoot = await driving(fakeService(), { basePath: '' });
    expect(await atRoot('/', { body: LOGIN })).toMatchObject({ status: 200 });
    expect(await atRoot('/verify', { body: { token: 't' } })).toMatchObject({ status: 200 });
  });

  it('adds what respond answers, but no token', async () => {
    const answers: unknown[] = [];
    const respond = (result: object): object => {
      answers.push(result);
      return { access: 'forged', refresh: 'forged', token: 'forged', expires_in: 300, __proto__: { inherited: true } };
    };
    const post = await driving(fakeService({}, { respond }));
    expect((await post('/api/token/', { body: LOGIN })).text).toBe('{"refresh":"R","access":"A","expires_in":300}');
    expect((await post('/api/token/refresh/', { body: { refresh: 'r' } })).text).toBe('{"access":"A2","expires_in":300}');
    expect((await post('/api/token/verify/', { body: { token: 't' } })).text).toBe('{}');
    expect(answers).toEqual([{ refresh: 'R', access: 'A' }, { access: 'A2' }]);
  });

  it.each(['café', 'žluťoučký kůň', '\u{1f600}'])('answers %j as UTF-8', async (name) => {
    const post = await driving(fakeService({}, { respond: () => ({ name }) }));
    expect(await post('/api/token/refresh/', { body: { refresh: 'r' } })).toMatchObject({ json: { access: 'A2', name } });
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('broken hook');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken hook'))],
    [
      'throws a TokenError',
      () => {
        throw new TokenError('users_unavailable');
      },
    ],
    ['answers what JSON cannot hold', () => ({ expires_in: 300n })],
  ])('answers the tokens alone, and reports, where respond %s', async (_what, respond) => {
    const onError = vi.fn<(error: unknown) => void>();
    const post = await driving(fakeService({}, { respond: respond as () => object }), { onError });
    const { status, json } = await post('/api/token/refresh/', { body: { refresh: 'r' } });
    expect([status, json]).toEqual([200, { access: 'A2' }]);
    expect(onError.mock.calls).toEqual([[expect.any(Error)]]);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('log is full');
      },
    ],
    ['rejects', () => Promise.reject(new Error('log is full'))],
  ])('answers, and logs both errors, where onError %s', async (_what, onError) => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const respond = (): object => {
      throw new Error('broken hook');
    };
    const post = await driving(fakeService({ verify: new Error('accident') }, { respond }), { onError });
    expect(await post('/api/token/', { body: LOGIN })).toMatchObject({ status: 200, json: { refresh: 'R', access: 'A' } });
    expect(await post('/api/token/verify/', { body: { token: 't' } })).toMatchObject({ status: 500 });
    const logged = log.mock.calls.map(([error]) => (error as Error).message);
    log.mockRestore();
    expect(logged).toEqual(['broken hook', 'log is full', 'accident', 'log is full']);
  });

  it.each(Object.keys(TOKEN_ERRORS) as TokenErrorCode[])('answers %s by its row of the code table', async (code) => {
    const row = TOKEN_ERRORS[code];
    const post = await driving(fakeService({ refresh: new TokenError(code, { cause: new Error('for the log') }) }));
    const { status, json, headers } = await post('/api/token/refresh/', { body: { refresh: 'r' } });
    expect(status).toBe(row.status);
    expect(json).toEqual(row.status === 400 ? { refresh: [row.detail] } : { detail: row.detail, code: row.body, reason: code });
    const presented = !['not_authenticated', 'bad_authorization_header'].includes(code);
    const challenge = presented ? 'Bearer realm="api", error="invalid_token"' : 'Bearer realm="api"';
    expect(headers.get('www-authenticate')).toBe(row.status === 401 ? challenge : null);
    expect(headers.get('retry-after')).toBe(row.status === 503 ? '1' : null);
  });

  it('challenges a failed login without an error, by the first scheme', async () => {
    const post = await driving(
      fakeService({ obtainPair: new TokenError('no_active_account') }, { authHeaderTypes: ['JWT', 'Bearer'] }),
    );
    const { status, json, headers } = await post('/api/token/', { body: LOGIN });
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'JWT realm="api"']);
    expect(json).toMatchObject({ detail: 'No active account found with the given credentials', code: 'no_active_account' });
  });

  it.each([
    ['an error of its own', { obtainPair: new Error('connect to db.internal failed') }],
    ['what JSON cannot hold', { obtainPair: { refresh: 1n } }],
  ])('tells of %s to onError, and the client nothing', async (_name, answers) => {
    const onError = vi.fn<(error: unknown) => void>();
    const post = await driving(fakeService(answers), { onError });
    expect(await post('/api/token/', { body: LOGIN })).toMatchObject({
      status: 500,
      text: '{"detail":"Internal server error."}',
    });
    expect(onError.mock.calls).toEqual([[expect.any(Error)]]);
  });

  it('logs an accident where nobody asked to be told', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const error = new Error('broken hook');
    const post = await driving(fakeService({ verify: error }));
    expect(await post('/api/token/verify', { body: { token: 't' } })).toMatchObject({ status: 500 });
    expect(log.mock.calls).toEqual([[error]]);
    log.mockRestore();
  });
});

it.each(['api', 'https://x/api', '/a b', '/a?b', '/a\r\nSet-Cookie: x'])('refuses the base path %j', (basePath) => {
  expect(() => createTokenRoutes(fakeService().service, { basePath })).toThrow(expect.objectContaining({ option: 'basePath' }));
});

function part(name: string, value: string): string {
  return `--xB\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n--xB--\r\n`;
}
