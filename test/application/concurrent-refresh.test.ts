import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../src/adapters/storage/memory.ts';
import { recommended } from '../../src/application/config.ts';
import { asynchronous } from '../testing/async-store.ts';
import { ADA, bearer, claimsOf, fixture, listed, outcomeOf, refreshOf } from './fixture.ts';

const RACERS = 50;

describe.each([
  ['a memory store', () => memoryStore()],
  ['a store behind promises', () => asynchronous(memoryStore())],
])('50 concurrent refreshes of one token, over %s', (_name, createStore) => {
  it('give exactly one successor; inside the grace window all of them get it', async () => {
    const { service } = fixture({ ...recommended, store: createStore() });
    const { refresh } = await service.obtainPair(ADA);
    const pairs = await Promise.all(Array.from({ length: RACERS }, () => service.refresh(refresh)));

    expect(new Set(pairs.map((pair) => claimsOf(refreshOf(pair)).jti)).size).toBe(1);
    expect(new Set(pairs.map((pair) => refreshOf(pair))).size).toBe(1); // the same times too, so the same token
    expect(new Set(pairs.map(({ access }) => claimsOf(access).jti)).size).toBe(RACERS); // access tokens are each their own
    for (const pair of pairs) {
      await service.verify(pair.access);
      await service.verify(refreshOf(pair));
      expect((await service.authenticate(bearer(pair.access)))?.user.id).toBe(7);
    }
    const next = await service.refresh(refreshOf(pairs[0] ?? {}));
    expect(claimsOf(refreshOf(next)).jti).not.toBe(claimsOf(refreshOf(pairs[0] ?? {})).jti);
    expect(await listed(service.sessions(7))).toHaveLength(1);
  });

  it('have one winner without a grace window; the others are refused as reused', async () => {
    const { service } = fixture({ rotateRefreshTokens: true, blacklistAfterRotation: true, store: createStore() });
    const { refresh } = await service.obtainPair(ADA);
    const outcomes = await Promise.allSettled(Array.from({ length: RACERS }, () => service.refresh(refresh)));
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const outcome of outcomes.filter((one) => one.status === 'rejected')) {
      expect(outcome.reason).toMatchObject({ name: 'TokenError', code: 'reused', status: 401, message: 'Token is blacklisted' });
    }
    expect(await outcomeOf(service.refresh(refreshOf(won[0]?.value ?? {})))).toBe('ok');
  });

  it('end the session without a grace window where reuse ends families: one of them may be a thief', async () => {
    const { service } = fixture({ ...recommended, refreshGraceSeconds: 0, store: createStore() });
    const { refresh } = await service.obtainPair(ADA);
    const outcomes = await Promise.allSettled([1, 2].map(() => service.refresh(refresh)));
    const won = outcomes.find((outcome) => outcome.status === 'fulfilled');
    expect(await outcomeOf(service.refresh(refreshOf(won?.value ?? {})))).toBe('family_revoked');
    expect(await outcomeOf(service.authenticate(bearer(won?.value.access ?? '')))).toBe('family_revoked');
  });

  it('all get a successor of their own where rotation spends nothing, as in Simple JWT', async () => {
    const { service } = fixture({ rotateRefreshTokens: true, store: createStore() });
    const { refresh } = await service.obtainPair(ADA);
    const pairs = await Promise.all(Array.from({ length: RACERS }, () => service.refresh(refresh)));
    expect(new Set(pairs.map((pair) => claimsOf(refreshOf(pair)).jti)).size).toBe(RACERS);
    expect(await outcomeOf(service.refresh(refresh))).toBe('ok');
  });
});
