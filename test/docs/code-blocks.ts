import { readdirSync, readFileSync } from 'node:fs';

/** A fenced block of a document. */
export interface CodeBlock {
  /** Where it is: `README.md:25`. */
  readonly place: string;
  readonly language: string;
  readonly code: string;
}

/** The documents that readers copy from: the README and all of docs/. */
export const DOCUMENTS: readonly string[] = [
  'README.md',
  ...readdirSync(new URL('../../docs/', import.meta.url))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

export function readDocument(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

/** Every fenced block of a document, in order. Throws for a fence that is not closed, which would hide what follows. */
export function codeBlocks(path: string, text: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { readonly language: string; readonly line: number; readonly lines: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^\s*```\s*(\S*)/.exec(line);
    if (fence === null) {
      open?.lines.push(line);
    } else if (open === undefined) {
      open = { language: fence[1] ?? '', line: index + 1, lines: [] };
    } else {
      blocks.push({ place: `${path}:${open.line}`, language: open.language, code: `${open.lines.join('\n')}\n` });
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`${path}:${open.line}: the fence is not closed`);
  return blocks;
}

/** The cells of every table row of a document whose first cell is `code`; a pipe in a cell is written \|. */
export function tableRows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}
