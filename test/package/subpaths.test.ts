import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readModule } from '../architecture/module.ts';
import { allTargets, codeSubpaths, packageJson, resolveTarget, sourceOf } from './package-exports.ts';

const root = new URL('../../', import.meta.url);
const built = process.env['SIMPLEJWT_BUILT'] === '1';

/** The file behind a target: in dist/ when the built package is under test, else the source it is built from. */
const fileOf = (target: string) => (built ? target : sourceOf(target)).replace('./', '');
const readProject = (path: string) => readFileSync(new URL(path, root), 'utf8');
const exportTargets = Object.entries(packageJson.exports).map(([subpath, target]) => [subpath, target] as const);

describe('package.json', () => {
  it('has no dependencies, and pins each development dependency to one version', () => {
    expect(packageJson.dependencies ?? {}).toEqual({});
    expect(packageJson.optionalDependencies ?? {}).toEqual({});
    for (const version of Object.values(packageJson.devDependencies)) expect(version).toMatch(/^(?:npm:\w+@)?\d+\.\d+\.\d+$/);
  });

  it.each(exportTargets)('has a source for every target of %s', (_subpath, target) => {
    const targets = allTargets(target);
    expect(targets.length).toBeGreaterThan(0);
    expect(targets.filter((path) => !existsSync(new URL(sourceOf(path), root)))).toEqual([]);
  });

  it.each(exportTargets)('gives types and code of one source to %s, whatever the conditions', (_subpath, target) => {
    for (const conditions of [['import'], ['node', 'import'], ['browser', 'import'], ['workerd', 'import']]) {
      const code = resolveTarget(target, conditions);
      const types = resolveTarget(target, ['types', ...conditions]);
      expect(code).toBeDefined();
      expect(sourceOf(types ?? '')).toBe(sourceOf(code ?? ''));
    }
  });

  it('publishes only what exists: the files it names and a bin with a shebang', () => {
    const written = packageJson.files.filter((path) => path !== 'dist');
    expect(written.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
    for (const target of Object.values(packageJson.bin)) {
      const file = fileOf(target);
      expect(readProject(file)).toMatch(/^#!\/usr\/bin\/env node\n/);
      if (built) expect(statSync(new URL(file, root)).mode & 0o111).toBe(0o111);
    }
  });

  it('is where tsconfig.json and the licence agree with it', () => {
    const { compilerOptions } = JSON.parse(readProject('tsconfig.json'));
    const paths = [...codeSubpaths(['node', 'import'])].map(([name, target]) => [name, [sourceOf(target)]]);
    expect(compilerOptions.paths).toEqual(Object.fromEntries(paths));
    expect(readProject('LICENSE')).toContain('MIT License');
  });
});

describe('what a subpath drags in', () => {
  const anywhere = codeSubpaths(['import']);

  it.each(PORTABLE)('%s reaches no node: import outside Node', (subpath) => {
    const entry = anywhere.get(subpath);
    const graph = walk(fileOf(entry ?? ''), readProject);
    expect(graph.files.length).toBeGreaterThan(built ? 1 : 8); // modules are joined into chunks when built
    expect(graph.outside.filter(({ specifier }) => !isLibraryOf(subpath, specifier))).toEqual([]);
  });

  if (built)
    it('simplejwt/jws and simplejwt/verify load no chunk of a service', () => {
      for (const subpath of ['simplejwt/jws', 'simplejwt/verify']) {
        const { files } = walk(fileOf(codeSubpaths(['node', 'import']).get(subpath) ?? ''), readProject);
        expect(files.some((file) => file.includes('/chunks/'))).toBe(true);
        expect(files.filter((file) => /\/chunks\/(?!verify|jose|node)/.test(file))).toEqual([]);
      }
    });

  it.each([...codeSubpaths(['node', 'import'])])('%s reaches nothing but this package and node: on Node', (name, target) => {
    const { outside } = walk(fileOf(target), readProject);
    const others = outside.filter(({ specifier }) => !specifier.startsWith('node:'));
    expect(others.filter(({ specifier }) => !isLibraryOf(name, specifier))).toEqual([]);
    expect(others.length > 0).toBe(Object.hasOwn(LIBRARIES, name));
  });

  it('is an optional peer where it is a library', () => {
    const libraries = Object.keys(packageJson.peerDependencies ?? {});
    expect(libraries).toEqual(expect.arrayContaining(['@noble/curves', '@noble/hashes']));
    expect(Object.keys(packageJson.peerDependenciesMeta ?? {})).toEqual(libraries);
    for (const { optional } of Object.values(packageJson.peerDependenciesMeta ?? {})) expect(optional).toBe(true);
  });

  it('is found in a planted graph, however deep and in whatever form', () => {
    const planted: Record<string, string> = {
      'src/core.ts': `import './domain/a.ts'; export * from './domain/b.ts';`,
      'src/domain/a.ts': `import type { B } from './b.ts'; export type A = B;`,
      'src/domain/b.ts': `export { A } from './a.ts'; export const later = () => import('../adapters/c.ts');`,
      'src/adapters/c.ts': `import { readFileSync } from 'node:fs'; import left from 'left-pad'; export { readFileSync, left };`,
      'src/unreached.ts': `import 'node:net';`,
    };
    const { files, outside } = walk('src/core.ts', (path) => planted[path] ?? '');
    expect(files).toEqual(['src/core.ts', 'src/domain/a.ts', 'src/domain/b.ts', 'src/adapters/c.ts']);
    expect(outside).toEqual([
      { path: 'src/adapters/c.ts', specifier: 'node:fs' },
      { path: 'src/adapters/c.ts', specifier: 'left-pad' },
    ]);
  });
});

if (built) {
  describe('the built package, loaded by Node alone', () => {
    const run = promisify(execFile);
    const evaluate = async (code: string, ...flags: string[]) => {
      const { stdout } = await run(process.execPath, ['--no-warnings', ...flags, '--eval', code], { cwd: fileURLToPath(root) });
      return Number(stdout);
    };

    it.each([...codeSubpaths(['node', 'import']).keys()])('%s can be imported and required', async (name) => {
      const imported = await evaluate(`console.log(Object.keys(await import('${name}')).length)`, '--input-type=module');
      expect(imported).toBeGreaterThan(0);
      expect(await evaluate(`console.log(Object.keys(require('${name}')).length)`, '--input-type=commonjs')).toBe(imported);
    });
  });
}

const PORTABLE = ['simplejwt/core', 'simplejwt/jws', 'simplejwt/verify', 'simplejwt/crypto/webcrypto', 'simplejwt/crypto/noble'];

/** What an adapter's own library is, beside node: modules. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = { 'simplejwt/crypto/noble': ['@noble'] };

function isLibraryOf(subpath: string, specifier: string): boolean {
  return LIBRARIES[subpath]?.includes(specifier.split('/', 1)[0] ?? '') === true;
}

interface Graph {
  readonly files: readonly string[];
  readonly outside: readonly { readonly path: string; readonly specifier: string }[];
}

/** Follows the relative imports from an entry, types included; what else they import is `outside`. */
function walk(entry: string, read: (path: string) => string): Graph {
  const files = new Set([entry]);
  const outside: { path: string; specifier: string }[] = [];
  for (const path of files) {
    for (const specifier of readModule({ path, code: read(path) }).imports) {
      if (specifier.startsWith('.')) files.add(posix.join(posix.dirname(path), specifier));
      else outside.push({ path, specifier });
    }
  }
  return { files: [...files], outside };
}
