import { afterEach, expect, it } from 'vitest';
import { createServiceHandler } from '../../../src/adapters/http/fetch.ts';
import { keyring } from '../../../src/adapters/keys/keyring.ts';
import { remoteJwks } from '../../../src/adapters/keys/remote-jwks.ts';
import { createVerifier } from '../../../src/jws.ts';
import { fakeClock } from '../../../src/testing/fake-clock.ts';
import { ADA, fixture } from '../../application/fixture.ts';

const closing: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A service over a keyring, and one that knows it by its published keys alone. */
function publisherAndVerifier() {
  const clock = fakeClock();
  const ring = keyring({ algorithm: 'ES256', rotateEvery: '6h', overlap: '1d', publishAhead: 600, clock });
  const { service } = fixture({ algorithm: 'ES256', signingKey: undefined as never, keys: ring, clock });
  const handler = createServiceHandler(service);
  const statuses: number[] = [];
  const fetch = async (url: unknown, init?: RequestInit) => {
    const response = await handler(new Request(String(url), { headers: init?.headers ?? {} }));
    statuses.push(response.status);
    return response;
  };
  const keys = remoteJwks('https://login.example/.well-known/jwks.json', { clock, fetch });
  closing.push(() => keys.close?.());
  const verify = createVerifier({ algorithms: ['ES256'], key: keys, clock });
  return { clock, ring, service, statuses, verify };
}

it('whoever caches the published keys as told has each key before it signs, and asks once per max-age', async () => {
  const { clock, service, statuses, verify } = publisherAndVerifier();
  for (let minute = 0; minute < 24 * 60; minute += 2) {
    const { access } = await service.obtainPair(ADA);
    expect((await verify.try(access)).ok).toBe(true);
    await new Promise(setImmediate); // what is due is done in the background
    clock.advance(120);
  }
  const most = 86_400 / (300 * 0.8) + 10;
  expect(statuses.length).toBeLessThan(most);
  expect(statuses.filter((status) => status === 304).length).toBeGreaterThan(statuses.length * 0.9);
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(4);
});

it('a key that is withdrawn leaves the caches of others with the next request, and its successor is found at once', async () => {
  const { clock, ring, service, verify } = publisherAndVerifier();
  const { access: old } = await service.obtainPair(ADA);
  expect((await verify.try(old)).ok).toBe(true);
  clock.advance(30);
  await ring.withdraw((await ring.primary()).kid ?? '');
  const { access: young } = await service.obtainPair(ADA);
  expect((await verify.try(young)).ok).toBe(true);
  expect(await verify.try(old)).toMatchObject({ ok: false, code: 'key_unknown' });
});
