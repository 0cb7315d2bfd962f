import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { codeSubpaths, sourceOf } from './package-exports.ts';

const built = process.env['SIMPLEJWT_BUILT'] === '1';

/** A program in TypeScript as one file that Node runs, with the package under test inside: what a process of its own is started with. */
export async function bundleProgram(input: string, file: string): Promise<void> {
  const subpaths = codeSubpaths(['node', 'import']);
  const bundle = await rolldown({
    input,
    platform: 'node',
    plugins: [
      {
        name: 'simplejwt',
        resolveId(specifier) {
          const target = subpaths.get(specifier);
          if (target === undefined) return undefined;
          return fileURLToPath(new URL(`../../${built ? target : sourceOf(target)}`, import.meta.url));
        },
      },
    ],
  });
  await bundle.write({ file, format: 'esm', codeSplitting: false });
}
