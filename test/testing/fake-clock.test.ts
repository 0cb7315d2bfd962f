import { describe, expect, it } from 'vitest';
import { fakeClock } from '../../src/testing/fake-clock.ts';
import { clockContract } from '../../src/testing/clock-contract.ts';
import { judge } from './collect.ts';

clockContract({ name: 'fakeClock', clock: fakeClock(), describe, it });
clockContract({ name: "Date's clock in seconds", clock: () => Math.floor(Date.now() / 1000), describe, it });

describe('fakeClock', () => {
  it('stands until it is moved', () => {
    const clock = fakeClock();
    expect([clock(), clock()]).toEqual([1_700_000_000, 1_700_000_000]);
    clock.advance(30);
    expect(clock()).toBe(1_700_000_030);
    clock.advance(-60);
    expect(clock.now).toBe(1_699_999_970);
    clock.set(5);
    expect([clock(), clock.now]).toEqual([5, 5]);
  });

  it('starts where it is told to, each clock for itself', () => {
    const [one, other] = [fakeClock(100), fakeClock(100)];
    one.advance(1);
    expect([one(), other()]).toEqual([101, 100]);
  });
});

describe('the contract of a Clock', () => {
  it.each([
    ['milliseconds', () => Date.now(), 'counts seconds, not milliseconds'],
    ['nothing', () => NaN, 'answers a finite number at once, each time'],
    ['its uptime', () => 12, 'counts seconds, not milliseconds'],
  ])('catches a clock that answers %s', async (_what, clock, promise) => {
    const { broken } = await judge((runner) => clockContract({ name: 'a clock', clock, ...runner }));
    expect(broken).toContain(promise);
  });
});
