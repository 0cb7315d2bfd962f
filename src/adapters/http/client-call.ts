import type { ServerResponse } from 'node:http';
import { LateSignal } from '../../application/late-signal.ts';
import type { CallContext } from '../../ports/user-repository.ts';

/**
 * The context of a call for a client of node:http. Its signal, which aborts when the client goes away before the answer was written, is made when
 * it is first read: on Node 20 a signal costs as much as all else the routes do. It is the object's own property, so that a spread copies it.
 */
export class ClientCall extends LateSignal implements CallContext {
  readonly [name: string]: unknown;
  readonly #response: ServerResponse;
  #signal: AbortSignal | undefined;

  constructor(response: ServerResponse) {
    super();
    this.#response = response;
    Object.defineProperty(this, 'signal', ClientCall.#SIGNAL);
  }

  override hasGone(): boolean {
    return this.#signal?.aborted ?? isGone(this.#response);
  }

  // one getter for all: V8 gives objects with a getter each a dictionary of their own, at four times the price
  static readonly #SIGNAL: PropertyDescriptor & ThisType<ClientCall> = {
    get() {
      this.#signal ??= signalOf(this.#response);
      return this.#signal;
    },
    enumerable: true,
  };
}

function isGone(response: ServerResponse): boolean {
  return response.closed && !response.writableFinished;
}

function signalOf(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  const onClose = (): void => {
    if (!response.writableFinished) gone.abort();
  };
  if (isGone(response)) gone.abort();
  else response.on('close', onClose);
  return gone.signal;
}
