import { Readable, Writable } from 'node:stream';
import { createOutput } from '../../../src/adapters/cli/output.ts';
import type { Terminal } from '../../../src/adapters/cli/terminal.ts';

export interface FakeTerminal extends Terminal {
  /** All that was written so far. */
  text(): string;
  errorText(): string;
  /** What SIGTERM does. */
  stop(): void;
  /** Waits until standard output has this many lines. */
  lines(count: number): Promise<string[]>;
}

export interface FakeTerminalOptions {
  readonly input?: string | Uint8Array | readonly (string | Uint8Array)[];
  readonly env?: Terminal['env'];
}

export function fakeTerminal({ input = [], env = {} }: FakeTerminalOptions = {}): FakeTerminal {
  const chunks = typeof input === 'string' || input instanceof Uint8Array ? [input] : input;
  const [output, errors] = [new Sink(), new Sink()];
  const stopping = new AbortController();
  return {
    input: Readable.from(chunks.map((chunk) => Buffer.from(chunk))),
    output: createOutput(output),
    errors: createOutput(errors),
    env,
    stopSignal: () => stopping.signal,
    text: () => output.text,
    errorText: () => errors.text,
    stop: () => stopping.abort(),
    async lines(count) {
      for (;;) {
        const lines = output.text.split('\n').slice(0, -1);
        if (lines.length >= count) return lines;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}

class Sink extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
