import { posix } from 'node:path';
import { readModule, type SourceFile } from './module.ts';

/** One broken rule of the table of floors. */
export interface Violation {
  readonly path: string;
  readonly rule: Rule;
  readonly found: string;
}

export type Rule = 'floor' | 'library' | 'sibling' | 'second library' | 'node' | 'impure name' | 'waiting';

type Floor = 'domain' | 'ports' | 'application' | 'adapters' | 'testing' | 'root';

interface FloorRow {
  /** The floors it may import; its own is not implied. */
  readonly floors: readonly Floor[];
  readonly node: boolean;
  readonly libraries: number;
  /** Names it may not read: the world comes through ports. */
  readonly barred: readonly string[];
  readonly waits: boolean;
}

const INSIDE = { node: false, libraries: 0, barred: ['Date', 'Math.random', 'Buffer', 'process'], waits: true } as const;

const FLOORS: Readonly<Record<Floor, FloorRow>> = {
  domain: { ...INSIDE, floors: ['domain'], barred: [...INSIDE.barred, 'Promise'], waits: false },
  ports: { ...INSIDE, floors: ['ports', 'domain'] },
  application: { ...INSIDE, floors: ['application', 'ports', 'domain'] },
  adapters: { floors: ['adapters', 'application', 'ports', 'domain'], node: true, libraries: 1, barred: [], waits: true },
  testing: { floors: ['testing', 'ports', 'domain'], node: false, libraries: 0, barred: [], waits: true },
  root: {
    floors: ['root', 'testing', 'adapters', 'application', 'ports', 'domain'],
    node: true,
    libraries: Infinity,
    barred: [],
    waits: true,
  },
};

/** The violations in these files. Paths start with 'src/'. */
export function violations(files: readonly SourceFile[]): Violation[] {
  const found: Violation[] = [];
  const libraries = new Map<string, Set<string>>();

  for (const file of files) {
    const { path } = file;
    const row = FLOORS[floorOf(path)];
    const { imports, names, members, waits } = readModule(file);
    const report = (rule: Rule, what: string) => found.push({ path, rule, found: what });

    for (const specifier of imports) {
      if (specifier.startsWith('.')) {
        const target = posix.join(posix.dirname(path), specifier);
        if (!target.startsWith('src/') || !row.floors.includes(floorOf(target))) report('floor', specifier);
        else if (plugOf(path) !== undefined && plugOf(target) !== undefined && plugOf(path) !== plugOf(target)) {
          report('sibling', specifier);
        }
      } else if (specifier.startsWith('node:')) {
        if (!row.node) report('node', specifier);
      } else if (row.libraries === 0) {
        report('library', specifier);
      } else {
        const used = libraries.get(plugOf(path) ?? path) ?? new Set();
        libraries.set(plugOf(path) ?? path, used.add(libraryOf(specifier)));
        if (used.size > row.libraries) report('second library', specifier);
      }
    }

    for (const name of row.barred) {
      if (names.has(name) || members.has(name) || members.has(`globalThis.${name}`)) report('impure name', name);
    }
    if (waits && !row.waits) report('waiting', 'async or await');
  }
  return found;
}

export function floorOf(path: string): Floor {
  const folder = /^src\/([^/]+)\//.exec(path)?.[1];
  if (folder === undefined) return 'root';
  if (!Object.hasOwn(FLOORS, folder) || folder === 'root') throw new Error(`${path} is on no floor`);
  return folder as Floor;
}

/**
 * The plug an adapter file is part of. Under crypto and storage each file or folder is a plug, with the files named after it
 * (redis-scripts.ts belongs to redis.ts); any other folder of src/adapters is one plug.
 */
function plugOf(path: string): string | undefined {
  const [, kind, child] = /^src\/adapters\/([^/]+)\/([^/]+)/.exec(path) ?? [];
  if (kind === undefined || child === undefined) return undefined;
  return kind === 'crypto' || kind === 'storage' ? `${kind}/${child.replace(/(?:-.+)?\.ts$/, '')}` : kind;
}

/** '@noble/curves/ed25519.js' -> '@noble': a scope is one library's packages. 'fastify/x' -> 'fastify'. */
function libraryOf(specifier: string): string {
  return specifier.split('/', 1)[0] ?? specifier;
}
