import type { Writable } from 'node:stream';

export interface Output {
  /** Waits until the text has gone, so that a slow reader is never outrun. Answers false once nobody reads any more. */
  write(text: string): Promise<boolean>;
}

/**
 * Writes to a stream whose reader may be slow, or leave as `| head -1` does: that is no error, only the end. Rejects with what else can
 * go wrong, such as a full disk.
 */
export function createOutput(stream: Writable): Output {
  stream.on('error', () => undefined); // told to whoever writes
  return {
    write: (text) =>
      new Promise((resolve, reject) => {
        stream.write(text, (error) => {
          if (error === null || error === undefined) resolve(true);
          else if (isGone(error)) resolve(false);
          else reject(error);
        });
      }),
  };
}

function isGone(error: Error): boolean {
  return 'code' in error && GONE.has(error.code);
}

const GONE: ReadonlySet<unknown> = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END']);
