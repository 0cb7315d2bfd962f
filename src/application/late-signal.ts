import type { CallOptions } from '../ports/crypto-provider.ts';

/**
 * A caller whose signal is made when it is first read: on Node 20 that costs a third of a refresh, and what answers at once never reads it. Whether
 * it is too late already is told without one.
 */
export abstract class LateSignal implements CallOptions {
  declare readonly signal: AbortSignal;
  abstract hasGone(): boolean;
}

export function hasGone(caller: CallOptions): boolean {
  return caller instanceof LateSignal ? caller.hasGone() : caller.signal?.aborted === true;
}

/** The signal and the hint of a caller and nothing else of it, read when they are asked for. */
export class SignalOf implements CallOptions {
  readonly #caller: CallOptions;

  constructor(caller: CallOptions) {
    this.#caller = caller;
  }

  get signal(): AbortSignal | undefined {
    return this.#caller.signal;
  }

  get hint(): unknown {
    return this.#caller.hint;
  }
}
