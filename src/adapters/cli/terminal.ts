import type { Output } from './output.ts';

/** The process, as commands see it. */
export interface Terminal {
  readonly input: AsyncIterable<Uint8Array>;
  readonly output: Output;
  /** For people: complaints and the log of `serve`. */
  readonly errors: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts at the first SIGTERM or SIGINT. Until it is asked for, and at the second signal, the process dies of them as any does. */
  stopSignal(): AbortSignal;
}
