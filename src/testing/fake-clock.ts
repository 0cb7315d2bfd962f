import type { NumericDate } from '../domain/claims/numeric-date.ts';

/** A clock that stands until it is told to move. */
export interface FakeClock {
  (): NumericDate;
  readonly now: NumericDate;
  /** Moves on by so many seconds; back, if they are negative. */
  advance(seconds: number): void;
  set(now: NumericDate): void;
}

/** A Clock for tests, so that none has to sleep. Starts at 1,700,000,000 (2023-11-14T22:13:20Z) unless told otherwise. */
export function fakeClock(start: NumericDate = 1_700_000_000): FakeClock {
  const clock = Object.assign(() => clock.now, {
    now: start,
    advance(seconds: number): void {
      clock.now += seconds;
    },
    set(now: NumericDate): void {
      clock.now = now;
    },
  });
  return clock;
}
