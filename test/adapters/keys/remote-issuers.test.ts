import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { remoteIssuers, type RemoteIssuersOptions } from '../../../src/adapters/keys/remote-issuers.ts';
import { allowInsecureHttp } from '../../../src/adapters/keys/remote-options.ts';
import { createSigner, createVerifier } from '../../../src/jws.ts';
import { fakeClock } from '../../../src/testing/fake-clock.ts';
import { ecPair } from '../../key-pairs.ts';
import { faultServer, json, status, type Answer, type FaultServer } from './fault-server.ts';

const pairs = { a: ecPair('P-256'), b: ecPair('P-256'), c: ecPair('P-256') };
type Name = keyof typeof pairs;

let server: FaultServer;
beforeEach(async () => {
  server = await faultServer(publish());
});
afterEach(() => server.close());

const issuerOf = (name: string) => `${server.url}/${name}`;
const tokenOf = (name: Name, iss: unknown = issuerOf(name)) =>
  createSigner({ algorithm: 'ES256', key: pairs[name].privateKey, kid: 'one' })({ iss, sub: 'ada' });

/** Each issuer at its own path; what `discovery` answers goes over its discovery document. */
function publish(discovery: (name: string) => object = () => ({})): Answer {
  return (response, request) => {
    const [, name = '', ...rest] = (request.url ?? '').split('/');
    if (rest.join('/') === '.well-known/openid-configuration')
      return json({ issuer: issuerOf(name), jwks_uri: `${server.url}/${name}/keys`, ...discovery(name) })(response, request);
    if (rest.join('/') !== 'keys' || !Object.hasOwn(pairs, name)) return status(404)(response, request);
    return json({ keys: [{ ...pairs[name as Name].publicKey.export({ format: 'jwk' }), kid: 'one' }] })(response, request);
  };
}

function remote(names: readonly string[], options: RemoteIssuersOptions = {}) {
  const clock = fakeClock();
  const keys = remoteIssuers(names.map(issuerOf), { clock, [allowInsecureHttp]: true, ...options });
  const verify = createVerifier({ algorithms: ['ES256'], key: keys });
  return {
    clock,
    keys,
    async codeOf(token: string) {
      const outcome = await verify.try(token);
      return outcome.ok ? 'ok' : outcome.code;
    },
  };
}

