import type { Clock } from '../ports/clock.ts';

export const systemClock: Clock = () => Math.floor(Date.now() / 1000);
