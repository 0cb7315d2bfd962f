/** An instant of a token in words: `2026-01-01T00:00:00Z, 5 minutes ago`. */
export function instantText(at: number, now: number): string {
  const away = Math.abs(at - now);
  const [unit, seconds] = UNITS.find(([, least]) => away >= least) ?? ['second', 1];
  const count = Math.floor(away / seconds);
  const much = `${count} ${unit}${count === 1 ? '' : 's'}`;
  const told = away < 1 ? 'now' : at < now ? `${much} ago` : `in ${much}`;
  return `${new Date(at * 1000).toISOString().replace('.000Z', 'Z')}, ${told}`;
}

const UNITS = [
  ['year', 31_557_600],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;
