import { race } from './race.mjs';

/**
 * Measures one row in this process.
 *
 * @param {import('../suites/all.mjs').Row} row
 * @param {{ passes: number, rounds: number, slotMs: number, warmMs?: number, only?: readonly string[] }} settings `only` names the contenders wanted.
 */
export async function measureRow(row, settings, onRound) {
  const { only } = settings;
  const { contenders, notApplicable, disturbed, close } = await row.prepare();
  const wanted = contenders.filter(({ name }) => only === undefined || only.includes(name));
  try {
    if (only !== undefined && wanted.length < 2) return { measured: [], notApplicable }; // nobody to compare
    const { warmMs = row.warmMs } = settings;
    const measured = await race(wanted, { ...settings, warmMs, rounds: roundsOf(row, settings) }, onRound);
    const why = disturbed?.();
    return why === undefined ? { measured, notApplicable } : { measured: [], notApplicable: [{ name: 'all', why }] };
  } finally {
    await close?.();
  }
}

export function roundsOf(row, { rounds }) {
  return Math.min(rounds, row.rounds ?? rounds);
}
