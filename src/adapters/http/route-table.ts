import { ConfigError } from '../../domain/errors.ts';

/**
 * Finds the row of a path: `basePath`, then the row's own path, then a final slash or none. Throws `ConfigError` for a `basePath`
 * that is no path.
 */
export function createRouteTable<Row>(basePath: string, rows: ReadonlyMap<string, Row>): (path: string) => Row | undefined {
  if (basePath !== '' && !PATH.test(basePath)) {
    throw new ConfigError(
      'invalid_option',
      'basePath',
      "basePath must be '' or a path that starts with a slash, such as '/api/token'",
    );
  }
  const base = basePath.endsWith('/') ? basePath.slice(0, -1) : basePath;
  const spellings = new Map<string, Row>();
  for (const [path, row] of rows) spellings.set(base + path, row).set(`${base}${path}/`, row);
  return (path) => spellings.get(path);
}

/** path-absolute, RFC 3986 section 3.3: no query, no fragment, no white space. */
const PATH = /^\/[^?#\s]*$/;
