import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

/** Puts what is published of the package into a folder as npm would, with its optional peers, and the programs beside it. */
export function installInto(folder, given) {
  const words = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const [{ filename }] = JSON.parse(
    execFileSync('npm', words, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  );
  mkdirSync(`${folder}/node_modules/simplejwt`, { recursive: true });
  execFileSync('tar', ['-xzf', filename, '--strip-components=1', '-C', 'node_modules/simplejwt'], { cwd: folder });
  for (const peer of ['@noble/curves', '@noble/hashes']) {
    cpSync(`${ROOT}node_modules/${peer}`, `${folder}/node_modules/${peer}`, { recursive: true });
  }
  cpSync(`${ROOT}test/runtimes/programs`, folder, { recursive: true });
  writeFileSync(`${folder}/given.js`, `export const given = ${JSON.stringify(given)};\n`);
  writeFileSync(`${folder}/package.json`, JSON.stringify({ private: true, type: 'module' }));
}

/** A program as one file, resolved by these conditions. Throws where it reaches a node: module, or anything else that is not in it. */
export async function bundle(folder, program, conditions) {
  const made = await rolldown({
    input: `${folder}/${program}.js`,
    platform: 'neutral',
    external: [/^node:/],
    resolve: { conditionNames: [...conditions, 'import'] },
  });
  const file = `${folder}/${program}-bundle.js`;
  const { output } = await made.write({ file, format: 'esm', codeSplitting: false });
  const outside = new Set(output.flatMap(({ imports = [] }) => imports));
  if (outside.size > 0) throw new Error(`the program reaches ${[...outside].join(', ')}`);
  return file;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
