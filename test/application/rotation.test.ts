import { expect, it } from 'vitest';
import { memoryStore } from '../../src/adapters/storage/memory.ts';
import { nodeCrypto } from '../../src/adapters/crypto/node/provider.ts';
import type { RotateRequest } from '../../src/ports/rotation-store.ts';
import type { TokenStore } from '../../src/ports/token-store.ts';
import { claimsOf, fixture, refreshOf } from './fixture.ts';

const ROTATING = { rotateRefreshTokens: true, blacklistAfterRotation: true } as const;

/** A memory store that shows what it was asked to rotate. */
function watched(): { readonly store: TokenStore; readonly requests: RotateRequest[] } {
  const inner = memoryStore();
  const requests: RotateRequest[] = [];
  const store = new Proxy(inner, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== 'function') return method;
      return (...args: readonly unknown[]) => {
        if (name === 'rotate') requests.push(args[0] as RotateRequest);
        return Reflect.apply(method, target, args) as unknown;
      };
    },
  });
  return { store, requests };
}

it('records under the family that the token names, and marks the attempt by its successor', async () => {
  const { store, requests } = watched();
  const { service } = fixture({ ...ROTATING, tokenFamilyEnabled: true, store });
  const first = await service.issuePair({ id: 7, isActive: true });
  const next = refreshOf(await service.refresh(first.refresh));
  expect(requests).toHaveLength(1);
  expect(requests[0]?.family).toBe(claimsOf(first.refresh).family_id);
  expect(requests[0]?.attempt).toBe(claimsOf(next).jti);
});

it('draws a family for a token that names none, and an attempt where there is no successor', async () => {
  const { store, requests } = watched();
  const { service } = fixture({ store });
  const { refresh } = await service.issuePair({ id: 7, isActive: true });
  await service.refresh(refresh);
  await service.refresh(refresh);
  const drawn = requests.flatMap(({ family, attempt }) => [family, attempt]);
  expect(drawn.filter((id) => !/^[0-9a-f]{32}$/.test(id))).toEqual([]);
  expect(new Set(drawn).size).toBe(4);
});

it('asks the provider for random octets once for many refreshes', async () => {
  let calls = 0;
  const randomBytes = (length: number) => {
    calls += 1;
    return nodeCrypto.randomBytes(length);
  };
  const { service } = fixture({ ...ROTATING, crypto: { ...nodeCrypto, randomBytes } });
  let { refresh } = await service.issuePair({ id: 7, isActive: true });
  for (let count = 0; count < 40; count += 1) refresh = refreshOf(await service.refresh(refresh));
  expect(calls).toBe(1);
});
