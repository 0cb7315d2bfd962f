import { describe, expect, it } from 'vitest';
import { TOKEN_ERRORS } from '../../src/domain/errors.ts';
import { readSources } from '../architecture/module.ts';
import { readDocument, tableRows } from './code-blocks.ts';

const plain = (cell: string) => cell.replaceAll('`', '');
const rows = tableRows(readDocument('docs/errors.md')).map((row) => row.map(plain));
const refusals = rows.filter(({ length }) => length === 5);
const mistakes = rows.filter(({ length }) => length === 2);

describe('docs/errors.md', () => {
  it('is the code table, with a meaning for each', () => {
    const table = Object.entries(TOKEN_ERRORS).map(([code, { status, detail, body }]) => [code, String(status), detail, body]);
    expect(refusals.map((row) => row.slice(0, 4))).toEqual(table);
    for (const [code, , , , meaning = ''] of refusals) expect([code, meaning.length > 10]).toEqual([code, true]);
  });

  it('has every code of a ConfigError', () => {
    const source = readSources('src/domain').find(({ path }) => path === 'src/domain/errors.ts')?.code ?? '';
    const union = /export type ConfigErrorCode =([^;]+);/.exec(source)?.[1] ?? '';
    const codes = Array.from(union.matchAll(/'(\w+)'/g), ([, code]) => code);
    expect(codes.length).toBeGreaterThan(5);
    expect(mistakes.map(([code]) => code)).toEqual(codes);
  });

  it('has no row of another shape', () => {
    expect(refusals.length + mistakes.length).toBe(rows.length);
  });
});
