/** Two clocks in seconds: one that nobody sets, and one that also counts while the machine sleeps. */
export interface Clocks {
  steady(): number;
  wall(): number;
}

/** A moment by both. */
export interface Moment {
  readonly steady: number;
  readonly wall: number;
}

export const runtimeClocks: Clocks = {
  steady: () => performance.now() / 1000,
  wall: () => Date.now() / 1000,
};

export function momentBy(clocks: Clocks): Moment {
  return { steady: clocks.steady(), wall: clocks.wall() };
}

/** Seconds since then by either clock: one that is set makes nothing younger. */
export function ageOf({ steady, wall }: Moment, clocks: Clocks): number {
  return Math.max(clocks.steady() - steady, Math.abs(clocks.wall() - wall));
}
