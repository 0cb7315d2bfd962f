/** Two clocks in seconds: one that nobody sets, and one that also counts while the machine sleeps. */
export interface Clocks {
  steady(): number;
  wall(): number;
}

export const runtimeClocks: Clocks = {
  steady: () => performance.now() / 1000,
  wall: () => Date.now() / 1000,
};
