/** For how long a document serves without being asked for again, in seconds from its arrival. */
export interface Freshness {
  readonly freshSeconds: number;
  /** Seconds after that in which it still serves while it is asked for in the background. */
  readonly revalidateSeconds: number;
}

export interface FreshnessBounds {
  /** Where the publisher says nothing. */
  readonly usualSeconds: number;
  readonly leastSeconds: number;
  readonly mostSeconds: number;
  readonly maxStaleSeconds: number;
}

/**
 * What the publisher says of it (RFC 9111 sections 4.2 and 5.2.2: `max-age` less `Age`; RFC 5861 section 3: `stale-while-revalidate`), within
 * bounds: a document that may never be kept would be asked for with every token, and one kept for a day would keep withdrawn keys for a day.
 */
export function freshnessOf(headers: Headers, bounds: FreshnessBounds): Freshness {
  const said = directivesOf(headers.get('cache-control') ?? '');
  const maxAge = said.has('no-store') || said.has('no-cache') ? 0 : secondsOf(said.get('max-age'));
  const left = maxAge === undefined ? bounds.usualSeconds : maxAge - (secondsOf(headers.get('age') ?? undefined) ?? 0);
  return {
    freshSeconds: Math.min(Math.max(left, bounds.leastSeconds), bounds.mostSeconds),
    revalidateSeconds: Math.min(secondsOf(said.get('stale-while-revalidate')) ?? 0, bounds.maxStaleSeconds),
  };
}

/** Names are case-insensitive; of two with one name the first counts. */
function directivesOf(field: string): ReadonlyMap<string, string> {
  const directives = new Map<string, string>();
  for (const part of field.slice(0, MOST_CHARACTERS).toLowerCase().split(',')) {
    const [name = '', value = ''] = part.split('=', 2).map((text) => text.trim().replaceAll('"', ''));
    if (!directives.has(name)) directives.set(name, value);
  }
  return directives;
}

/** RFC 9111 section 1.2.2. What is no such number says nothing. */
function secondsOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

const MOST_CHARACTERS = 1024;