describe('issuers that say where their keys are', () => {
  it('verify each its own tokens, and no others', async () => {
    const { codeOf } = remote(['a', 'b']);
    expect(await Promise.all([tokenOf('a'), tokenOf('b')].map(codeOf))).toEqual(['ok', 'ok']);
    expect(await codeOf(tokenOf('a', issuerOf('b')))).toBe('signature'); // the kid is in both documents
    expect(server.asked.toSorted()).toEqual(
      ['a', 'b'].flatMap((name) => [`/${name}/.well-known/openid-configuration`, `/${name}/keys`]),
    );
  });

  it('are asked once each by 20 tokens at once', async () => {
    const { codeOf } = remote(['a']);
    expect(new Set(await Promise.all(Array.from({ length: 20 }, () => codeOf(tokenOf('a')))))).toEqual(new Set(['ok']));
    expect(server.asked).toHaveLength(2);
  });

  it('are those of the list: what a token names otherwise causes no request', async () => {
    const { codeOf } = remote(['a']);
    const odd = [
      issuerOf('b'),
      `${issuerOf('a')}/`,
      issuerOf('a').toUpperCase(),
      'https://169.254.169.254/',
      '',
      null,
      [issuerOf('a')],
      {},
    ];
    for (const iss of odd) expect(['key_unknown', 'claim_invalid']).toContain(await codeOf(tokenOf('a', iss)));
    const without = createSigner({ algorithm: 'ES256', key: pairs.a.privateKey, kid: 'one' })({ sub: 'ada' });
    expect(await codeOf(without)).toBe('key_unknown');
    expect(server.asked).toEqual([]);
  });

  it.each<[string, (name: string) => object]>([
    ['of another issuer', () => ({ issuer: 'https://elsewhere.example' })],
    ['of an issuer with a slash more', (name) => ({ issuer: `${issuerOf(name)}/` })],
    ['without an issuer', () => ({ issuer: undefined })],
    ['without an address', () => ({ jwks_uri: undefined })],
    ['with an address that is not https', () => ({ jwks_uri: 'http://10.0.0.1/keys' })],
    ['with a file for an address', () => ({ jwks_uri: 'file:///etc/passwd' })],
    ['with a password in the address', () => ({ jwks_uri: 'https://ada:secret@elsewhere.example/' })],
  ])('serve nothing by a discovery document %s', async (_what, discovery) => {
    server.answer = publish(discovery);
    const { codeOf } = remote(['a']);
    expect(await codeOf(tokenOf('a'))).toBe('keys_unavailable');
    expect(server.asked).toEqual(['/a/.well-known/openid-configuration']);
  });

  it('say again where their keys are after a failure, and serve the old ones meanwhile', async () => {
    const { codeOf, clock } = remote(['a']);
    await codeOf(tokenOf('a'));
    server.answer = status(503);
    clock.advance(301);
    expect(await codeOf(tokenOf('a'))).toBe('ok');
    expect(server.asked.slice(2)).toEqual(['/a/keys']);
    server.answer = publish(() => ({ jwks_uri: `${server.url}/b/keys` }));
    clock.advance(1);
    await codeOf(tokenOf('a'));
    await expect.poll(() => server.asked.slice(3)).toEqual(['/a/.well-known/openid-configuration', '/b/keys']);
    await expect.poll(() => codeOf(tokenOf('b', issuerOf('a')))).toBe('ok');
  });

  it('are forgotten, the one used longest ago first, when there are more than are kept', async () => {
    const { codeOf, keys } = remote(['a', 'b', 'c'], { maxIssuers: 2 });
    for (const name of ['a', 'b', 'a', 'c'] as const) expect(await codeOf(tokenOf(name))).toBe('ok');
    expect([...keys.status().keys()]).toEqual([issuerOf('a'), issuerOf('c')]);
    expect(server.asked).toHaveLength(6);
    expect(await codeOf(tokenOf('a'))).toBe('ok');
    expect(server.asked).toHaveLength(6);
  });

  it('can be fetched before the first token comes', async () => {
    const { codeOf, keys } = remote(['a', 'b', 'missing']);
    await keys.hydrate({ issuers: [issuerOf('a')] });
    expect(server.asked).toHaveLength(2);
    expect(await codeOf(tokenOf('a'))).toBe('ok');
    expect(server.asked).toHaveLength(2);
    await expect(keys.hydrate()).rejects.toMatchObject({ code: 'keys_unavailable' });
    await expect(keys.hydrate({ issuers: [issuerOf('c')] })).rejects.toMatchObject({ option: 'issuers' });
  });

  it('tell a cache of verified tokens when any of their keys have changed', async () => {
    const { keys, codeOf, clock } = remote(['a', 'b']);
    await codeOf(tokenOf('a'));
    const one = keys.revision?.();
    expect(one).toBeDefined();
    expect(keys.revision?.()).toBe(one);
    await codeOf(tokenOf('b'));
    expect(keys.revision?.()).not.toBe(one);
    clock.advance(301);
    expect(keys.revision?.()).toBeUndefined();
  });
});

it.each<[unknown, object, string]>([
  [[], {}, 'issuers'],
  ['https://login.example', {}, 'issuers'],
  [['http://login.example'], {}, 'issuers'],
  [['login.example'], {}, 'issuers'],
  [['https://login.example/?tenant=a'], {}, 'issuers'],
  [[new URL('https://login.example/')], {}, 'issuers'],
  [['https://login.example'], { maxIssuers: 0 }, 'maxIssuers'],
  [['https://login.example'], { maxIssuer: 2 }, 'maxIssuer'],
])('refuses %j with %j', (issuers, options, option) => {
  expect(() => remoteIssuers(issuers as string[], options)).toThrow(expect.objectContaining({ name: 'ConfigError', option }));
});
