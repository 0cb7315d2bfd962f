// Builds dist/ from src/: plain tsc, then the modules of each subpath joined into one chunk. A module takes Node half a millisecond to find and link, and
// `simplejwt/jws` has sixty of them (`npm run bench -- --filter import`). Every module keeps its own file, which hands on what its chunk has; the command
// line stays as tsc wrote it.
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

/** Chunks, and the modules that begin them. What several of them reach belongs to the first, so the portable come first. */
const CHUNKS = {
  verify: ['verify'],
  jose: ['jws-core', 'domain/constant-time', 'domain/jose/public-key', 'domain/jose/usable-key', 'application/identifiers'],
  service: ['core', 'keys', 'application/refused-rotation', 'application/encode-id', 'application/feed-entries'],
  webcrypto: ['adapters/crypto/webcrypto'],
  noble: ['adapters/crypto/noble/provider'],
  node: ['jws'],
  async: ['crypto-node'],
  memory: ['adapters/storage/memory'],
  sqlite: ['adapters/storage/sqlite'],
  redis: ['adapters/storage/redis'],
  mongo: ['adapters/storage/mongo'],
  replica: ['adapters/storage/replica'],
  users: ['adapters/users/memory'],
  http: ['adapters/http/fetch', 'adapters/http/node'],
  index: ['index'],
  testing: ['testing'],
};

const root = new URL('../', import.meta.url);
const dist = fileURLToPath(new URL('dist/', root));

rmSync(dist, { recursive: true, force: true });
const tsc = fileURLToPath(new URL('node_modules/typescript/bin/tsc', root));
const { status, error } = spawnSync(process.execPath, [tsc, '-p', fileURLToPath(new URL('tsconfig.build.json', root))], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
if (error) throw error;
if (status !== 0) process.exit(status ?? 1);

const chunkOf = new Map();
for (const [chunk, roots] of Object.entries(CHUNKS)) for (const file of roots) claim(`${file}.js`, chunk);

const bundle = await rolldown({
  input: Object.fromEntries([...chunkOf.keys()].map((file) => [file.slice(0, -'.js'.length), dist + file])),
  external: [/^node:/, /^@noble\//],
  platform: 'neutral',
  preserveEntrySignatures: 'allow-extension',
});
await bundle.write({
  dir: dist,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name].js',
  comments: false, // they are in the declarations, and in the sources
  codeSplitting: {
    includeDependenciesRecursively: false,
    groups: Object.keys(CHUNKS).map((name) => ({ name, test: (id) => chunkOf.get(id.slice(dist.length)) === name })),
  },
});
chmodSync(`${dist}cli.js`, 0o755);

/** Gives a module and all that it imports to a chunk, unless an earlier one has it. */
function claim(file, chunk) {
  if (chunkOf.has(file)) return;
  chunkOf.set(file, chunk);
  const text = readFileSync(dist + file, 'utf8');
  for (const [, specifier] of text.matchAll(/^(?:import|export)\b[^;]*?['"](\.[^'"]+)['"];$/gm)) {
    claim(fileURLToPath(new URL(specifier, `file://${dist}${file}`)).slice(dist.length), chunk);
  }
}
