import type { Clock } from '../ports/clock.ts';
import { expectSame, mountPromises, type Promised, type TestRunner } from './promised.ts';

export interface ClockContractOptions extends TestRunner {
  readonly name: string;
  readonly clock: Clock;
}

/** What every Clock promises: seconds since the epoch, a number a date can be reckoned with. */
export function clockContract({ name, clock, describe, it }: ClockContractOptions): void {
  mountPromises({ describe, it }, `${name} keeps the contract of a Clock`, PROMISES, (use) => use(clock));
}

const PROMISES: readonly Promised<Clock>[] = [
  {
    title: 'answers a finite number at once, each time',
    holds(clock) {
      for (let reading = 0; reading < 100; reading++) expectSame(Number.isFinite(clock()), true, 'a finite number');
    },
  },
  {
    title: 'counts seconds, not milliseconds',
    holds(clock) {
      const now = clock();
      expectSame(now > YEAR_2000 && now < YEAR_3000, true, 'a date between the years 2000 and 3000');
    },
  },
];

const YEAR_2000 = 946_684_800;
const YEAR_3000 = 32_503_680_000;
