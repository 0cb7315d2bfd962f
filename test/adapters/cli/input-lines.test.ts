import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inputLines } from '../../../src/adapters/cli/input-lines.ts';

async function linesOf(chunks: readonly string[], longest = 100): Promise<string[]> {
  async function* input() {
    for (const chunk of chunks) yield Buffer.from(chunk, 'latin1');
  }
  const lines: string[] = [];
  for await (const some of inputLines(input(), longest)) lines.push(...some);
  return lines;
}

it('ends lines at LF and CR LF, and the last one at the end', async () => {
  expect(await linesOf(['a\nb\r\n\nc'])).toEqual(['a', 'b', '', 'c']);
  expect(await linesOf(['a\r', '\nb', 'c\n'])).toEqual(['a', 'bc']);
  expect(await linesOf([])).toEqual([]);
});

it('answers the same however the input is cut', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '\r', '\n', 'é'), maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(60), { maxLength: 6 }), async (whole, cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
      const chunks = at.slice(1).map((end, index) => whole.slice(at[index], end));
      expect(await linesOf(chunks)).toEqual(await linesOf([whole]));
    }),
  );
});

it('keeps of a long line only its beginning, one octet too long', async () => {
  const long = 'x'.repeat(10_000);
  expect(await linesOf([long, long, '\nb'], 100)).toEqual(['x'.repeat(102), 'b']);
  expect(await linesOf([`${'x'.repeat(100)}\r\nb`], 100)).toEqual(['x'.repeat(100), 'b']);
});
