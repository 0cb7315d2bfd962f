import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { createIdentifiers } from '../../src/application/identifiers.ts';

describe('identifiers', () => {
  const draw = (count: number, identifier: () => string) => Array.from({ length: count }, identifier);

  it('are 128 bits in lower hex, and no two of 100,000 are the same', () => {
    const drawn = draw(100_000, createIdentifiers(randomBytes));
    expect(drawn.filter((text) => !/^[0-9a-f]{32}$/.test(text))).toEqual([]);
    expect(new Set(drawn).size).toBe(100_000);
  });

  it('use every bit that was drawn, once', () => {
    const drawn: Uint8Array[] = [];
    const identifier = createIdentifiers((length) => {
      const octets = Uint8Array.from(randomBytes(length));
      drawn.push(octets);
      return octets;
    });
    const given = draw(1000, identifier).join('');
    // a word of the pool is in the machine's order of octets, so the words are compared, not the octets
    const words = drawn.flatMap((octets) => [...new Uint32Array(octets.buffer)]);
    const expected = words.map((word) => word.toString(16).padStart(8, '0')).join('');
    expect(given).toBe(expected.slice(0, given.length));
  });

  it('are drawn for many at a time, and not before one is asked for', () => {
    let calls = 0;
    const identifier = createIdentifiers((length) => {
      calls++;
      return randomBytes(length);
    });
    expect(calls).toBe(0);
    draw(1000, identifier);
    expect(calls).toBeGreaterThan(0);
    expect(calls).toBeLessThan(20);
  });

  it('are not shared between two services, even where a provider fills one array for both', () => {
    const shared = new Uint8Array(64 * 1024);
    const fill = (length: number) => {
      const octets = shared.subarray(0, length);
      octets.set(randomBytes(length));
      return octets;
    };
    const [one, other] = [createIdentifiers(fill), createIdentifiers(fill)];
    const drawn = [one(), other(), ...draw(1000, one), ...draw(1000, other)];
    expect(new Set(drawn).size).toBe(drawn.length);
  });

  it.each([0, 16, 8192])('are refused from a provider that answers %d octets whatever it is asked for', (length) => {
    const identifier = createIdentifiers(() => randomBytes(length));
    expect(identifier).toThrow(expect.objectContaining({ code: 'invalid_option', option: 'crypto' }));
    expect(identifier).toThrow(/as many octets/);
  });

  it('are drawn again after a provider that failed', () => {
    let failing = true;
    const identifier = createIdentifiers((length) => {
      if (failing) throw new Error('no entropy');
      return randomBytes(length);
    });
    expect(identifier).toThrow('no entropy');
    failing = false;
    expect(identifier()).toMatch(/^[0-9a-f]{32}$/);
  });
});

// a worker and a child load the package as its users do
if (process.env['SIMPLEJWT_BUILT'] === '1') {
  describe('the identifiers of one program', () => {
    const module = new URL('../../dist/application/identifiers.js', import.meta.url).href;
    const draw = `
      const { randomBytes } = await import('node:crypto');
      const { createIdentifiers } = await import(${JSON.stringify(module)});
      const drawn = Array.from({ length: 1000 }, createIdentifiers(randomBytes));`;

    it('differ in a worker and in a child process', async () => {
      const own = Array.from({ length: 1000 }, createIdentifiers(randomBytes));
      const worker = new Worker(`(async () => {${draw} require('node:worker_threads').parentPort.postMessage(drawn); })()`, {
        eval: true,
      });
      const [inWorker] = (await once(worker, 'message')) as [string[]];
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--input-type=module', '--eval', `${draw} console.log(drawn.join(' '));`],
        { cwd: fileURLToPath(new URL('../../', import.meta.url)) },
      );
      const all = [...own, ...inWorker, ...stdout.trim().split(' ')];
      expect(all).toHaveLength(3000);
      expect(new Set(all).size).toBe(3000);
    });
  });
}
