import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { createOutput } from '../../../src/adapters/cli/output.ts';

const failing = (code: string) =>
  new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error('no'), { code })) });

it('waits for a slow reader', async () => {
  const waiting: (() => void)[] = [];
  const output = createOutput(new Writable({ write: (_chunk, _encoding, done) => void waiting.push(done) }));
  let written = false;
  const writing = output.write('x').then(() => (written = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect([written, waiting.length]).toEqual([false, 1]);
  waiting[0]?.();
  await writing;
  expect(written).toBe(true);
});

it('takes a reader that left for the end, and stays quiet after it', async () => {
  const output = createOutput(failing('EPIPE'));
  expect(await output.write('x')).toBe(false);
  expect(await output.write('y')).toBe(false);
});

it('rejects with anything else', async () => {
  await expect(createOutput(failing('ENOSPC')).write('x')).rejects.toThrow('no');
});
