import { readFileSync } from 'node:fs';

/** The nested conditions of one subpath, as package.json writes them. */
export type ExportTarget = string | { readonly [condition: string]: ExportTarget };

export interface PackageJson {
  readonly name: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, ExportTarget>>;
  readonly files: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

export const packageJson = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as PackageJson;

/** Resolves a target as Node does: the first condition, in written order, that is on. */
export function resolveTarget(target: ExportTarget, conditions: readonly string[]): string | undefined {
  if (typeof target === 'string') return target;
  for (const [condition, inner] of Object.entries(target)) {
    if (condition !== 'default' && !conditions.includes(condition)) continue;
    const resolved = resolveTarget(inner, conditions);
    if (resolved !== undefined) return resolved;
  }
  return undefined;
}

/** Every file that a target names, whatever the conditions. */
export function allTargets(target: ExportTarget): string[] {
  return typeof target === 'string' ? [target] : Object.values(target).flatMap(allTargets);
}

/** './dist/core.js' and './dist/core.d.ts' come from './src/core.ts'. Anything else is its own source. */
export function sourceOf(target: string): string {
  return target.replace(/^\.\/dist\/(.+?)(?:\.d\.ts|\.js)$/, './src/$1.ts');
}

/** The code subpaths under the given conditions: specifier -> target. './package.json' and the like are left out. */
export function codeSubpaths(conditions: readonly string[], { name, exports } = packageJson): Map<string, string> {
  const subpaths = new Map<string, string>();
  for (const [subpath, target] of Object.entries(exports)) {
    const resolved = resolveTarget(target, conditions);
    if (resolved?.endsWith('.js')) subpaths.set(name + subpath.slice(1), resolved);
  }
  return subpaths;
}
