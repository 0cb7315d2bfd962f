import { afterEach, describe, expect, it, vi } from 'vitest';
import { keyring } from '../../../src/adapters/keys/keyring.ts';
import { perTenant } from '../../../src/adapters/keys/per-tenant.ts';
import { remoteJwks } from '../../../src/adapters/keys/remote-jwks.ts';
import { resolveKeys, type ResolveKeys } from '../../../src/adapters/keys/resolved-keys.ts';
import { createSigner, createVerifier } from '../../../src/jws.ts';
import { ADA, bearer, fixture, outcomeOf } from '../../application/fixture.ts';
import { ecPair } from '../../key-pairs.ts';

const pairs = { acme: ecPair('P-256'), globex: ecPair('P-256') };
type Tenant = keyof typeof pairs;
const isTenant = (name: unknown): name is Tenant => typeof name === 'string' && Object.hasOwn(pairs, name);

const published = (tenant: Tenant) =>
  remoteJwks(`https://${tenant}.example/jwks`, {
    fetch: async () => Response.json({ keys: [{ ...pairs[tenant].publicKey.export({ format: 'jwk' }), kid: 'one' }] }),
  });
const sources = { acme: published('acme'), globex: published('globex') };
const tokenOf = (tenant: Tenant, claims: object = {}) =>
  createSigner({ algorithm: 'ES256', key: pairs[tenant].privateKey, kid: 'one' })({ ...claims });
const byHint: ResolveKeys = (_header, hint) => (isTenant(hint) ? sources[hint] : undefined);

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('a resolver of keys', () => {
  const verify = createVerifier({ algorithms: ['ES256'], key: resolveKeys(byHint) });
  const codeOf = async (token: string, hint: unknown) => {
    const outcome = await verify.try(token, { hint });
    return outcome.ok ? 'ok' : outcome.code;
  };

  it("verifies a token with the keys of the caller's tenant alone", async () => {
    expect(await codeOf(tokenOf('acme'), 'acme')).toBe('ok');
    expect(await codeOf(tokenOf('globex'), 'globex')).toBe('ok');
    expect(await codeOf(tokenOf('acme'), 'globex')).toBe('signature');
  });

  it.each([undefined, null, '', 'umbrella', '__proto__', 'constructor', {}, 7])('knows no key for the hint %j', async (hint) => {
    expect(await codeOf(tokenOf('acme'), hint)).toBe('key_unknown');
  });

  it('is told alg and kid of the header, and nothing that a token could point with', async () => {
    const seen: unknown[] = [];
    const fetch = vi.fn<typeof globalThis.fetch>();
    vi.stubGlobal('fetch', fetch);
    const spy = createVerifier({
      algorithms: ['ES256'],
      key: resolveKeys((header, hint) => {
        seen.push(header, hint);
        return undefined;
      }),
    });
    const header = {
      alg: 'ES256',
      kid: 'one',
      jku: 'https://evil.example/',
      x5u: 'https://evil.example/',
      iss: 'https://evil.example/',
    };
    const forged = [header, { iss: 'https://evil.example/', tenant: 'acme' }].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    expect(await spy.try(`${forged.join('.')}.${'A'.repeat(86)}`, { hint: 'acme' })).toMatchObject({ code: 'key_unknown' });
    expect(seen).toEqual([{ alg: 'ES256', kid: 'one' }, 'acme']);
    expect(fetch).not.toHaveBeenCalled();
  });

  it('may answer later; what it answers wrongly, or throws, is 503 and lets nobody in', async () => {
    const outcomes = [];
    for (const resolve of [
      async () => sources.acme,
      async () => Promise.reject(new Error('the directory is away')),
      () => 'https://evil.example/jwks' as never,
      () => null as never,
    ] satisfies ResolveKeys[]) {
      const outcome = await createVerifier({ algorithms: ['ES256'], key: resolveKeys(resolve) }).try(tokenOf('acme'));
      outcomes.push(outcome.ok ? 'ok' : outcome.code);
    }
    expect(outcomes).toEqual(['ok', 'keys_unavailable', 'keys_unavailable', 'keys_unavailable']);
  });

  it('goes with no cache of verified tokens, which would show one tenant the tokens of another', () => {
    const options = { algorithms: ['ES256'], key: resolveKeys(byHint), verifiedTokenCache: true } as const;
    expect(() => createVerifier(options)).toThrow(expect.objectContaining({ option: 'verifiedTokenCache' }));
  });

  it('gets the hint of the context of a service', async () => {
    const { service } = fixture({ algorithm: 'ES256', signingKey: undefined as never, keys: resolveKeys(byHint) });
    const token = tokenOf('acme', { token_type: 'access', jti: 'j', user_id: '7', exp: 1_700_000_100, iat: 1_700_000_000 });
    expect(await outcomeOf(service.verify(token, { hint: 'acme' }))).toBe('ok');
    expect(await outcomeOf(service.authenticate(bearer(token), { hint: 'acme' }))).toBe('ok');
    expect(await outcomeOf(service.verify(token, { hint: 'globex' }))).toBe('signature');
    expect(await outcomeOf(service.verify(token))).toBe('key_unknown');
  });

  it('is a function', () => {
    expect(() => resolveKeys(sources.acme as never)).toThrow(expect.objectContaining({ name: 'ConfigError', option: 'resolve' }));
  });
});

describe('a part for each tenant', () => {
  it('has issuer, audience and keys of its own: a service each, whose tokens the others refuse', async () => {
    const made: string[] = [];
    const serviceOf = perTenant((tenant) => {
      if (!isTenant(tenant)) return undefined;
      made.push(tenant);
      const keys = keyring({ algorithm: 'ES256' });
      return fixture({
        algorithm: 'ES256',
        signingKey: undefined as never,
        keys,
        issuer: `https://${tenant}.example`,
        audience: tenant,
      }).service;
    });
    const { access } = (await serviceOf('acme')?.obtainPair(ADA)) ?? { access: '' };
    expect((await serviceOf('acme')?.verify(access))?.['iss']).toBe('https://acme.example');
    expect(await outcomeOf(serviceOf('globex')?.verify(access) ?? Promise.resolve())).toBe('claim_invalid');
    expect(serviceOf('umbrella')).toBeUndefined();
    expect(made).toEqual(['acme', 'globex']);
  });

  it('is made again when so many others were used since', () => {
    const made: string[] = [];
    const partOf = perTenant(
      (tenant) => {
        made.push(tenant);
        return { tenant };
      },
      { maxTenants: 2 },
    );
    for (const tenant of ['a', 'b', 'a', 'c', 'a', 'b']) expect(partOf(tenant)).toEqual({ tenant });
    expect(made).toEqual(['a', 'b', 'c', 'b']);
  });

  it.each([0, 1.5, Number.NaN])('refuses %d as most tenants', (maxTenants) => {
    expect(() => perTenant(() => ({}), { maxTenants })).toThrow(
      expect.objectContaining({ name: 'ConfigError', option: 'maxTenants' }),
    );
  });
});
