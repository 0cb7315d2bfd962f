import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { configDefaults, defineConfig } from 'vitest/config';
import { codeSubpaths, sourceOf } from './test/package/package-exports.ts';

const root = fileURLToPath(new URL('.', import.meta.url));

// SIMPLEJWT_BUILT=1 runs the same tests against dist/: what users install.
const built = process.env['SIMPLEJWT_BUILT'] === '1';

/** What tests the tests, or takes long and depends on no line of Node, is run over the sources alone. */
const OF_THE_SOURCES = [
  'test/architecture/**',
  'test/bench/**',
  'test/faults/**',
  'test/servers/**',
  'test/proof/explorer.test.ts',
  'test/proof/history-checker.test.ts',
  'test/proof/mutants.test.ts',
];

export default defineConfig({
  plugins: [built ? toBuilt() : toSource()],
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(built ? OF_THE_SOURCES : [])],
    environment: 'node',
    env: { SIMPLEJWT_BUILT: built ? '1' : '' },
    testTimeout: 20_000,
    hookTimeout: 20_000,
    pool: 'forks',
    maxWorkers: 2,
    allowOnly: false,
    passWithNoTests: false,
    server: { deps: { external: [new RegExp(`^${root}dist/`)] } },
    coverage: {
      provider: 'v8',
      include: ['src/domain/**', 'src/application/**'],
      reporter: [['text', { skipFull: true }], 'text-summary'],
    },
  },
});

/** 'simplejwt' and its subpaths are the sources that package.json's exports were built from. */
function toSource(): Plugin {
  const subpaths = codeSubpaths(['node', 'import']);
  return {
    name: 'simplejwt:source',
    enforce: 'pre',
    resolveId(specifier) {
      const target = subpaths.get(specifier);
      return target === undefined ? undefined : fileURLToPath(new URL(sourceOf(target), import.meta.url));
    },
  };
}

/** 'simplejwt' and its subpaths are the files of dist/, and so is each '../src/x.ts' of a test. Node loads them itself. */
function toBuilt(): Plugin {
  const subpaths = codeSubpaths(['node', 'import']);
  const sources = `${root}src/`;
  return {
    name: 'simplejwt:built',
    enforce: 'pre',
    resolveId(specifier, importer) {
      const target = subpaths.get(specifier);
      if (target !== undefined) return fileURLToPath(new URL(target, import.meta.url));
      if (importer === undefined || !specifier.startsWith('.')) return undefined;
      const path = fileURLToPath(new URL(specifier, `file://${importer}`));
      if (!path.startsWith(sources)) return undefined;
      return `${root}dist/${path.slice(sources.length).replace(/\.ts$/, '.js')}`;
    },
  };
}
