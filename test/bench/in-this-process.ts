import { Writable } from 'node:stream';
import { measureRow } from '../../bench/harness/measure-row.mjs';

/** A row measured here, where 'simplejwt' is what is under test: sources or dist/. */
export const measureHere = (_suite: unknown, ...rest: Parameters<typeof measureRow>) => measureRow(...rest);

export function sinkOf() {
  const chunks: string[] = [];
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    chunks.push(chunk.toString());
    done();
  };
  return Object.assign(new Writable({ write }), { text: () => chunks.join('') });
}
