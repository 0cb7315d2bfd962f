import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../src/adapters/storage/memory.ts';
import { recommended } from '../../src/application/config.ts';
import { ADA, bearer, claimsOf, fixture, outcomeOf, refreshOf } from '../application/fixture.ts';
import { asynchronous } from '../testing/async-store.ts';
import { assertKept, checkHistory, type Verdict } from './history-checker.ts';
import { createRecorder } from './recorder.ts';

const PROMISED_SECONDS = 5;

describe('access checks that may be stale', () => {
  it('are no staler than is promised, however long the store is away', async () => {
    const verdict = await checkEachSecond(PROMISED_SECONDS);
    assertKept(verdict, ['I3']);
    expect(verdict.looked.I3).toBe(10);
  });

  it('are found out when they are', async () => {
    const { violations } = await checkEachSecond(PROMISED_SECONDS + 2);
    expect(violations.map(({ invariant }) => invariant)).toEqual(['I3', 'I3']);
  });
});

/** A session is revoked elsewhere while one service cannot reach the store: what does it accept, second by second? */
async function checkEachSecond(maxStalenessSeconds: number): Promise<Verdict> {
  const shared = asynchronous(memoryStore());
  let reachable = true;
  const away: typeof shared.status = async (...given) => {
    if (!reachable) throw new Error('the store is away');
    return shared.status(...given);
  };
  const options = { ...recommended, storeDeadlineSeconds: 0.02, onStoreError: 'allow-stale', maxStalenessSeconds } as const;
  const { service, clock } = fixture({ ...options, store: { ...shared, status: away } });
  const elsewhere = fixture({ ...recommended, store: shared, clock }).service;
  let ticks = 0;
  const recorder = createRecorder(
    { graceSeconds: 10, maxStalenessMs: PROMISED_SECONDS * 1000 + 999 }, // by a clock of whole seconds
    () => clock() * 1000 + ++ticks / 1000,
    clock,
  );

  const login = recorder.begin({ name: 'login', user: '7' });
  const pair = await service.obtainPair(ADA);
  const [refresh, access] = [claimsOf(refreshOf(pair)), claimsOf(pair.access)];
  login.ok({ family: refresh.family_id, user: '7', refresh, access });
  const check = async () => {
    const ending = recorder.begin({ name: 'verify', token: access.jti, cached: true });
    const outcome = await outcomeOf(service.authenticate(bearer(pair.access)));
    if (outcome === 'ok') ending.ok();
    else if (outcome === 'store_unavailable') ending.unknown();
    else ending.fail(outcome);
  };
  await check();
  const revocation = recorder.begin({ name: 'revokeFamily', family: refresh.family_id });
  await elsewhere.revokeFamily(refresh.family_id);
  revocation.ok();
  reachable = false;
  for (let second = 0; second < 9; second++) {
    await check();
    clock.advance(1);
  }
  reachable = true;
  await check();
  return checkHistory(recorder.history);
}
