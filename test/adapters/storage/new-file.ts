import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const directory = mkdtempSync(join(tmpdir(), 'simplejwt-sqlite-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The path of a file that is not there yet, and goes when the tests end. */
export function newFile(): string {
  return join(directory, `${randomUUID()}.db`);
}
