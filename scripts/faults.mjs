// Bundles the fault runner, and the service that it starts in other processes, and runs it: Node 20 reads no TypeScript.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = new URL('../', import.meta.url);
// inside, so that the packages it imports are found; of its own, so that two may run at once
const dir = fileURLToPath(new URL(`node_modules/.cache/simplejwt-faults-${process.pid}/`, root));

const bundle = await rolldown({
  input: Object.fromEntries(
    ['main', 'service-process'].map((name) => [name, fileURLToPath(new URL(`test/faults/${name}.ts`, root))]),
  ),
  external: (id) => id.startsWith('node:') || /^[a-z@]/.test(id),
  resolve: { alias: { 'simplejwt/storage/sqlite': fileURLToPath(new URL('src/adapters/storage/sqlite.ts', root)) } },
  platform: 'node',
});
await bundle.write({ dir, format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'chunk-[name].js' });
const { status } = spawnSync(process.execPath, ['--expose-gc', `${dir}main.js`, ...process.argv.slice(2)], { stdio: 'inherit' });
rmSync(dir, { recursive: true, force: true });
process.exit(status ?? 1);
