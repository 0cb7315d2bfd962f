/** What was seen to work, by row and peer, each way. */
export interface Matrix {
  /** A way that was asserted: their token verified here, or ours there. */
  see(row: string, peer: string, way: Way): void;
  /** How many rows a peer passed both ways. */
  pairsOf(peer: string): number;
  print(): string;
}

export type Way = 'here' | 'there';

export interface Column {
  readonly peer: string;
  /** Why nobody was asked. */
  readonly absent?: string | undefined;
}

export function createMatrix(rows: readonly string[], columns: readonly Column[]): Matrix {
  const seen = new Set<string>();
  const has = (row: string, peer: string, way: Way) => seen.has(`${row} ${peer} ${way}`);
  const pairsOf = (peer: string) => rows.filter((row) => has(row, peer, 'here') && has(row, peer, 'there')).length;

  return {
    see(row, peer, way) {
      if (!rows.includes(row) || !columns.some((column) => column.peer === peer)) throw new Error(`no cell ${row} x ${peer}`);
      seen.add(`${row} ${peer} ${way}`);
    },
    pairsOf,
    print() {
      const mark = (row: string, peer: string) => (WAYS.some((way) => has(row, peer, way)) ? marks(row, peer) : '-');
      const marks = (row: string, peer: string) => WAYS.map((way) => (has(row, peer, way) ? '✓' : '✗')).join(' ');
      const lines = [
        ['', ...columns.map(({ peer }) => peer)],
        ...rows.map((row) => [row, ...columns.map(({ peer, absent }) => (absent === undefined ? mark(row, peer) : '?'))]),
      ];
      const widths = lines[0]?.map((_, at) => Math.max(...lines.map((cells) => cells[at]?.length ?? 0))) ?? [];
      const table = lines.map((cells) => cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '));
      const total = columns.reduce((sum, { peer }) => sum + pairsOf(peer), 0);
      const absences = columns.flatMap(({ peer, absent }) => (absent === undefined ? [] : [`? ${peer}: ${absent}`]));
      return [LEGEND, ...table, ...absences, `${total} pairs, both ways`].map((line) => line.trimEnd()).join('\n');
    },
  };
}

const WAYS: readonly Way[] = ['here', 'there'];
const LEGEND = 'theirs verifies here, ours verifies there (-: the peer does not know it)';
