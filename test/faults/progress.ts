import type { Tally } from './load.ts';
import type { Size } from './run.ts';

/** Tells how far a run is: on a terminal in one line that is written over, else in a line every few seconds. */
export interface Progress {
  show(name: string, tally: Tally, size: Size, faults: number): void;
  clear(): void;
}

export function createProgress(stream: NodeJS.WriteStream): Progress {
  const everyMs = stream.isTTY ? 200 : 5_000;
  let last = performance.now();
  return {
    show(name, { rotations, unknown }, size, faults) {
      if (performance.now() - last < everyMs) return;
      last = performance.now();
      const line = `${name}: ${rotations} of ${size.rotations} rotations, ${faults} of ${size.faults} faults, ${unknown} calls without an answer`;
      stream.write(stream.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
    },
    clear() {
      if (stream.isTTY) stream.write('\r\x1b[K');
    },
  };
}
